import type {
  ClientCapabilities,
  InputRequiredResult,
  ServerContext,
  ServerOptions,
} from '@modelcontextprotocol/server';
import type { FailureKind } from '../base/failure.ts';
import type { Action } from './action.ts';
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

/** The guard's yes to one act. Its intent is in the audit log already. */
export interface Permit {
  kind: 'permit';
  /** Tells how the act ended. Owed for every permit, whatever happened; a second report is ignored. */
  done(outcome: ActOutcome): void;
}

/** Modern era: return `result` from the tool handler as it is; the host calls the tool again with the answer. */
export interface Question {
  kind: 'question';
  result: InputRequiredResult;
}

/**
 * What stands between the agent and the caller. One per process.
 *
 *     const decision = await guard.authorize(action, asker);
 *     if (decision.kind === 'question') return decision.result;
 *     // the one request to the platform
 *     decision.done({ result: 'observed', requestId });
 */
export interface Guard {
  /**
   * Judges one act right before it happens. Reads need not come here.
   * Throws `Failure`: `not_confirmed` (with its reason), `denied`, `invalid_input` and `not_found` (a target or device
   * that cannot be meant), `wrong_state` (the call is over, stopped ringing, or is in no state for it), `unavailable`
   * (the call could not be read again, or the audit log not written).
   */
  authorize(action: Action, asker: Asker): Promise<Permit | Question>;
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
  /** Refuses what is pending, gives acts under way a moment to end, and closes the audit log. */
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
