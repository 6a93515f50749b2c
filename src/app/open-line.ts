import { CallStore } from '../calls/store/call-store.ts';
import { CallSync } from '../calls/sync/call-sync.ts';
import { createGuard, type GuardOptions } from '../guard/guard.ts';
import { PlatformDirectory } from '../ringcentral/platform-directory.ts';
import type { RingCentral } from '../ringcentral/ringcentral.ts';
import type { Scope } from '../ringcentral/wire/scope.ts';
import type { Line } from './line.ts';

type GuardSettings = Omit<GuardOptions, 'calls' | 'directory'>;

export interface LineOptions extends GuardSettings {
  ringcentral: RingCentral;
  scope: Scope;
  /** Whether the feed can tell afterwards what was lost while it was interrupted: a WebSocket can, a webhook cannot. */
  recovers: boolean;
}

/** A line, and its end, in two steps: whoever answers questions must be there until nothing acts any more. */
export interface OpenLine extends Line {
  /** Questions are refused, acts under way ended, reading stops. */
  stopActing(): Promise<void>;
  /** The feed is closed, then the login revoked. */
  logOut(): Promise<void>;
}

/** Puts together what belongs to one login. Nothing is sent before the first need. */
export function openLine({ ringcentral, scope, recovers, ...settings }: LineOptions): OpenLine {
  const { clock, log } = settings;
  const { platform, feed, rateLimiter, hostTime } = ringcentral;
  const onDefect = (err: unknown) => log.error({ err }, 'defect while calls were kept up to date');
  const directory = new PlatformDirectory(platform);
  const calls = new CallStore({ clock, scope, hostTime, onDefect });
  const sync = new CallSync({
    ...{ calls, feed, reader: platform, clock, scope, onDefect, recovers },
    budgetWaitMs: (group) => rateLimiter.budget(group, 'background').waitMs,
    lightPerMinute() {
      const { limit, windowMs } = rateLimiter.budget('light');
      return (limit * 60_000) / windowMs;
    },
  });
  const guard = createGuard({
    ...settings,
    directory,
    calls: {
      call: (telephonySessionId) => calls.session(telephonySessionId),
      read: (telephonySessionId, options) => sync.refreshTimed(telephonySessionId, options),
      eventRun: (telephonySessionId) => calls.eventRun(telephonySessionId),
      hostTime,
      onParty: (listener) => calls.onParty(listener),
    },
  });
  feed.listen({
    event: (event, receivedAt) =>
      settings.meter?.eventLag(receivedAt - hostTime(Date.parse(event.eventTime))),
    // Ahead of the first action, which then costs no look-up of its own.
    status: ({ state }) => void (state === 'live' && directory.warm()),
    presence() {},
    gap() {},
  });
  return {
    ...{ platform, calls, sync, guard, directory, scope, clock, log },
    async stopActing() {
      await guard.close().finally(() => sync.close());
    },
    logOut: () => ringcentral.close(),
  };
}
