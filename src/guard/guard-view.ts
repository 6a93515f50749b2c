import { Failure } from '../shared/failure.ts';
import { QUESTION_MS } from './confirmation/answer.ts';
import type { PendingQuestion, PendingQuestions } from './confirmation/pending-questions.ts';
import type { Guard } from './contract.ts';
import type { Grant, GrantStore } from './limits/grants.ts';
import type { PolicyInForce } from './policy-in-force.ts';

export interface GuardViewOptions {
  inForce: PolicyInForce;
  asks: 'host' | 'operator';
  pending: Pick<PendingQuestions, 'waiting'>;
  grants: Pick<GrantStore, 'of'>;
}

/** Shows the guard to a principal: the policy in force, and their own open questions and grants. */
export function createGuardView({ inForce, asks, pending, grants }: GuardViewOptions): Guard['view'] {
  const { policy, hash, readOnly, allowUnconfirmed } = inForce;
  return async (principal) => ({
    policy: { name: policy.name, hash, readOnly },
    allowUnconfirmed: [...allowUnconfirmed],
    asks,
    ...(await read(principal).catch(unread)),
  });

  async function read(principal: string) {
    const [questions, granted] = await Promise.all([pending.waiting(principal), grants.of(principal)]);
    return { pending: questions.map(shownQuestion), grants: granted.map(shownGrant) };
  }
}

/** The policy is shown all the same. */
function unread(error: unknown) {
  if (!(error instanceof Failure)) throw error;
  return { pending: [], grants: [], unread: error.message };
}

const shownQuestion = ({ tool, telephonySessionId, askedAt }: PendingQuestion) => ({
  tool,
  ...(telephonySessionId && { telephonySessionId }),
  askedAt: iso(askedAt),
  expiresAt: iso(askedAt + QUESTION_MS),
});

const shownGrant = ({ tool, telephonySessionId, expiresAt }: Grant) => ({
  tool,
  ...(telephonySessionId && { telephonySessionId }),
  expiresAt: iso(expiresAt),
});

const iso = (time: number): string => new Date(time).toISOString();
