import { canonicalJson } from '../../shared/canonical.ts';
import type { Clock } from '../../shared/clock.ts';
import { Failure } from '../../shared/failure.ts';
import { recent } from '../../shared/recent.ts';
import type { Action } from '../action.ts';

const MINUTE = 60_000;
const OPEN = 3;
const PER_MINUTE = 6;
const DECLINES = 2;

/** Limits how often a person is asked, per principal, because who is asked too often says yes without reading. */
export interface QuestionLimit {
  /**
   * Throws `denied` when the person has been asked enough.
   * @param open how many questions of this principal wait for an answer
   */
  check(action: Action, open: number): void;
  record(action: Action): void;
  recordDecline(action: Action): void;
}

export function createQuestionLimit(clock: Clock): QuestionLimit {
  const questions = recent<string>(clock, MINUTE);
  const declines = recent<string>(clock, 10 * MINUTE);
  return {
    check(action, open) {
      if (declines.list().filter((act) => act === same(action)).length >= DECLINES) {
        throw new Failure(
          'denied',
          'The person declined this twice. Do not try it again; ask them what they want.',
        );
      }
      if (open >= OPEN) {
        throw new Failure(
          'denied',
          `${OPEN} questions already wait for the person. Let them be answered first.`,
          {
            retryAfterSeconds: 45,
          },
        );
      }
      if (questions.list().filter((principal) => principal === action.principal).length >= PER_MINUTE) {
        throw new Failure('denied', `The person was asked ${PER_MINUTE} times within a minute. Wait.`, {
          retryAfterSeconds: 60,
        });
      }
    },
    record: ({ principal }) => questions.add(principal),
    recordDecline: (action) => declines.add(same(action)),
  };
}

/**
 * What counts as the same act: principal, tool and call, whatever the other arguments; without a call, the targets.
 */
const same = ({ principal, tool, telephonySessionId, targets }: Action): string =>
  canonicalJson([principal, tool, telephonySessionId ?? targets]);
