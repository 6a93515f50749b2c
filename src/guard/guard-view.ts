import { QUESTION_MS } from './confirmation/answer.ts';
import type { PendingQuestions } from './confirmation/pending-questions.ts';
import type { Guard } from './contract.ts';
import type { Grants } from './limits/grants.ts';
import type { PolicyInForce } from './policy-in-force.ts';

export interface GuardViewOptions {
  inForce: PolicyInForce;
  asks: 'host' | 'operator';
  pending: Pick<PendingQuestions, 'waiting'>;
  grants: Pick<Grants, 'of'>;
}

/** Shows the guard to a principal: the policy in force, and their own open questions and grants. */
export function createGuardView({ inForce, asks, pending, grants }: GuardViewOptions): Guard['view'] {
  const { policy, hash, readOnly, allowUnconfirmed } = inForce;
  return (principal) => ({
    policy: { name: policy.name, hash, readOnly },
    allowUnconfirmed: [...allowUnconfirmed],
    asks,
    pending: pending.waiting(principal).map(({ tool, telephonySessionId, askedAt }) => ({
      tool,
      ...(telephonySessionId && { telephonySessionId }),
      askedAt: iso(askedAt),
      expiresAt: iso(askedAt + QUESTION_MS),
    })),
    grants: grants.of(principal).map(({ tool, telephonySessionId, expiresAt }) => ({
      tool,
      ...(telephonySessionId && { telephonySessionId }),
      expiresAt: iso(expiresAt),
    })),
  });
}

const iso = (time: number): string => new Date(time).toISOString();
