import type { Feed } from '../ringcentral/wire/feed.ts';
import type { Scope } from '../ringcentral/wire/scope.ts';
import type { Clock } from '../shared/clock.ts';
import type { OnDefect } from '../shared/listeners.ts';
import type { CallLog, Calls } from './store/call-log.ts';
import { CallStore } from './store/call-store.ts';
import { CallSync, type CallSyncOptions } from './sync/call-sync.ts';
import type { Sync } from './sync/sync.ts';

/** How much a line keeps of its calls. */
export interface PictureBounds {
  liveCalls: number;
  /** Calls that have ended and are still known. */
  endedCalls: number;
  history: number;
}

export interface PictureOptions
  extends Omit<CallSyncOptions, 'calls' | 'callLog' | 'feed' | 'isContinued' | 'onDefect'> {
  clock: Clock;
  scope: Scope;
  feed: Feed;
  /** What the host's clock showed at a time of the platform, both in epoch ms. */
  hostTime: (platformTime: number) => number;
  /** Absent: what one login is given that has the process for itself. */
  bounds?: PictureBounds;
  onDefect: OnDefect;
}

/** The calls of a line, what changes them, and what keeps them true. */
export interface Picture {
  calls: Calls;
  callLog: CallLog;
  sync: Sync;
}

/** The picture of a process that alone reads the events of its login. */
export function ownPicture({ hostTime, bounds, ...options }: PictureOptions): Picture {
  const { clock, scope, onDefect } = options;
  const calls = new CallStore({
    ...{ clock, scope, hostTime, onDefect },
    ...(bounds && storeBounds(bounds)),
  });
  const sync = new CallSync({ ...options, calls, callLog: calls });
  return { calls, callLog: calls, sync };
}

export const storeBounds = ({ liveCalls, endedCalls, history }: PictureBounds) => ({
  maxLive: liveCalls,
  maxEnded: endedCalls,
  maxHistory: history,
});
