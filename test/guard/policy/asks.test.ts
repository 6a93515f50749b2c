import { expect, test } from 'vitest';
import { asksAbout } from '../../../src/guard/policy/asks.ts';
import { everywhere } from '../../../src/guard/policy/policy.ts';
import { presets } from '../../../src/guard/policy/presets.ts';

const { cautious, standard, trusted } = presets;
const hold = { name: 'hold_call_party', risk: 'reversible' } as const;
const hangUp = { name: 'delete_call_session', risk: 'destructive' } as const;
const plan = { name: 'swap_calls', risk: 'plan' } as const;

test.each([
  [cautious, hold, true],
  // On another's party, and where a call goes outside.
  [standard, hold, true],
  [trusted, hold, false],
  [trusted, hangUp, true],
  [trusted, plan, true],
  [{ ...trusted, tools: { hold_call_party: everywhere('ask') } }, hold, true],
  [{ ...trusted, tools: { delete_call_session: everywhere('allow') } }, hangUp, false],
  [{ ...trusted, targets: [{ to: { own: true }, verdict: 'ask' as const }] }, hold, true],
  [{ ...trusted, targets: [{ to: {}, tools: ['flip'], verdict: 'ask' as const }] }, hold, false],
  [{ ...standard, classes: { ...standard.classes, reversible: everywhere('deny') } }, hold, false],
])('%j asks about %j: %s', (policy, tool, asks) => {
  expect(asksAbout(policy, tool)).toBe(asks);
});
