import type { RateGroup } from '../wire/operation-table.ts';

/**
 * Who may use the last of a limit: what ends a call or a hold (`lastOfLimit`) before other actions, actions before reads,
 * these before background reads.
 */
export type Priority = 'end' | 'action' | 'read' | 'background';

/** The numbers of the rate limit, the same for every form of the rate limiter. Times in ms. */
export interface RateRules {
  /** Requests in a window until the platform's headers say otherwise. */
  limits: Readonly<Record<RateGroup, number>>;
  /** The window until the platform's headers say otherwise. */
  windowMs: number;
  /**
   * How long a request counts that the platform may not have counted: no answer came, or one without rate-limit
   * headers. This spaces tries against a platform in trouble; the headers of a later answer settle it.
   */
  doubtfulMs: number;
  /**
   * The share of a limit that each priority leaves untouched for those before it. Ending a call or a hold takes
   * three Light requests where a person is asked: the guard reads before it asks and after the yes.
   */
  keptShares: Readonly<Record<Priority, number>>;
  /**
   * What is added to a stated wait, as shares of it: so much at least, and up to so much more. Several servers of one
   * login must not come back at the same moment.
   */
  leastJitter: number;
  jitterSpread: number;
  /** The wait after a 429 that states none. */
  penaltyMs: number;
}

/** As the platform documents them (platform.md 7). */
export const rateRules: RateRules = {
  limits: { light: 50, medium: 40, heavy: 10, auth: 5 },
  windowMs: 60_000,
  doubtfulMs: 10_000,
  keptShares: { end: 0, action: 0.08, read: 0.2, background: 0.4 },
  leastJitter: 1 / 12,
  jitterSpread: 1 / 8,
  penaltyMs: 60_000,
};
