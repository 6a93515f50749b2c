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

/** Why no further question is put, and for how long, in ms, at most. `kept`: more are kept than there is room for. */
export interface AskedEnough {
  why: 'declined' | 'open' | 'asked' | 'kept';
  waitMs: number;
}

export function askedEnough({ why, waitMs }: AskedEnough): Failure {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
  return new Failure(
    'denied',
    `${reasons[why]} ${why === 'declined' ? notAgain : `Try again in ${seconds} s.`}`,
    why === 'declined' ? {} : { retryAfterSeconds: seconds },
  );
}

const reasons: Readonly<Record<AskedEnough['why'], string>> = {
  declined: 'The person declined this twice.',
  open: `${questionLimit.open} questions already wait for the person: let them be answered first.`,
  asked: `The person was asked ${questionLimit.asked} times within a minute.`,
  kept: 'Too many questions wait for an answer.',
};
const notAgain = 'Do not try it again; ask them what they want.';

/**
 * What counts as the same act: principal, tool and call, whatever the other arguments; without a call, the targets.
 */
export const sameAct = ({ principal, tool, telephonySessionId, targets }: Action): string =>
  canonicalJson([principal, tool, telephonySessionId ?? targets]);
