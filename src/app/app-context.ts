import type { CallStore } from '../calls/store/call-store.ts';
import type { CallSync } from '../calls/sync/call-sync.ts';
import type { Guard } from '../guard/contract.ts';
import type { AccountDirectory } from '../guard/ports.ts';
import type { Platform } from '../ringcentral/platform.ts';
import type { Scope } from '../ringcentral/wire/scope.ts';
import type { Clock } from '../shared/clock.ts';
import type { Logger } from '../shared/log.ts';
import type { Meter } from '../shared/meter.ts';

/** What lives once per process, as tools and resources need it. app.ts builds it. */
export interface App {
  platform: Platform;
  calls: CallStore;
  sync: CallSync;
  guard: Guard;
  directory: AccountDirectory;
  clock: Clock;
  log: Logger;
  meter?: Meter;
  environment: 'sandbox' | 'ringcentral';
  scope: Scope;
  readOnly: boolean;
  version: string;
}
