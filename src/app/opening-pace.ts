import type { Clock } from '../shared/clock.ts';
import { delay } from '../shared/delay.ts';
import { Failure } from '../shared/failure.ts';

/** So many logins ask for a token within a second: a start with hundreds of people must not look like an attack. */
const perSecond = 5;
/** Nobody waits longer, in ms: a tool call with a person behind it has to say something. */
const patienceMs = 20_000;

/**
 * Spreads the token requests of all logins over time, first come, first served.
 * @returns resolves when it is the caller's turn; rejects with a `Failure` where that would take too long
 */
export function createOpeningPace(clock: Clock): () => Promise<void> {
  /** The last turns that were given, some of them to come; epoch ms. */
  let turns: number[] = [];
  return async () => {
    const now = clock.now();
    const last = turns.at(-1) ?? now;
    // A clock that was set back would keep everybody waiting until it is that late again.
    if (last > now + patienceMs) turns = [];
    const [oldest] = turns.length < perSecond ? [] : turns;
    const waitMs = oldest === undefined ? 0 : Math.max(0, oldest + 1_000 - now);
    if (waitMs > patienceMs) {
      throw new Failure('unavailable', 'Too many people begin at the same moment. Try again in 20 s.', {
        retryAfterSeconds: patienceMs / 1000,
      });
    }
    turns = [...turns, now + waitMs].slice(-perSecond);
    if (waitMs > 0) await delay(clock, waitMs);
  };
}
