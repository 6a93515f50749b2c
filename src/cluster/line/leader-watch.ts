import { randomBytes } from 'node:crypto';
import type { Clock } from '../../shared/clock.ts';
import type { Asks } from './asks.ts';
import type { Leader } from './leader.ts';
import { watchMs } from './served-asks.ts';

/** Where it is not known how long somebody waits. */
const defaultMs = 60_000;

export interface LeaderWatchOptions {
  asks: Asks;
  clock: Clock;
  /** Absent: that of any call. */
  call?: { telephonySessionId: string; partyId?: string };
  /** Whether this replica leads. */
  leader: () => Leader | undefined;
  waitMs?: number | undefined;
}

/**
 * Somebody waits at this replica: whoever leads has read what no event tells, this replica or another, also where that
 * changes meanwhile. Returns a function that ends it.
 */
export function watchByLeader({
  asks,
  clock,
  call,
  leader,
  waitMs = defaultMs,
}: LeaderWatchOptions): () => void {
  const until = clock.now() + waitMs;
  const watch = randomBytes(9).toString('base64url');
  let before: Leader | undefined;
  let stop = (): void => undefined;
  let cancel = (): void => undefined;
  const renew = (): void => {
    const ms = until - clock.now();
    if (ms <= 0) return;
    const now = leader();
    if (now !== before) stop();
    if (!now) {
      asks.tell({ do: 'watch', watch, ...call, ms });
      stop = () => asks.tell({ do: 'unwatch', watch });
    } else if (now !== before) {
      stop = call ? now.sync.watch(call.telephonySessionId, call.partyId, ms) : now.sync.watchAll(ms);
    }
    before = now;
    cancel = clock.after(Math.min(ms, watchMs / 2), renew);
  };
  renew();
  return () => {
    cancel();
    stop();
  };
}
