import type { Line } from './line.ts';

/** Holds the lines of this process, and knows which principal uses which. */
export interface Switchboard {
  /**
   * The line of a principal. Sends nothing to RingCentral.
   * @param principal name, as `ToolContext.principal`
   */
  lineOf(principal: string): Line;
}

/** The switchboard of one login, which every principal uses. */
export const singleLine = (line: Line): Switchboard => ({ lineOf: () => line });
