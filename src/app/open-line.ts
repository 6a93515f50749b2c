import { ownPicture, type PictureBounds, type PictureOptions } from '../calls/picture.ts';
import { createGuard, type GuardOptions } from '../guard/guard.ts';
import { PlatformDirectory } from '../ringcentral/platform-directory.ts';
import type { RingCentral } from '../ringcentral/ringcentral.ts';
import type { FeedListener, FeedState } from '../ringcentral/wire/feed.ts';
import type { RateGroup } from '../ringcentral/wire/operation-table.ts';
import type { Scope } from '../ringcentral/wire/scope.ts';
import type { Failure } from '../shared/failure.ts';
import { loadOnce } from '../shared/load-once.ts';
import { ConferenceHosts } from './conference-hosts.ts';
import { HangUpTimers } from './hang-up-timers.ts';
import type { Line } from './line.ts';
import { warnOfMissingPhone } from './named-phone.ts';
import type { PlanInterruption } from './plan.ts';
import { type HoldNotes, Plans } from './plans.ts';
import type { SharedLine } from './shared-line.ts';

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
  /** Absent: what one login is given that has the process for itself. */
  bounds?: PictureBounds;
  /** What other replicas share of the line; absent: it is this process' alone. */
  shared?: SharedLine;
}

/**
 * A line with the two steps of its end: between them the approvals page is closed, which answers until no act runs.
 */
export interface OpenLine extends Line {
  /** How many requests of a group may be sent now in the background. */
  room(group: RateGroup): number;
  readonly feedState: FeedState;
  readonly state: LineState;
  /** Whether somebody holds the line, a plan runs, or somebody is on hold because of one. */
  readonly isHeld: boolean;
  /**
   * Refuses open questions, and has plans take people back: no act waits any more.
   * @param why for who is told why a plan has ended
   */
  stopAsking(why: PlanInterruption): void;
  /**
   * The same, at once; then waits for acts under way, and stops reading.
   * @param why for who is told why a plan has ended
   */
  stopActing(why: PlanInterruption): Promise<void>;
  /** Takes a delivery to the webhook. @throws Failure where it has to be delivered again */
  deliver(notification: unknown): Promise<void>;
  /** Closes the feed; the login stays. */
  disconnect(): Promise<void>;
  /**
   * Closes the feed, then revokes the login.
   * @param why requests fail with this from now on; absent: the server ends
   */
  logOut(why?: Failure): Promise<void>;
}

/**
 * How a line stands, for metrics. `idle`: nobody has asked for calls yet; `live`: events come in; `needs_login`:
 * RingCentral refuses the login, and its credentials have to be renewed; `interrupted`: anything else.
 */
export type LineState = 'idle' | 'live' | 'interrupted' | 'needs_login';

/** Builds what belongs to one login and connects it. Nothing is sent to RingCentral before the first use. */
export function openLine(options: LineOptions): OpenLine {
  const { ringcentral, scope, recovers, holdNotes, bounds, shared, ...settings } = options;
  const { clock, log } = settings;
  const { platform, feed, rateLimiter, hostTime } = ringcentral;
  const onDefect = (err: unknown) => log.error({ err }, 'defect while calls were kept up to date');
  const directory = new PlatformDirectory(platform);
  const { phone } = settings;
  const phoneCheck = loadOnce(async () => {
    if (typeof phone === 'string') await warnOfMissingPhone(phone, directory, log);
  });
  const listener: FeedListener = {
    event: (event, receivedAt) =>
      settings.meter?.eventLag(receivedAt - hostTime(Date.parse(event.eventTime))),
    status({ state }) {
      if (state !== 'live') return;
      // Read ahead, so that the first action need not wait for the directory.
      void directory.warm();
      phoneCheck.load().catch(() => {});
    },
    presence() {},
    gap() {},
  };
  const pictureOptions: PictureOptions = {
    ...{ feed, reader: platform, clock, scope, hostTime, onDefect, recovers, ...(bounds && { bounds }) },
    budgetWaitMs: (group) => rateLimiter.budget(group, 'background').waitMs,
    lightPerMinute() {
      const { limit, windowMs } = rateLimiter.budget('light');
      return (limit * 60_000) / windowMs;
    },
  };
  const sharedPicture = shared?.openPicture(pictureOptions, (continuation) => {
    const feedOfTerm = ringcentral.createFeed(continuation);
    feedOfTerm.listen(listener);
    return feedOfTerm;
  });
  if (!sharedPicture) feed.listen(listener);
  const { calls, callLog, sync } = sharedPicture ?? ownPicture(pictureOptions);
  const guard = createGuard({
    ...settings,
    directory,
    ...(shared && { memory: shared.guardMemory }),
    calls: {
      call: (telephonySessionId) => calls.session(telephonySessionId),
      read: (telephonySessionId, options) => sync.refreshTimed(telephonySessionId, options),
      eventRun: (telephonySessionId) => calls.eventRun(telephonySessionId),
      hostTime,
      onParty: (listener) => calls.onParty(listener),
    },
  });
  const hangUps = new HangUpTimers(clock, shared?.hangUps);
  const plans = new Plans({
    ...{ calls, clock, log },
    ...(holdNotes && { notes: holdNotes }),
    ...(shared && { board: shared.openPlans() }),
  });
  const holders = new Set<symbol>();
  const stopAsking = (why: PlanInterruption) => {
    guard.stopAsking();
    plans.interruptAll(why);
  };
  return {
    ...{ platform, calls, callLog, sync, guard, directory, hangUps, plans, scope, clock, log },
    conferenceHosts: new ConferenceHosts(calls),
    budget: (group) => rateLimiter.budget(group, 'action'),
    hold() {
      const holder = Symbol('holder');
      holders.add(holder);
      return () => void holders.delete(holder);
    },
    get isHeld() {
      return holders.size > 0 || plans.areBusy;
    },
    room: (group) => rateLimiter.budget(group).available,
    get feedState() {
      return sync.status().state;
    },
    get state() {
      if (ringcentral.isRefused()) return 'needs_login';
      const { state } = sync.status();
      return state === 'idle' || state === 'live' ? state : 'interrupted';
    },
    stopAsking,
    async stopActing(why) {
      stopAsking(why);
      await plans.ended(plansEndMs);
      hangUps.close();
      await guard.close().finally(() => sharedPicture?.sync.end() ?? sync.close());
    },
    async deliver(notification) {
      if (sharedPicture) await sharedPicture.sync.deliver(notification);
      else feed.receive?.(notification);
    },
    disconnect: () => ringcentral.disconnect(),
    logOut: (why) => ringcentral.close(why),
  };
}
