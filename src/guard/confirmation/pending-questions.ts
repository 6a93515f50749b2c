import { randomBytes } from 'node:crypto';
import { digest } from '../../shared/canonical.ts';
import type { Clock } from '../../shared/clock.ts';
import { recent } from '../../shared/recent.ts';
import type { Action } from '../action.ts';
import type { GrantTerms } from '../limits/grant-terms.ts';
import { type AskedEnough, questionLimit } from '../limits/question-limit.ts';
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
}

/** A question whose answer has come. */
export interface TakenQuestion {
  question: PendingQuestion;
  /** For how long it has waited, in ms: `QUESTION_MS` or more where the answer is late. */
  ageMs: number;
}

/** How long, in ms, a question is kept after it was put, so that a late answer can be told from a forged one. */
export const REMEMBER_MS = 10 * 60_000;
/** So many are kept. */
export const LIMIT = 10_000;

export const binding = ({ principal, tool, args }: Action): string => digest([principal, tool, args]);

export interface PendingQuestions {
  /**
   * Keeps a new question and gives it its nonce, unless the person has been asked enough.
   * @param act what counts as the same act (`sameAct`)
   * @param unanswered called with the question when its time has passed without an answer
   */
  open(
    question: Omit<PendingQuestion, 'nonce' | 'askedAt'>,
    act: string,
    unanswered: (question: PendingQuestion) => void,
  ): Promise<PendingQuestion | AskedEnough>;
  /** Removes and returns the question of this nonce; undefined if there is none, or it was taken before. */
  take(nonce: unknown): Promise<TakenQuestion | undefined>;
  /** Counts a no of this principal's person to an act. */
  declined(act: string): Promise<void>;
  /** The questions of a principal that can still be answered. */
  waiting(principal: string): Promise<PendingQuestion[]>;
}

/**
 * In memory.
 * @param ended called when the time of a question has passed without an answer
 */
export function createPendingQuestions(clock: Clock, ended: () => void): PendingQuestions {
  /** `isLate`: `QUESTION_MS` have passed by the timer, however the wall clock was set meanwhile. */
  const byNonce = new Map<string, { question: PendingQuestion; isLate: boolean }>();
  const asked = recent<{ by: string; at: number }>(clock, questionLimit.askedMs);
  const declined = recent<{ by: string; at: number }>(clock, questionLimit.declinedMs);
  const forget = () => {
    for (const [nonce, { question }] of byNonce) {
      if (clock.now() - question.askedAt < REMEMBER_MS) break;
      byNonce.delete(nonce);
    }
  };
  const waiting = (principal: string) => {
    const oldest = clock.now() - QUESTION_MS;
    return [...byNonce.values()].flatMap(({ question, isLate }) =>
      !isLate && question.askedAt > oldest && question.principal === principal ? [question] : [],
    );
  };
  const limitReached = (principal: string, act: string): AskedEnough | undefined => {
    const timesOf = (list: readonly { by: string; at: number }[], by: string) =>
      list.filter((one) => one.by === by).map(({ at }) => at);
    const putAt = (questions: readonly PendingQuestion[]) => questions.map(({ askedAt }) => askedAt);
    const limits = [
      ['declined', timesOf(declined.list(), act), questionLimit.declined, questionLimit.declinedMs],
      ['open', putAt(waiting(principal)), questionLimit.open, QUESTION_MS],
      ['asked', timesOf(asked.list(), principal), questionLimit.asked, questionLimit.askedMs],
      ['kept', putAt([...byNonce.values()].map(({ question }) => question)), LIMIT, REMEMBER_MS],
    ] as const;
    for (const [why, times, most, lastsMs] of limits) {
      const frees = times[times.length - most];
      if (frees !== undefined) return { why, waitMs: frees + lastsMs - clock.now() };
    }
    return undefined;
  };
  return {
    async open(about, act, unanswered) {
      forget();
      const limit = limitReached(about.principal, act);
      if (limit) return limit;
      asked.add({ by: about.principal, at: clock.now() });
      const nonce = newNonce();
      const pending = { question: { ...about, nonce, askedAt: clock.now() }, isLate: false };
      byNonce.set(nonce, pending);
      clock.after(QUESTION_MS, () => {
        pending.isLate = true;
        if (!byNonce.has(nonce)) return;
        ended();
        unanswered(pending.question);
      });
      return pending.question;
    },
    async take(nonce) {
      if (typeof nonce !== 'string') return undefined;
      const pending = byNonce.get(nonce);
      byNonce.delete(nonce);
      if (!pending) return undefined;
      const { question, isLate } = pending;
      const ageMs = clock.now() - question.askedAt;
      return { question, ageMs: isLate ? Math.max(ageMs, QUESTION_MS) : ageMs };
    },
    declined: async (act) => declined.add({ by: act, at: clock.now() }),
    waiting: async (principal) => waiting(principal),
  };
}

export const newNonce = (): string => randomBytes(16).toString('base64url');
