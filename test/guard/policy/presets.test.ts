import { describe, expect, test } from 'vitest';
import { policyTable } from '../../../scripts/lib/policy-table.ts';
import type { Action } from '../../../src/guard/action.ts';
import type { ActingClass, Situation, Verdict } from '../../../src/guard/policy/policy.ts';
import { presets } from '../../../src/guard/policy/presets.ts';
import { action, inboundCall } from '../support/fake-ports.ts';
import { guardTestbed } from '../support/guard-testbed.ts';
import { createHost, failure, yes } from '../support/host.ts';

/** Written out by hand: the presets are a promise, and a slip in their data must show. */
const expected: Record<string, Record<ActingClass, string>> = {
  //              own another outside joined
  cautious: {
    reversible: 'ask ask ask ask',
    'end-own': 'ask ask ask ask',
    redirect: 'ask ask ask ask',
    'place-call': 'ask ask ask ask',
    listen: 'ask ask ask ask',
    destructive: 'ask ask ask ask',
    plan: 'ask ask ask ask',
  },
  standard: {
    reversible: 'allow ask ask ask',
    'end-own': 'allow allow allow allow',
    redirect: 'allow ask ask ask',
    'place-call': 'allow ask ask ask',
    listen: 'ask ask ask ask',
    destructive: 'ask ask ask ask',
    plan: 'ask ask ask ask',
  },
  trusted: {
    reversible: 'allow allow allow allow',
    'end-own': 'allow allow allow allow',
    redirect: 'allow allow allow allow',
    'place-call': 'allow allow allow allow',
    listen: 'ask ask ask ask',
    destructive: 'ask ask ask ask',
    plan: 'allow allow allow allow',
  },
};

/** An act of a class that is in one situation and no other. */
const inSituation: Record<Situation, Partial<Action>> = {
  own: { partyId: 's-1-2' },
  another: { partyId: 's-1-1' },
  outside: { partyId: 's-1-2', targets: [{ kind: 'phoneNumber', value: '+14155550177' }] },
  joined: { partyId: 's-1-2', other: { telephonySessionId: 's-2', partyId: 's-2-2' } },
};

const cells = Object.entries(expected).flatMap(([preset, classes]) =>
  Object.entries(classes).flatMap(([risk, row]) =>
    Object.keys(inSituation).map((situation, index) => ({
      preset: preset as keyof typeof presets,
      risk: risk as ActingClass,
      situation: situation as Situation,
      verdict: row.split(' ')[index] as Verdict,
    })),
  ),
);

test.each(cells)('$preset: $risk, $situation → $verdict', async ({ preset, risk, situation, verdict }) => {
  const { guard, ports } = guardTestbed({ policy: presets[preset] });
  ports.sessions.set('s-1', inboundCall('s-1'));
  ports.sessions.set('s-2', inboundCall('s-2'));
  const host = createHost('2026', guard);
  const act = action('some_tool', risk, { telephonySessionId: 's-1', ...inSituation[situation] });
  await host.authorize(act, yes);
  expect(host.shown).toHaveLength(verdict === 'ask' ? 1 : 0);
});

describe('above every preset', () => {
  test('read-only denies every act, with a confirmation or without', async () => {
    const { guard, ports } = guardTestbed({ policy: presets.trusted, readOnly: true });
    ports.sessions.set('s-1', inboundCall('s-1'));
    const host = createHost('2025', guard);
    for (const risk of ['reversible', 'redirect', 'place-call', 'listen', 'destructive'] as const) {
      const act = action('some_tool', risk, { telephonySessionId: 's-1' });
      expect((await failure(host.authorize(act, yes))).kind).toBe('denied');
    }
    expect(host.shown).toEqual([]);
  });

  test('--allow-unconfirmed lets one tool act, and the view says so', async () => {
    const { guard, ports } = guardTestbed({ allowUnconfirmed: ['delete_call_session'] });
    ports.sessions.set('s-1', inboundCall('s-1'));
    const host = createHost('2025', guard);
    await host.authorize(action('delete_call_session', 'destructive', { telephonySessionId: 's-1' }));
    const other = action('delete_call_party', 'destructive', { telephonySessionId: 's-1', partyId: 's-1-1' });
    expect((await failure(host.authorize(other))).details.reason).toBe('unsupported');
    expect((await guard.view('local')).allowUnconfirmed).toEqual(['delete_call_session']);
  });
});

test('the table of the README says what the presets do', () => {
  expect(policyTable()).toMatchInlineSnapshot(`
    "| what it does | \`cautious\` | \`standard\` | \`trusted\` |
    | --- | --- | --- | --- |
    | **reversible**: hold, unhold, mute, pause and resume a recording | ask | allow; ask on another's party, when a call goes outside, when outsiders are joined to each other or to a conference | allow |
    | **end-own**: end a call that this server placed and nobody answered, stop its own listening in | ask | allow | allow |
    | **redirect**: transfer, forward, flip, park, pickup, reject, ignore, bridge, bring-in, conference | ask | allow; ask on another's party, when a call goes outside, when outsiders are joined to each other or to a conference | allow |
    | **place-call**: call-out, answer | ask | allow; ask on another's party, when a call goes outside, when outsiders are joined to each other or to a conference | allow |
    | **listen**: supervise, start a recording | ask | ask | ask |
    | **destructive**: end a call, remove a party, reply (speaks, then ends the call) | ask | ask | ask |
    | **plan**: several acts under one question: consult and transfer, merge, swap | ask | ask | allow |"
  `);
});
