import type { NextStep } from './next-step.ts';
import { cut } from './size.ts';

/** A message may quote what it was given; no reader needs more of it. */
const longestMessage = 2_000;

/** Kinds of failure, as a tool result names them (`structuredContent.error.kind`). */
export type FailureKind =
  | 'not_confirmed'
  | 'denied'
  | 'invalid_input'
  | 'not_found'
  | 'wrong_state'
  | 'forbidden'
  | 'rate_limited'
  | 'unavailable'
  | 'unknown_outcome'
  | 'internal';

/** Why a person's yes is missing. */
export type NotConfirmedReason =
  | 'declined'
  | 'cancelled'
  | 'unsupported'
  | 'timed_out'
  | 'changed'
  | 'invalid';

/**
 * What a failure leaves unsure, and a new reading shows: how the `call` stands that the request was about, or which
 * `calls` there are.
 */
export type Doubt = 'call' | 'calls';

export interface FailureDetails {
  /** `needs_login`: RingCentral refuses the login, and a person has to renew it. */
  reason?: NotConfirmedReason | 'needs_login';
  /** The page on which the person of this line mends it, by signing in there. No secret. */
  url?: string;
  /** RingCentral's error code (platform.md 9.2) and request id, for support. */
  errorCode?: string;
  requestId?: string;
  /** The argument that is wrong. */
  parameter?: string;
  /** What the argument can be instead. */
  choices?: readonly object[];
  /** Seconds until a repetition makes sense. */
  retryAfterSeconds?: number;
  /** Said by the platform's client, which knows no tools; `next` is chosen by it (tools/runtime/failure-advice.ts). */
  inDoubt?: Doubt;
  /** What helps next; a tool alone where its arguments follow from those of the call (tools/runtime/failure-advice.ts). */
  next?: (string | NextStep)[];
}

/**
 * A failure whose message is written for the reader: an agent, or the person who starts the server.
 * The one error type that crosses rooms; anything else that is thrown is a defect and shown as `internal`.
 */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly kind: FailureKind;
  readonly details: FailureDetails;

  constructor(kind: FailureKind, message: string, details: FailureDetails = {}) {
    super(cut(message, longestMessage));
    this.kind = kind;
    this.details = details;
  }
}

const passing: ReadonlySet<FailureKind> = new Set(['rate_limited', 'unavailable']);

/** Whether nothing was sent, and the same may fare better later; any other failure is final for now. */
export const isTransient = (error: unknown): error is Failure =>
  error instanceof Failure && passing.has(error.kind);

/** The end of a message that states a wait. */
export const waitWords = (seconds: number): string => ` Try again in ${seconds} s.`;

/** A reason that is shown for longer than a moment: the wait that it states is told as what is left of it. */
export interface Trouble {
  reason: string;
  /** When the next try is made, epoch ms. */
  retryAt?: number;
}

/** What a failure says of the time after it. `retryAt`: when the next try is made, where that is known. */
export function troubleOf({ message, details: { retryAfterSeconds } }: Failure, now: number): Trouble {
  if (retryAfterSeconds === undefined) return { reason: message };
  return {
    reason: message.replace(waitWords(retryAfterSeconds), ''),
    retryAt: now + retryAfterSeconds * 1000,
  };
}

/** The same failure, told later: of the wait that it states what is left. */
export function countedDown(failure: Failure, failedAt: number, now: number): Failure {
  const { retryAt, reason } = troubleOf(failure, failedAt);
  if (retryAt === undefined) return failure;
  const retryAfterSeconds = Math.max(0, Math.ceil((retryAt - now) / 1000));
  const wait = retryAfterSeconds > 0 ? waitWords(retryAfterSeconds) : '';
  return new Failure(failure.kind, `${reason}${wait}`, { ...failure.details, retryAfterSeconds });
}

/** In words, as of `now`. */
export function formatTrouble({ reason, retryAt = 0 }: Trouble, now: number): string {
  const seconds = Math.ceil((retryAt - now) / 1000);
  return seconds > 0 ? `${reason.replace(/\.$/, '')}; next try in ${seconds} s` : reason;
}
