import type {
  ClientCapabilities,
  InputRequiredResult,
  ServerContext,
  ServerOptions,
} from '@modelcontextprotocol/server';
import type { FailureKind } from '../base/failure.ts';
import type { Action } from './action.ts';
import type { ResolvedTarget } from './targets/resolve.ts';
import type { GuardView } from './view.ts';

/**
 * How one tool call can reach the person at the host. Built by `hostAsker` from the SDK's context: the two eras ask
 * differently, and the guard does not want to know.
 */
export interface Asker {
  context: ServerContext;
  /** What the client declared at `initialize`; the modern era's declaration travels in the context. */
  capabilities: ClientCapabilities | undefined;
}

/** How an act ended, for the audit log and the caps. */
export interface ActOutcome {
  result: 'observed' | 'accepted' | FailureKind;
  /** RingCentral's request id. */
  requestId?: string;
  /** The call that the act created (call-out, conference). */
  telephonySessionId?: string;
}

/** The one request of an act, with everything done that takes time before it can leave. */
export interface ReadyRequest<Answer> {
  /**
   * Sends it, once. `beforeSend` is called right before it leaves, and what it throws keeps it from leaving. Answers
   * undefined when the platform refused the login: nothing was done, and there is a new login.
   */
  send(body: object | undefined, beforeSend: () => void): Promise<Answer | undefined>;
  /** Gives its place in the rate limit back. Harmless once it was sent. */
  cancel(): void;
}

/** What an act may rely on once it is let through. */
export interface Cleared<Answer> {
  /** Sends the one request, on what is still true; to be called once. Throws what the platform answers. */
  send(body: object | undefined): Promise<Answer>;
  /** Where the call goes, as it was judged. */
  targets: readonly ResolvedTarget[];
}

/** How an act is done. */
export interface Act<Answer, Result> {
  /** Called before each look at the calls: whatever the request has to wait for, it waits for here. */
  prepare(): Promise<ReadyRequest<Answer>>;
  /** Called once the act is let through; again only when nothing was sent. */
  execute(cleared: Cleared<Answer>): Promise<{ result: Result; outcome: ActOutcome }>;
}

/** Modern era: return `result` from the tool handler as it is; the host calls the tool again with the answer. */
export interface Question {
  kind: 'question';
  result: InputRequiredResult;
}

/** What stands between the agent and the caller. One per login. */
export interface Guard {
  /**
   * Assesses an act on what is true now, gets a person's yes where it needs one, and executes it. Reads need not come
   * here.
   *
   * Whatever lets an act through was computed from readings that are at most two seconds old when the request leaves
   * (those who were brought into a conference: fifteen), so a delay of any kind means a new look, and a refused login a
   * new one too. The request is sent at most once.
   *
   * Throws `Failure`: `not_confirmed` (with its reason), `denied`, `invalid_input` and `not_found` (a target or device
   * that cannot be meant), `wrong_state` (the call is over, stopped ringing, or is in no state for it), `rate_limited`
   * and `unavailable` (the call could not be read, or the audit log not written), and whatever `execute` throws.
   */
  run<Answer, Result>(action: Action, asker: Asker, act: Act<Answer, Result>): Promise<Result | Question>;
  /**
   * The first result of a repeated `idempotencyKey` within ten minutes, instead of a second run, as `again` makes it of
   * what was true when the first run began (epoch ms). A run that returns a question, or fails without having reached
   * the platform, is forgotten; all are at the end of the process.
   */
  once<T>(
    key: IdempotencyKey,
    run: () => Promise<T>,
    isQuestion: (result: T) => boolean,
    again?: (first: T, at: number) => T | Promise<T>,
  ): Promise<T>;
  /** `ringcentral://guard` for this principal. */
  view(principal: string): GuardView;
  /** Called after each change of a view; the answer stops it. */
  onChange(listener: () => void): () => void;
  /** For `new McpServer(info, { requestState })`: verifies the state that a modern host sends back. */
  readonly requestState: NonNullable<ServerOptions['requestState']>;
  /** The server ends: questions that wait are over without an answer, and none is put any more. */
  stopAsking(): void;
  /** Stops asking, gives acts under way a moment to end, and closes the audit log. */
  close(): Promise<void>;
}

export interface IdempotencyKey {
  principal: string;
  tool: string;
  /** The `idempotencyKey` of the tool call; without one the run is simply run. */
  key: string | undefined;
  /** The other arguments: the same key with other arguments is refused. */
  args: Readonly<Record<string, unknown>>;
}
