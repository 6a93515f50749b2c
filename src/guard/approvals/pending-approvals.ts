import { randomBytes } from 'node:crypto';
import { Failure } from '../../shared/failure.ts';
import { Listeners, type OnDefect } from '../../shared/listeners.ts';
import { clean } from '../../shared/untrusted.ts';
import type { Answer } from '../confirmation/answer.ts';
import type { Operator, OperatorQuestion } from '../ports.ts';

/** Shown in full: two that begin alike are not the same. A subject has 255 characters at most. */
const longestPrincipal = 400;
/** A person reads one at a time; each waits for 45 seconds at most. */
const mostQuestions = 100;

/** A question as the page shows it. Times are epoch ms. */
export type PendingApproval = OperatorQuestion & { id: string };

export const operatorAnswers = ['yes', 'grant', 'declined'] as const;
export type OperatorAnswer = (typeof operatorAnswers)[number];

const tooMany = () =>
  new Failure('rate_limited', `${mostQuestions} questions wait for the operator already. Ask later.`, {
    retryAfterSeconds: 45,
  });

/** The questions that wait for the operator. Nothing is kept of answered ones. */
export interface PendingApprovals extends Pick<Operator, 'ask'> {
  questions(): PendingApproval[];
  /** False when there is no such question (any more), or it offers no such answer. */
  answer(id: string, answer: OperatorAnswer): boolean;
  /**
   * Calls `listener` after each change of `questions`.
   * @returns stops calling it
   */
  onChange(listener: () => void): () => void;
}

export function createPendingApprovals(onDefect?: OnDefect): PendingApprovals {
  const posted = new Map<string, { question: PendingApproval; settle: (answer: Answer) => void }>();
  const listeners = new Listeners<[]>(onDefect);
  const changed = () => listeners.emit();
  return {
    ask: (question, signal) =>
      new Promise((resolve, reject) => {
        if (posted.size >= mostQuestions) return reject(tooMany());
        const id = randomBytes(16).toString('base64url');
        const abort = () => settle(signal.reason);
        const settle = (answer: Answer) => {
          signal.removeEventListener('abort', abort);
          posted.delete(id);
          changed();
          resolve(answer);
        };
        signal.addEventListener('abort', abort);
        // An issuer of tokens may let people choose what they are called.
        posted.set(id, {
          question: { ...question, principal: clean(question.principal, longestPrincipal), id },
          settle,
        });
        changed();
      }),
    questions: () => [...posted.values()].map(({ question }) => question),
    answer(id, answer) {
      const waiting = posted.get(id);
      if (!waiting || (answer === 'grant' && !waiting.question.offersGrant)) return false;
      waiting.settle(answer);
      return true;
    },
    onChange: (listener) => listeners.add(listener),
  };
}
