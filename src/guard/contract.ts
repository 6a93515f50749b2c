import type {
  ClientCapabilities,
  InputRequiredResult,
  ServerContext,
  ServerOptions,
} from '@modelcontextprotocol/server';
import type { Device } from '../ringcentral/wire/lookups.ts';
import type { FailureKind } from '../shared/failure.ts';
import type { Action, Mandate } from './action.ts';
import type { ResolvedTarget } from './assessment/targets/resolve-target.ts';
import type { GuardView } from './view.ts';

/**
 * What a question of one tool call to the person at the host needs. The revisions of 2025 and 2026-07-28 ask differently;
 * `confirmation/elicitation.ts` knows how each does.
 */
export interface Asker {
  context: ServerContext;
  /** The client's capabilities from `initialize`; undefined in 2026-07-28, where `context` has them. */
  capabilities: ClientCapabilities | undefined;
}

/** How an act ended, for the audit log and the caps. */
export interface ActOutcome {
  result: 'observed' | 'accepted' | FailureKind;
  /** RingCentral's request id. */
  requestId?: string;
  /** The call that the act created (call-out, conference). */
  telephonySessionId?: string;
  /** The own leg that the act created (supervision). */
  partyId?: string;
}

/** The one request of an act, with everything done that takes time before it can leave. */
export interface ReadyRequest<Answer> {
  /**
   * Sends the request, once.
   * @param beforeSend called right before the request leaves; what it throws is thrown, and nothing is sent
   * @returns the answer; undefined when the platform refused the login: nothing was done, and there is a new login
   */
  send(body: object | undefined, beforeSend: () => void): Promise<Answer | undefined>;
  /** Gives its place in the rate limit back. Harmless once it was sent. */
  cancel(): void;
}

/** What `execute` gets for an act that is let through. */
export interface Cleared<Answer> {
  /**
   * Sends the request; call it once. Throws `NotSent`, which has to be passed on, where the readings have become too
   * old or the login was refused, and the platform's `Failure`.
   */
  send(body: object | undefined): Promise<Answer>;
  /** The action's targets, resolved, as the policy judged them. */
  targets: readonly ResolvedTarget[];
  /** The act was judged as `end-own`. */
  endsOwn: boolean;
  /** Of an action with `steps`: what lets them through. */
  mandate?: Mandate;
}

/** What the guard calls to do an act. */
export interface Act<Answer, Result> {
  /**
   * Gets the request ready: logs in and takes a place in the rate limit, so that nothing delays it after the calls
   * have been read. Called before each assessment.
   */
  prepare(): Promise<ReadyRequest<Answer>>;
  /** Does the act with `cleared.send`. Called once the act is let through; called again only if nothing was sent. */
  execute(cleared: Cleared<Answer>): Promise<{ result: Result; outcome: ActOutcome }>;
  /** Called once the act is let through, before its request may leave; what it throws is thrown, and nothing is sent. */
  leaving?(): Promise<void>;
}

/**
 * The result to return from the tool handler unchanged (2026-07-28): the host shows the question, then calls the tool
 * again with the answer.
 */
export interface Question {
  kind: 'question';
  result: InputRequiredResult;
}

/**
 * Decides whether an agent's act is done: assesses it, asks a person where the policy says so, and sends it. One per
 * login.
 */
export interface Guard {
  /**
   * Assesses an act on what is true now, gets a person's yes where it needs one, and executes it. Reads need not come
   * here.
   *
   * Whatever lets an act through was computed from readings that are at most two seconds old when the request leaves
   * (those who were brought into a conference: fifteen), so a delay of any kind means a new look, and a refused login
   * a new one too. The request is sent at most once.
   *
   * Throws `Failure`: `not_confirmed` (with its reason), `denied`, `invalid_input` and `not_found` (a target or
   * device that cannot be meant), `wrong_state` (the call is over, stopped ringing, or is in no state for it),
   * `rate_limited` and `unavailable` (the call could not be read, the audit log not written, or what other processes
   * do not be known), and whatever `execute` throws.
   */
  run<Answer, Result>(action: Action, asker: Asker, act: Act<Answer, Result>): Promise<Result | Question>;
  /**
   * The first result of a repeated `idempotencyKey` within ten minutes, instead of a second run, as `again` makes it
   * of what was true when the first run began (epoch ms). A run that returns a question, or fails without having
   * reached the platform, is forgotten; all are at the end of the process, or ten minutes later where processes share
   * what they remember. Then a run that ends with its process is begun again unless its request may have left: that
   * is an `unknown_outcome`.
   * @param run is given what its act has to be `leaving` with
   */
  once<T>(
    key: IdempotencyKey,
    run: (leaving?: () => Promise<void>) => Promise<T>,
    isQuestion: (result: T) => boolean,
    again?: (first: T, at: number) => T | Promise<T>,
  ): Promise<T>;
  /** Whether this principal's agent may open the microphone of a phone without a question about that. */
  isConfirmedPhone(device: Device, principal: string): Promise<boolean>;
  /** That the phone which was named for agents is none of the login's `own`, as a clause; undefined where it is. */
  missingPhone(own: readonly Device[]): string | undefined;
  /** `ringcentral://guard` for this principal. */
  view(principal: string): Promise<GuardView>;
  /**
   * Calls `listener` after each change of a `view`.
   * @returns stops calling it
   */
  onChange(listener: () => void): () => void;
  /** For `new McpServer(info, { requestState })`: verifies the state that a modern host sends back. */
  readonly requestState: Required<NonNullable<ServerOptions['requestState']>>;
  /** Called when the line closes: open questions are refused as cancelled, and no further one is put. */
  stopAsking(): void;
  /** Stops asking, and gives acts under way a moment to end. */
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
