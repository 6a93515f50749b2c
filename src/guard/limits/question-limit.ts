import { canonicalJson } from '../../shared/canonical.ts';
import { Failure } from '../../shared/failure.ts';
import type { Action } from '../action.ts';

/**
 * How often a person is asked, per principal, because who is asked too often says yes without reading: questions that
 * wait at a time, questions within `askedMs`, and questions for the same act declined within `declinedMs`.
 */
export const questionLimit = {
  open: 3,
  asked: 6,
  askedMs: 60_000,
  declined: 2,
  declinedMs: 600_000,
} as const;

/** Why no further question is put; `kept`: more are kept than there is room for. */
export type AskedEnough = 'declined' | 'open' | 'asked' | 'kept';

export function askedEnough(why: AskedEnough): Failure {
  const { message, ...details } = reasons[why];
  return new Failure('denied', message, details);
}

const reasons: Readonly<Record<AskedEnough, { message: string; retryAfterSeconds?: number }>> = {
  declined: { message: 'The person declined this twice. Do not try it again; ask them what they want.' },
  open: {
    message: `${questionLimit.open} questions already wait for the person. Let them be answered first.`,
    retryAfterSeconds: 45,
  },
  asked: {
    message: `The person was asked ${questionLimit.asked} times within a minute. Wait.`,
    retryAfterSeconds: 60,
  },
  kept: {
    message: 'Too many questions wait for an answer. Try again in a minute.',
    retryAfterSeconds: 60,
  },
};

/**
 * What counts as the same act: principal, tool and call, whatever the other arguments; without a call, the targets.
 */
export const sameAct = ({ principal, tool, telephonySessionId, targets }: Action): string =>
  canonicalJson([principal, tool, telephonySessionId ?? targets]);
