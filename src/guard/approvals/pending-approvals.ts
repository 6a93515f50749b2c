import { randomBytes } from 'node:crypto';
import { Failure } from '../../shared/failure.ts';
import { Listeners, type OnDefect } from '../../shared/listeners.ts';
import { clean } from '../../shared/untrusted.ts';
import type { Answer } from '../confirmation/answer.ts';
import type { Operator, OperatorQuestion } from '../ports.ts';

/** Shown in full: two that begin alike are not the same. A subject has 255 characters at most. */
const longestPrincipal = 400;
/** A person reads one at a time; each waits for 45 seconds at most. */
export const mostQuestions = 100;

/** A question as the page shows it. Times are epoch ms. */
export type PendingApproval = OperatorQuestion & { id: string };

export const operatorAnswers = ['yes', 'grant', 'declined'] as const;
export type OperatorAnswer = (typeof operatorAnswers)[number];

/** A question as it is shown under this id. An issuer of tokens may let people choose what they are called. */
export const toPendingApproval = (id: string, question: OperatorQuestion): PendingApproval => ({
  ...question,
  principal: clean(question.principal, longestPrincipal),
  id,
});

export const tooManyQuestions = () =>
  new Failure('rate_limited', `${mostQuestions} questions wait for the operator already. Ask later.`, {
    retryAfterSeconds: 45,
  });

/**
 * The questions that wait for the operator: of this process, or of all replicas. Nothing is kept of answered ones.
 * What it does throws `Failure` `unavailable` where it cannot tell what the other replicas have asked and answered.
 */
export interface PendingApprovals extends Pick<Operator, 'ask'> {
  /** Those that were asked first at the front. */
  questions(): Promise<PendingApproval[]>;
  /**
   * The first answer counts, whoever gives it where.
   * @returns false when there is no such question (any more), or it offers no such answer
   */
  answer(id: string, answer: OperatorAnswer): Promise<boolean>;
  /**
   * Calls `listener` after each change of `questions`.
   * @returns stops calling it
   */
  onChange(listener: () => void): () => void;
}

/** Those of this process, in memory. */
export function createPendingApprovals(onDefect?: OnDefect): PendingApprovals {
  const posted = new Map<string, { question: PendingApproval; settle: (answer: Answer) => void }>();
  const listeners = new Listeners<[]>(onDefect);
  const changed = () => listeners.emit();
  return {
    ask: (question, signal) =>
      new Promise((resolve, reject) => {
        if (posted.size >= mostQuestions) return reject(tooManyQuestions());
        const id = randomBytes(16).toString('base64url');
        const abort = () => settle(signal.reason);
        const settle = (answer: Answer) => {
          signal.removeEventListener('abort', abort);
          posted.delete(id);
          changed();
          resolve(answer);
        };
        signal.addEventListener('abort', abort);
        posted.set(id, { question: toPendingApproval(id, question), settle });
        changed();
      }),
    questions: async () => [...posted.values()].map(({ question }) => question),
    async answer(id, answer) {
      const waiting = posted.get(id);
      if (!waiting || (answer === 'grant' && !waiting.question.offersGrant)) return false;
      waiting.settle(answer);
      return true;
    },
    onChange: (listener) => listeners.add(listener),
  };
}
