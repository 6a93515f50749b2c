import type { CallLog, Calls } from '../calls/store/call-log.ts';
import type { Sync } from '../calls/sync/sync.ts';
import type { Guard } from '../guard/contract.ts';
import type { AccountDirectory } from '../guard/ports.ts';
import type { Platform } from '../ringcentral/platform.ts';
import type { Budget } from '../ringcentral/rest/rate-limiter.ts';
import type { RateGroup } from '../ringcentral/wire/operation-table.ts';
import type { Scope } from '../ringcentral/wire/scope.ts';
import type { Clock } from '../shared/clock.ts';
import type { Logger } from '../shared/log.ts';
import type { ConferenceHosts } from './conference-hosts.ts';
import type { HangUpTimers } from './hang-up-timers.ts';
import type { Plans } from './plans.ts';

/**
 * What belongs to one RingCentral login: its requests, its events, the calls that it sees, and what its guard has
 * asked, granted and counted. Tools and resources get the line of the principal who asks (`Switchboard`), and reach
 * no other.
 */
export interface Line {
  /** Requests to RingCentral. */
  platform: Platform;
  /** The live picture of calls. */
  calls: Calls;
  /** What the platform answers goes in here, and so into `calls`. */
  callLog: CallLog;
  /** Keeps `calls` up to date. */
  sync: Sync;
  guard: Guard;
  /** The account's extensions, as the guard resolves targets with. */
  directory: AccountDirectory;
  hangUps: HangUpTimers;
  plans: Plans;
  conferenceHosts: ConferenceHosts;
  /** How many requests of a group of the rate limit may be sent now for acts. */
  budget(group: RateGroup): Budget;
  scope: Scope;
  clock: Clock;
  log: Logger;
  /**
   * Keeps the line open, for a session or a listener; a line that nobody holds or uses is closed in time.
   * @returns lets go of it
   */
  hold(): () => void;
}
