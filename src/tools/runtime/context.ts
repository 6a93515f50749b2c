import type { LiveCalls } from '../../calls/store/call-store.ts';
import type { Scope } from '../../calls/store/views.ts';
import type { Keeper } from '../../calls/sync/call-sync.ts';
import type { Asker, Guard } from '../../guard/contract.ts';
import type { Directory } from '../../guard/ports.ts';
import type { Platform } from '../../ringcentral/platform.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Logger } from '../../shared/log.ts';
import type { Meter } from '../../shared/meter.ts';

/** What lives once per process, as tools and resources need it. app.ts builds it. */
export interface App {
  platform: Platform;
  calls: LiveCalls;
  keeper: Keeper;
  guard: Guard;
  directory: Directory;
  clock: Clock;
  log: Logger;
  meter?: Meter;
  environment: 'sandbox' | 'ringcentral';
  scope: Scope;
  readOnly: boolean;
  version: string;
}

/** Who calls a tool, and how this one call reaches them. */
export interface ToolContext {
  app: App;
  /** `key:…`, `user:…` or `client:…` over HTTP, `local` where nobody has to identify themselves. */
  principal: string;
  /** The current request's scopes; absent where there is no authentication. */
  scopes?: ReadonlySet<string>;
  /** Whether this client is offered a tool: `next` names no others. */
  offers(tool: string): boolean;
  /** The way to the person. */
  asker: Asker;
  /** Aborted when the client cancels or goes away. */
  signal: AbortSignal;
  /** Tells the client that the tool is still at work; nothing where it did not ask to be told. */
  progress(done: number, total: number, message: string): void;
}
