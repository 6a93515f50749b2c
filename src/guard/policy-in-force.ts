import { digest } from '../shared/canonical.ts';
import type { Logger } from '../shared/log.ts';
import { asksAbout } from './policy/asks.ts';
import type { Policy, ToolRisk } from './policy/policy.ts';

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

/** The tools of `--allow-unconfirmed` about which the policy asks nobody anyway, so that naming them changes nothing. */
export const uselesslyAllowed = (
  policy: Policy,
  allowUnconfirmed: readonly string[],
  tools: readonly ToolRisk[],
): string[] =>
  tools
    .filter((tool) => allowUnconfirmed.includes(tool.name) && !asksAbout(policy, tool))
    .map(({ name }) => name);

/** Writes into the log which policy holds, and warns of tools that ask nobody. */
export function logPolicy({ policy, hash, readOnly, allowUnconfirmed }: PolicyInForce, log: Logger): void {
  log.info({ policy: policy.name, hash, readOnly }, 'guard policy');
  if (allowUnconfirmed.size > 0) {
    log.warn({ tools: [...allowUnconfirmed] }, 'these tools act without asking a person');
  }
}
