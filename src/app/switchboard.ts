import type { Line } from './line.ts';

/** Knows whose line is whose. */
export interface Switchboard {
  /** The line of a principal; nothing is sent to RingCentral by asking for it. */
  lineOf(principal: string): Line;
}

/** One login for everybody who is let in: stdio, keys and loopback. */
export const singleLine = (line: Line): Switchboard => ({ lineOf: () => line });
