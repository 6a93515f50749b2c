import type { App } from '../../app/app-context.ts';
import type { Line } from '../../app/line.ts';
import type { Asker } from '../../guard/contract.ts';

/** Who calls a tool, and how this one call reaches them. */
export interface ToolContext {
  app: App;
  /** What belongs to the login of whoever calls: a tool reaches no other. */
  line: Line;
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
