import { formatTrouble } from '../../shared/failure.ts';
import type { FeedState, FeedStatus } from '../wire/feed.ts';
import type { FeedPhase, FeedSession } from './session-state.ts';

const shown: Record<FeedPhase, FeedState> = {
  idle: 'idle',
  token: 'connecting',
  connecting: 'connecting',
  subscribing: 'connecting',
  recovering: 'recovering',
  resyncing: 'resyncing',
  live: 'live',
  waiting: 'waiting',
  denied: 'denied',
  closed: 'idle',
};

/**
 * The status that the feed resource shows. A new connection after a loss is `recovering` until it is live; the reason
 * says how much of a wait is left.
 */
export function statusOf(
  { phase, subscribed, reason, retryAt }: FeedSession,
  now: number,
): Omit<FeedStatus, 'since'> {
  const state = shown[phase] === 'connecting' && subscribed ? 'recovering' : shown[phase];
  return { state, ...(reason ? { reason: formatTrouble({ reason, retryAt }, now) } : {}) };
}
