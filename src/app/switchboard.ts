import type { Line } from './line.ts';

/** Holds the lines of this process, and knows which principal uses which. */
export interface Switchboard {
  /**
   * The line of a principal, opened where it is not open. Sends nothing to RingCentral.
   * @param principal name, as `ToolContext.principal`
   * @throws Failure `forbidden` for a principal without a login, `unavailable` where too many lines are open
   */
  lineOf(principal: string): Line;
}

/** The switchboard of one login, which every principal uses. */
export const singleLine = (line: Line): Switchboard => ({ lineOf: () => line });
