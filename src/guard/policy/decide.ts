import { type Action, withSteps } from '../action.ts';
import type { ResolvedTarget } from '../assessment/targets/resolve-target.ts';
import { matches } from './match.ts';
import type { Policy, Situation, Verdict } from './policy.ts';
import { strictest } from './policy.ts';

/** What an act is judged by. */
export interface PolicyFacts {
  /** A party acted on is neither the login's own nor parked, or the call is not one of the login's. */
  another: boolean;
  targets: readonly ResolvedTarget[];
  joined: boolean;
  /** Reasons to ask a person whatever the policy allows, in words that fit after "because". */
  unusual?: readonly string[];
}

export interface Decision {
  verdict: Verdict;
  /** What decided, for the audit log and for messages: `standard: redirect, a call goes outside`. */
  rule: string;
  /** The operator lets the tool go without a yes (`--allow-unconfirmed`). */
  isLifted?: true;
}

/**
 * The verdict of the policy's tables on an act; of several findings the strictest decides. Unusual acts are asked
 * about, unless they are denied.
 */
export function decide(policy: Policy, action: Action, facts: PolicyFacts): Decision {
  if (action.risk === 'read') return { verdict: 'allow', rule: 'read' };
  const decision = decideByTables(policy, action, facts);
  const [reason] = facts.unusual ?? [];
  return reason === undefined || decision.verdict === 'deny'
    ? decision
    : { verdict: 'ask', rule: `always asked: ${reason}` };
}

/** The same; of a plan and its steps the strictest decides. */
export function decideWithSteps(policy: Policy, action: Action, facts: PolicyFacts): Decision {
  const decisions = withSteps(action).map((one) => decide(policy, one, facts));
  const verdict = strictest(...decisions.map((decision) => decision.verdict));
  return decisions.find((decision) => decision.verdict === verdict) ?? decide(policy, action, facts);
}

function decideByTables(policy: Policy, action: Action, facts: PolicyFacts): Decision {
  const ofTool = Object.hasOwn(policy.tools, action.tool) ? policy.tools[action.tool] : undefined;
  const row = ofTool ?? policy.classes[action.risk as keyof Policy['classes']];
  const subject = ofTool ? action.tool : action.risk;
  const cell = (situation: Situation): Decision => ({
    verdict: row[situation],
    rule: `${policy.name}: ${subject}, ${situation}`,
  });

  const found = facts.targets.map((target): Decision => {
    const index = policy.targets.findIndex(
      (rule) => (rule.tools?.includes(action.tool) ?? true) && matches(rule, target),
    );
    const rule = policy.targets[index];
    return rule
      ? { verdict: rule.verdict, rule: `${policy.name}: target rule ${index + 1}` }
      : cell(target.reach === 'inside' ? 'own' : 'outside');
  });
  if (found.length === 0) found.push(cell('own'));
  if (facts.another) found.push(cell('another'));
  if (facts.joined) found.push(cell('joined'));

  const verdict = strictest(...found.map((decision) => decision.verdict));
  return found.find((decision) => decision.verdict === verdict) ?? { verdict, rule: policy.name };
}
