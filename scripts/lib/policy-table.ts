import type { ActingClass, MatrixRow, Verdict } from '../../src/guard/policy/policy.ts';
import { situationNames, situations, verdicts } from '../../src/guard/policy/policy.ts';
import { presetNames, presets } from '../../src/guard/policy/presets.ts';

const classes: Readonly<Record<ActingClass, string>> = {
  reversible: 'hold, unhold, mute, pause and resume a recording',
  'end-own': 'end a call that this server placed and nobody answered, stop its own listening in',
  redirect: 'transfer, forward, flip, park, pickup, reject, ignore, bridge, bring-in, conference',
  'place-call': 'call-out, answer',
  listen: 'supervise, start a recording',
  destructive: 'end a call, remove a party, reply (speaks, then ends the call)',
  plan: 'several acts under one question: consult and transfer, merge, swap',
};

/** The presets as a Markdown table, for the README. */
export function policyTable(): string {
  const rows = Object.entries(classes).map(([name, tools]) => {
    const risk = name as ActingClass;
    return [`**${risk}**: ${tools}`, ...presetNames.map((preset) => phrase(presets[preset].classes[risk]))];
  });
  const lines = [
    ['what it does', ...presetNames.map((name) => `\`${name}\``)],
    ['---', '---', '---', '---'],
    ...rows,
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** "allow; ask on another's party, when a call goes outside". */
function phrase(cells: MatrixRow): string {
  const of = (verdict: Verdict) => situationNames.filter((situation) => cells[situation] === verdict);
  return verdicts
    .flatMap((verdict) => {
      const where = of(verdict);
      if (where.length === 0) return [];
      if (where.includes('own')) return [verdict];
      return [`${verdict} ${where.map((situation) => situations[situation]).join(', ')}`];
    })
    .join('; ');
}
