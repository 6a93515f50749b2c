import type { CallStore } from '../calls/store/call-store.ts';
import type { CallSync } from '../calls/sync/call-sync.ts';
import type { Guard } from '../guard/contract.ts';
import type { AccountDirectory } from '../guard/ports.ts';
import type { Platform } from '../ringcentral/platform.ts';
import type { Scope } from '../ringcentral/wire/scope.ts';
import type { Clock } from '../shared/clock.ts';
import type { Logger } from '../shared/log.ts';

/**
 * What belongs to one RingCentral login: its requests, its events, the calls that it sees, and what its guard has
 * asked, granted and counted. Tools and resources get the line of whoever asks, and reach no other.
 */
export interface Line {
  platform: Platform;
  calls: CallStore;
  sync: CallSync;
  guard: Guard;
  directory: AccountDirectory;
  scope: Scope;
  clock: Clock;
  log: Logger;
}
