import type { Policy, ToolRisk } from './policy.ts';

/** Whether the policy asks a person about anything that a tool does; of a plan, whose steps count too, it may always. */
export function asksAbout(policy: Policy, { name, risk }: ToolRisk): boolean {
  if (risk === 'read') return false;
  if (risk === 'plan' || policy.targets.some(({ verdict, tools }) => verdict === 'ask' && fits(tools, name)))
    return true;
  // What a destructive tool does can be the end of what is its own.
  const classes = risk === 'destructive' ? [risk, 'end-own' as const] : [risk];
  const rows = policy.tools[name] ? [policy.tools[name]] : classes.map((one) => policy.classes[one]);
  return rows.some((row) => Object.values(row).includes('ask'));
}

const fits = (tools: readonly string[] | undefined, name: string): boolean => tools?.includes(name) ?? true;
