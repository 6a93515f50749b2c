import type { App } from '../../app/app-context.ts';
import type { Line } from '../../app/line.ts';
import type { Mandate } from '../../guard/action.ts';
import type { Asker } from '../../guard/contract.ts';
import type { ToldCursors } from './told-cursors.ts';

/** What one call of a tool is given beside its arguments. */
export interface ToolContext {
  app: App;
  /** The line of the caller's login; a tool reaches no other. */
  line: Line;
  /** `key:…`, `user:…` or `client:…` over HTTP, `local` where nobody has to identify themselves. */
  principal: string;
  /** Id of the permission of the app that asks; absent unless the person has signed in here. */
  grant?: string;
  /** The scopes of this request; absent where there is no authentication. */
  scopes?: ReadonlySet<string>;
  /** Whether this client is offered a tool; results advise no others. */
  offers(tool: string): boolean;
  /** How the guard reaches the person at the host. */
  asker: Asker;
  /** What this session was told; absent where there are no sessions (HTTP of 2026-07-28). */
  told?: ToldCursors;
  /** Aborted when the client cancels or goes away. */
  signal: AbortSignal;
  /** Aborted when the connection or session ends; absent where there is none beyond this request. */
  connection?: AbortSignal;
  /** Where a plan calls the tool: what the yes to the plan is for. */
  mandate?: Mandate;
  /** Sends the client a progress notification, where it has asked for them. */
  progress(done: number, total: number, message: string): void;
}
