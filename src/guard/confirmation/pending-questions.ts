import { randomBytes } from 'node:crypto';
import { digest } from '../../shared/canonical.ts';
import type { Clock } from '../../shared/clock.ts';
import { Failure } from '../../shared/failure.ts';
import type { Action } from '../action.ts';
import type { GrantTerms } from '../limits/grant-terms.ts';
import { QUESTION_MS } from './answer.ts';

/** A question that waits for its answer, with what that answer is valid for. */
export interface PendingQuestion {
  /** Names this question; good for one answer. */
  nonce: string;
  principal: string;
  tool: string;
  telephonySessionId?: string;
  /** Digest of principal, tool and arguments: the act that the answer is for. */
  binding: string;
  fingerprint: string;
  /** The policy's rule that asks, and the reasons for asking that no policy lifts. */
  rule: string;
  because: readonly string[];
  /** The phone was ringing when the question was put. */
  rang: boolean;
  /** The grant that its form offers. */
  offer: GrantTerms | undefined;
  /** 0 for the first question, then how often it was put again because the call had changed. */
  round: number;
  askedAt: number;
  /** `QUESTION_MS` have passed by the timer, however the wall clock was set meanwhile. */
  late: boolean;
}

/** How long, in ms, a question is kept after it was put, so that a late answer can be told from a forged one. */
const REMEMBER_MS = 10 * 60_000;
const LIMIT = 10_000;

export const binding = ({ principal, tool, args }: Action): string => digest([principal, tool, args]);

export interface PendingQuestions {
  /**
   * Keeps a new question and gives it its nonce. Throws `denied` when too many are kept.
   * @param unanswered called with the question when its time has passed without an answer
   */
  open(
    question: Omit<PendingQuestion, 'nonce' | 'askedAt' | 'late'>,
    unanswered: (question: PendingQuestion) => void,
  ): PendingQuestion;
  /** Removes and returns the question of this nonce; undefined if there is none, or it was taken before. */
  take(nonce: unknown): PendingQuestion | undefined;
  /** The questions of a principal that can still be answered. */
  waiting(principal: string): PendingQuestion[];
}

/** @param ended called when the time of a question has passed without an answer */
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
