import type { Clock } from '../shared/clock.ts';
import type { Logger } from '../shared/log.ts';
import type { Meter } from '../shared/meter.ts';
import type { Switchboard } from './switchboard.ts';

/** What there is once per process, as far as servers and tools need it. `createApp` in app.ts builds it. */
export interface App {
  switchboard: Switchboard;
  clock: Clock;
  log: Logger;
  /** Absent over stdio, where nothing is counted. */
  meter?: Meter;
  environment: 'sandbox' | 'ringcentral';
  /** The page on which people place and answer calls; absent where the calls are not this process's sandbox's. */
  consoleUrl?: string;
  /** No tool that acts is offered. */
  readOnly: boolean;
  /** Of the package. */
  version: string;
}
