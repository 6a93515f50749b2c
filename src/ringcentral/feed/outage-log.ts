import type { Clock } from '../../shared/clock.ts';
import type { Logger } from '../../shared/log.ts';
import type { FeedState } from '../wire/feed.ts';

/** The parts of a session that the log needs. */
interface FeedCondition {
  readonly state: FeedState;
  readonly reason: string | undefined;
}

/**
 * A logger of outages: that events have stopped and why, once for each outage and each new reason, and that they are
 * back.
 */
export function outageLog(log: Logger, clock: Clock): (condition: FeedCondition) => void {
  let downSince: number | undefined;
  let said: string | undefined;
  return ({ state, reason }) => {
    if (state === 'live' && downSince !== undefined) {
      log.info({ seconds: Math.round((clock.now() - downSince) / 1000) }, 'the event feed is live again');
      downSince = undefined;
      said = undefined;
    }
    if (state !== 'waiting' && state !== 'denied') return;
    if (said === reason && state !== 'denied') return;
    downSince ??= clock.now();
    said = reason;
    log.warn({ reason }, state === 'denied' ? 'the event feed is denied for good' : 'the event feed is down');
  };
}
