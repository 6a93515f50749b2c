import type { Clock } from '../shared/clock.ts';
import type { Logger } from '../shared/log.ts';
import type { Meter } from '../shared/meter.ts';
import type { Switchboard } from './switchboard.ts';

/** What lives once per process, as servers and tools need it. app.ts builds it. */
export interface App {
  switchboard: Switchboard;
  clock: Clock;
  log: Logger;
  meter?: Meter;
  environment: 'sandbox' | 'ringcentral';
  readOnly: boolean;
  version: string;
}
