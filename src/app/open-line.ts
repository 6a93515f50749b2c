import { CallStore } from '../calls/store/call-store.ts';
import { CallSync } from '../calls/sync/call-sync.ts';
import { createGuard, type GuardOptions } from '../guard/guard.ts';
import { PlatformDirectory } from '../ringcentral/platform-directory.ts';
import type { RingCentral } from '../ringcentral/ringcentral.ts';
import type { Scope } from '../ringcentral/wire/scope.ts';
import { ConferenceHosts } from './conference-hosts.ts';
import { HangUpTimers } from './hang-up-timers.ts';
import type { Line } from './line.ts';
import { type HoldNotes, Plans } from './plans.ts';

/** How long, in ms, the end waits for plans to take people back. */
const plansEndMs = 6_000;

type GuardSettings = Omit<GuardOptions, 'calls' | 'directory'>;

export interface LineOptions extends GuardSettings {
  /** The login. */
  ringcentral: RingCentral;
  scope: Scope;
  /**
   * Whether the feed recovers the events of an interruption: a WebSocket does (platform.md 5.5), a webhook does not.
   */
  recovers: boolean;
  /** Where it is noted who is on hold because of a plan; absent: in memory. */
  holdNotes?: HoldNotes;
}

/**
 * A line with the two steps of its end: between them the approvals page is closed, which answers until no act runs.
 */
export interface OpenLine extends Line {
  /** Has plans take people back, refuses open questions, waits for acts under way, stops reading. */
  stopActing(): Promise<void>;
  /** Closes the feed, then revokes the login. */
  logOut(): Promise<void>;
}

/** Builds what belongs to one login and connects it. Nothing is sent to RingCentral before the first use. */
export function openLine({ ringcentral, scope, recovers, holdNotes, ...settings }: LineOptions): OpenLine {
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
  const hangUps = new HangUpTimers(clock);
  const plans = new Plans({ calls, clock, log, ...(holdNotes && { notes: holdNotes }) });
  feed.listen({
    event: (event, receivedAt) =>
      settings.meter?.eventLag(receivedAt - hostTime(Date.parse(event.eventTime))),
    // Read ahead, so that the first action need not wait for the directory.
    status: ({ state }) => void (state === 'live' && directory.warm()),
    presence() {},
    gap() {},
  });
  return {
    ...{ platform, calls, sync, guard, directory, hangUps, plans, scope, clock, log },
    conferenceHosts: new ConferenceHosts(calls),
    budget: (group) => rateLimiter.budget(group, 'action'),
    async stopActing() {
      plans.interruptAll();
      await plans.ended(plansEndMs);
      hangUps.close();
      await guard.close().finally(() => sync.close());
    },
    logOut: () => ringcentral.close(),
  };
}
