/** All times of the event session, in ms. */
export interface Timing {
  /** Limit from opening the socket to ConnectionDetails. */
  connectMs: number;
  /** Limit for the upgrade alone: a gateway that cannot be reached must not look like one that is silent. */
  handshakeMs: number;
  /** Limit for the answer to the token request. */
  tokenMs: number;
  subscribeMs: number;
  /** Limit for the answer to a ping or a heartbeat. */
  answerMs: number;
  /** Interval at which the watchdog looks. */
  watchMs: number;
  /** Silence of the socket after which it is pinged. */
  pingAfterMs: number;
  /** Silence of the gateway itself after which it gets a heartbeat (platform.md 5.6: at least 30 s). */
  heartbeatAfterMs: number;
  /** A watchdog that runs this late was asleep with the machine. */
  sleptMs: number;
  /** After this long without trouble the back-off starts anew. */
  steadyMs: number;
  /**
   * Least and most wait before each try; the last pair repeats. Keeps within five Auth requests a minute
   * (platform.md 7, 11.2).
   */
  backoffMs: readonly Pause[];
  /** The same after tries that cost nothing of the limits: with `handshakeMs` within 10 s of the end of an outage. */
  freeBackoffMs: readonly Pause[];
}

type Pause = readonly [least: number, most: number];

export const defaultTiming: Timing = {
  connectMs: 5_000,
  handshakeMs: 4_000,
  tokenMs: 5_000,
  subscribeMs: 10_000,
  answerMs: 10_000,
  watchMs: 5_000,
  pingAfterMs: 15_000,
  heartbeatAfterMs: 30_000,
  sleptMs: 15_000,
  steadyMs: 60_000,
  backoffMs: [
    [1_000, 1_000],
    [2_000, 6_000],
    [10_000, 20_000],
    [20_000, 40_000],
    [40_000, 80_000],
    [80_000, 120_000],
  ],
  freeBackoffMs: [
    [1_000, 1_000],
    [2_000, 3_000],
    [3_000, 4_000],
  ],
};
