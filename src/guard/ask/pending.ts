import { randomBytes } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type { Action } from '../action.ts';
import { digest } from '../canonical.ts';
import { QUESTION_MS } from './answer.ts';

/** A question that waits for its answer, and all that the answer is good for. */
export interface PendingQuestion {
  /** Single use, known to the server: an answer without it, or with a used one, is none. */
  nonce: string;
  principal: string;
  tool: string;
  telephonySessionId?: string;
  /** Of principal, tool and canonical arguments. */
  binding: string;
  fingerprint: string;
  /** What of the policy asked, and why where the policy alone would not have. */
  rule: string;
  because: readonly string[];
  /** The phone rang when the question was put. */
  rang: boolean;
  offersGrant: boolean;
  /** 0 for the first question, then how often it was put again because the call had changed. */
  round: number;
  askedAt: number;
  /** Its time has passed, whatever the wall clock says. */
  late: boolean;
}

/** Answers that come late are told apart from forged ones for this long; then they are forgotten. */
const REMEMBER_MS = 10 * 60_000;
const LIMIT = 10_000;

export const binding = ({ principal, tool, args }: Action): string => digest([principal, tool, args]);

export interface PendingQuestions {
  /** `unanswered` is called with the question when its time has passed and it still waits. */
  open(
    question: Omit<PendingQuestion, 'nonce' | 'askedAt' | 'late'>,
    unanswered: (question: PendingQuestion) => void,
  ): PendingQuestion;
  /** Takes a question out of the store, once. Undefined when there is none of this nonce. */
  take(nonce: unknown): PendingQuestion | undefined;
  /** Those of a principal that can still be answered. */
  waiting(principal: string): PendingQuestion[];
}

/** `ended` is called when the time of a question that nobody answered has passed. */
export function createPendingQuestions(clock: Clock, ended: () => void): PendingQuestions {
  const byNonce = new Map<string, PendingQuestion>();
  const forget = () => {
    for (const [nonce, { askedAt }] of byNonce) {
      if (clock.now() - askedAt < REMEMBER_MS) break;
      byNonce.delete(nonce);
    }
  };
  return {
    open(question, unanswered) {
      forget();
      if (byNonce.size >= LIMIT) {
        throw new Failure('denied', 'Too many questions wait for an answer. Try again in a minute.', {
          retryAfterSeconds: 60,
        });
      }
      const nonce = randomBytes(16).toString('base64url');
      const pending = { ...question, nonce, askedAt: clock.now(), late: false };
      byNonce.set(nonce, pending);
      clock.after(QUESTION_MS, () => {
        pending.late = true;
        if (!byNonce.has(nonce)) return;
        ended();
        unanswered(pending);
      });
      return pending;
    },
    take(nonce) {
      if (typeof nonce !== 'string') return undefined;
      const pending = byNonce.get(nonce);
      byNonce.delete(nonce);
      return pending;
    },
    waiting(principal) {
      const oldest = clock.now() - QUESTION_MS;
      return [...byNonce.values()].filter(
        (question) => !question.late && question.askedAt > oldest && question.principal === principal,
      );
    },
  };
}
