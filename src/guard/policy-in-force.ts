import { digest } from '../shared/canonical.ts';
import type { Logger } from '../shared/log.ts';
import type { Policy } from './policy/policy.ts';

/** The policy, with what the command line changes about it. */
export interface PolicyInForce {
  policy: Policy;
  readOnly: boolean;
  allowUnconfirmed: ReadonlySet<string>;
  /** SHA-256 of all of it, hex. */
  hash: string;
}

/** @param allowUnconfirmed names of tools, in any order */
export function policyInForce(
  policy: Policy,
  readOnly: boolean,
  allowUnconfirmed: readonly string[],
): PolicyInForce {
  const tools = new Set(allowUnconfirmed);
  return {
    policy,
    readOnly,
    allowUnconfirmed: tools,
    hash: digest({ policy, readOnly, allowUnconfirmed: [...tools].sort() }),
  };
}

/** Writes into the log which policy holds, and warns of tools that ask nobody. */
export function logPolicy({ policy, hash, readOnly, allowUnconfirmed }: PolicyInForce, log: Logger): void {
  log.info({ policy: policy.name, hash, readOnly }, 'guard policy');
  if (allowUnconfirmed.size > 0) {
    log.warn({ tools: [...allowUnconfirmed] }, 'these tools act without asking a person');
  }
}
