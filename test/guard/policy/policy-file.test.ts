import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadPolicy } from '../../../src/guard/policy/load.ts';
import { presets } from '../../../src/guard/policy/presets.ts';
import { action, dial, hangUp, inboundCall, transfer } from '../support/fake-ports.ts';
import { guardTestbed } from '../support/guard-testbed.ts';
import { createHost, failure, yes } from '../support/host.ts';

const tools = [
  { name: 'read_call_session_status', risk: 'read' },
  { name: 'hold_call_party', risk: 'reversible' },
  { name: 'transfer_call_party', risk: 'redirect' },
  { name: 'create_call_out_call_session', risk: 'place-call' },
  { name: 'start_call_recording', risk: 'listen' },
  { name: 'delete_call_session', risk: 'destructive' },
  { name: 'delete_call_party', risk: 'destructive' },
] as const;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'policy-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const load = (text: string, allowUnconfirmed: string[] = []) => {
  const file = join(folder, 'policy.yaml');
  writeFileSync(file, text);
  return loadPolicy(file, allowUnconfirmed, async () => tools);
};

async function host(text: string, allowUnconfirmed: string[] = []) {
  const all = guardTestbed({ policy: await load(text, allowUnconfirmed), allowUnconfirmed });
  all.ports.sessions.set('s-1', inboundCall('s-1'));
  return { ...all, ...createHost('2025', all.guard) };
}

describe('a policy file', () => {
  test('extends standard where it says nothing', async () => {
    expect({ ...(await load('extends: standard')), name: 'standard' }).toEqual(presets.standard);
    expect((await load('extends: cautious')).classes).toEqual(presets.cautious.classes);
  });

  test('rules per class, for all situations or for some', async () => {
    const { authorize, shown } = await host('classes:\n  redirect: deny\n  reversible: { own: ask }\n');
    expect((await failure(authorize(transfer('s-1', '+12055550102'), yes))).message).toContain(
      'policy.yaml: redirect',
    );
    await authorize(
      action('hold_call_party', 'reversible', { telephonySessionId: 's-1', partyId: 's-1-2' }),
      yes,
    );
    expect(shown).toHaveLength(1);
  });

  test('rules per tool beat those of its class', async () => {
    const { authorize } = await host('extends: trusted\ntools:\n  transfer_call_party: { outside: deny }\n');
    await authorize(transfer('s-1', '+12055550102'));
    expect((await failure(authorize(transfer('s-1', '+14155550177'), yes))).kind).toBe('denied');
    await authorize(dial('+14155550177'));
  });

  test('rules per target: the first in which all members fit decides', async () => {
    const { authorize, shown } = await host(
      [
        'targets:',
        '  - { to: { prefix: "+4420", country: GB }, verdict: deny }',
        '  - { to: { prefix: "+14155550199", country: US }, verdict: allow }',
        '  - { to: { country: US }, tools: [transfer_call_party], verdict: ask }',
        '  - { to: { country: US }, verdict: deny }',
        '  - { to: { extension: "102" }, verdict: deny }',
        '  - { to: { own: true }, verdict: deny }',
      ].join('\n'),
    );
    await authorize(transfer('s-1', '+14155550199'));
    expect(shown).toHaveLength(0);
    await authorize(transfer('s-1', '+14155550177'), yes);
    expect(shown).toHaveLength(1);
    const denied = [
      dial('+14155550177'),
      { ...dial('+442079460000'), targets: [{ kind: 'extensionNumber' as const, value: '102' }] },
      { ...dial('+442079460000'), targets: [{ kind: 'callFlipId' as const, value: '2' }] },
    ];
    for (const act of denied) expect((await failure(authorize(act, yes))).kind).toBe('denied');
  });

  test('never lets through what nobody may dial', async () => {
    const { authorize } = await host('targets:\n  - { to: { prefix: "+1900" }, verdict: allow }\n');
    expect((await failure(authorize(dial('+19005551234'), yes))).kind).toBe('denied');
  });

  test('names numbers, in-house emergency extensions, and whether listening is told', async () => {
    const policy = await load(
      [
        'targets:',
        '  - { to: { number: "+14155550199", label: on-call mobile }, verdict: allow }',
        'emergency: [{ extension: "2222" }]',
        'supervision: notified',
      ].join('\n'),
    );
    expect(policy).toMatchObject({
      targets: [{ to: { number: '+14155550199', label: 'on-call mobile' }, verdict: 'allow' }],
      emergency: [{ extension: '2222' }],
      supervision: 'notified',
    });
    expect(presets.standard).toMatchObject({ emergency: [], supervision: 'denied' });
  });

  test('has rules of which none stands in the way of another', async () => {
    const rules = [
      '{ to: { extension: "102" }, verdict: allow }',
      '{ to: { extension: "102", own: true }, verdict: ask }',
      '{ to: { prefix: "+1415" }, tools: [transfer_call_party], verdict: ask }',
      '{ to: { prefix: "+1415" }, verdict: deny }',
      '{ to: { country: US, prefix: "+1212" }, verdict: ask }',
      '{ to: { country: US }, verdict: deny }',
      '{ to: { own: false }, verdict: ask }',
    ];
    expect((await load(`targets:\n${rules.map((rule) => `  - ${rule}`).join('\n')}`)).targets).toHaveLength(
      7,
    );
  });

  test('sets caps and grants', async () => {
    const policy = await load('caps: { ringing: 3, calls: 100 }\ngrants: [reversible]\n');
    expect(policy.caps).toEqual({ ringing: 3, outside: 5, calls: 100 });
    expect(policy.grants).toEqual(['reversible']);
  });

  test('lets a destructive tool act only with --allow-unconfirmed', async () => {
    const text = 'tools:\n  delete_call_session: allow\n';
    expect((await failure(load(text))).message).toMatch(
      /policy\.yaml:2: tools\.delete_call_session .*--allow-unconfirmed delete_call_session/,
    );
    const { authorize, shown } = await host(text, ['delete_call_session']);
    await authorize(hangUp('s-1'));
    expect(shown).toHaveLength(0);
    expect(
      (await failure(load('classes:\n  destructive: allow\n', ['delete_call_session']))).message,
    ).toContain('delete_call_party');
  });
});

describe('a mistake is named with its line and member', () => {
  test.each([
    ['extends: strict', ':1: extends: '],
    ['extends: standard\nclass: {}', ':2: class: there is no such member'],
    ['classes:\n  redirect: maybe', ':2: classes.redirect: expected one of allow, ask, deny'],
    ['classes:\n  redirect:\n    outsde: ask', ':3: classes.redirect.outsde: there is no such member'],
    [
      'classes:\n  redirect:\n    outside: denied',
      ':3: classes.redirect.outside: expected one of allow, ask, deny',
    ],
    [
      'tools:\n  hold_call_party:\n    own: allow\n    another: yes',
      ':4: tools.hold_call_party.another: expected one of',
    ],
    [
      'classes:\n  redirect:\n    own: ask\n    outside: maybe\n    outsde: ask',
      ':5: classes.redirect.outsde: there is no such member',
    ],
    ['classes:\n  redirect: [ask]', ':2: classes.redirect: expected one of allow, ask, deny, or a map'],
    ['classes:\n  read: ask', ':2: classes.read: there is no such member'],
    ['tools:\n  hold_call_party: ask\n  hold_call: ask', ':3: tools.hold_call: there is no acting tool'],
    [
      'tools:\n  read_call_session_status: ask',
      ':2: tools.read_call_session_status: there is no acting tool',
    ],
    ['targets:\n  - to: { prefix: 1415 }\n    verdict: ask', ':2: targets.0.to.prefix: '],
    [
      'targets:\n  - to: { country: usa }\n    verdict: ask',
      ':2: targets.0.to.country: expected an ISO 3166 code',
    ],
    ['targets:\n  - to: {}\n    verdict: ask', ':2: targets.0.to: expected prefix'],
    ['targets:\n  - to: { own: true }', ':2: targets.0.verdict: expected one of allow, ask, deny'],
    ['targets:\n  - to: { own: true }\n    tools: [hold]\n    verdict: ask', ':3: targets.0.tools.0.hold: '],
    ['caps:\n  ringing: -1', ':2: caps.ringing: '],
    ['grants: [destructive]', ':1: grants.0: '],
    ['grants: [listen]', ':1: grants.0: '],
    ['a: [1', ':1: '],
    ['- just a list', ':1: policy: expected a map'],
    ['standard', ':1: policy: expected a map'],
    ['', ':1: policy: the file says nothing'],
    ['# extends: trusted\n', ':1: policy: the file says nothing'],
    ['~', ':1: policy: the file says nothing'],
    ['targets:\n  - { to: { country: UK }, verdict: deny }', ':2: targets.0.to.country: UK is not a country'],
    ['targets:\n  - { to: { country: UK }, verdict: deny }', 'write GB'],
    ['targets:\n  - { to: { country: ZZ }, verdict: deny }', ':2: targets.0.to.country: ZZ is not a country'],
    ['targets:\n  - { to: { prefix: "+999" }, verdict: deny }', ':2: targets.0.to.prefix: no number begins'],
    [
      'targets:\n  - { to: { prefix: +1415 }, verdict: deny }',
      ':2: targets.0.to.prefix: expected the beginning',
    ],
    [
      'targets:\n  - { to: { prefix: "1415" }, verdict: deny }',
      ':2: targets.0.to.prefix: expected the beginning',
    ],
    [
      'targets:\n  - { to: { extension: 102 }, verdict: deny }',
      ':2: targets.0.to.extension: expected an extension number in quotes',
    ],
    [
      'targets:\n  - { to: { number: +14155550199 }, verdict: deny }',
      ':2: targets.0.to.number: expected an E.164',
    ],
    [
      'targets:\n  - { to: { number: "+141555501990" }, verdict: deny }',
      ':2: targets.0.to.number: there is no number',
    ],
    ['targets:\n  - { to: { label: mobile }, verdict: deny }', ':2: targets.0.to: expected prefix'],
    ['targets:\n  - { to: { own: true, label: mobile }, verdict: deny }', ':2: targets.0.to.label: a label'],
    [
      'targets:\n  - { to: { own: true }, tools: [transfer_call_party, hold_call_party], verdict: deny }',
      ':2: targets.0.tools.1: hold_call_party sends no call anywhere',
    ],
    ['targets:\n  - { to: { own: true }, tools: [], verdict: deny }', ':2: targets.0.tools: names no tool'],
    [
      'targets:\n  - { to: { own: true }, tools: [constructor], verdict: deny }',
      ':2: targets.0.tools.0.constructor: ',
    ],
    ['tools:\n  constructor: deny', ':2: constructor: there is no such member'],
    ['tools:\n  __proto__: deny', ':2: __proto__: there is no such member'],
    ['classes:\n  toString: deny', ':2: toString: there is no such member'],
    ['__proto__: { extends: trusted }', ':1: __proto__: there is no such member'],
    ['extends: standard\nextends: trusted', ':2: '],
    ['tools:\n  hold_call_party: ask\n  hold_call_party: deny', ':3: '],
    ['emergency: [{ extension: 2222 }]', ':1: emergency.0.extension: expected an extension number in quotes'],
    ...[
      ['caps:\n  calls: 1.5', ':2: caps.calls: expected a whole number from 0 to 1000000'],
      ['caps:\n  calls: "5"', ':2: caps.calls: expected a whole number from 0 to 1000000'],
      ['caps:\n  calls: 1000001', ':2: caps.calls: expected a whole number from 0 to 1000000'],
      ['caps:\n  calls: .nan', ':2: caps.calls: expected a whole number from 0 to 1000000'],
      ['caps: { calls: ~ }', ':1: caps.calls: expected a whole number from 0 to 1000000'],
      ['caps: ~', ':1: caps: expected a map of ringing, outside, calls'],
      ['caps: 5', ':1: caps: expected a map of ringing, outside, calls'],
      ['caps: [5]', ':1: caps: expected a map of ringing, outside, calls'],
      ['caps: {}', ':1: caps: says nothing'],
      ['classes: [redirect]', ':1: classes: expected a map of reversible, end-own, redirect, place-call'],
      ['classes: {}', ':1: classes: says nothing'],
      ['classes:\n  redirect: {}', ':2: classes.redirect: says nothing'],
      ['classes:\n  redirect: ~', ':2: classes.redirect: expected one of allow, ask, deny, or a map'],
      ['classes: { redirect: { own: ~ } }', ':1: classes.redirect.own: expected one of allow, ask, deny'],
      ['tools: transfer_call_party', ':1: tools: expected a map of tools, such as hold_call_party: ask'],
      ['tools: [transfer_call_party]', ':1: tools: expected a map of tools'],
      ['tools: {}', ':1: tools: says nothing'],
      ['tools:\n  transfer_call_party: {}', ':2: tools.transfer_call_party: says nothing'],
      ['extends: strict', ':1: extends: expected one of cautious, standard, trusted'],
      ['extends: ~', ':1: extends: expected one of cautious, standard, trusted'],
      ['extends: [standard]', ':1: extends: expected one of cautious, standard, trusted'],
      ['grants: redirect', ':1: grants: expected a list of reversible, redirect, place-call'],
      ['grants: [destructive]', ':1: grants.0: expected one of reversible, redirect, place-call'],
      ['emergency: [2222]', ':1: emergency.0: expected a map, such as { extension: "2222" }'],
      ['emergency: "2222"', ':1: emergency: expected a list of extensions, such as [{ extension: "2222" }]'],
      ['emergency: []', ':1: emergency: says nothing'],
      ['emergency: [{}]', ':1: emergency.0.extension: expected an extension number'],
      ['targets: []', ':1: targets: says nothing'],
      ['targets: ask', ':1: targets: expected a list of rules, such as - { to: '],
      ['targets: { to: { own: true }, verdict: ask }', ':1: targets: expected a list of rules'],
      ['targets: [ask]', ':1: targets.0: expected a rule, such as { to: '],
      ['targets: [{ verdict: ask }]', ':1: targets.0.to: expected a map, such as { country: US }'],
      [
        'targets: [{ to: "+1415", verdict: ask }]',
        ':1: targets.0.to: expected a map, such as { country: US }',
      ],
      ['targets:\n  - { to: { own: "yes" }, verdict: ask }', ':2: targets.0.to.own: expected true or false'],
      [
        'targets: [{ to: { own: true }, tools: transfer_call_party, verdict: ask }]',
        ':1: targets.0.tools: expected a list, such as [transfer_call_party]',
      ],
      [
        'targets: [{ to: { own: true }, tools: [5], verdict: ask }]',
        ':1: targets.0.tools.0: expected the name of a tool',
      ],
      ['supervision: ~', ':1: supervision: expected one of denied, notified'],
      ['{}', ':1: policy: the file says nothing'],
      ['5', ':1: policy: expected a map'],
    ],
    ...[
      ['{ number: "+14155550199", prefix: "+1212" }', 'number: no target fits: +14155550199 does not begin'],
      ['{ prefix: "+1415", country: GB }', 'prefix: no target fits: numbers of GB begin with +44, not +1415'],
      ['{ prefix: "+3", country: GB }', 'prefix: no target fits: numbers of GB begin with +44'],
      ['{ number: "+14155550199", country: GB }', 'number: no target fits: numbers of GB begin with +44'],
      ['{ number: "+14155550199", country: CA }', 'number: no target fits: +14155550199 is a number of US'],
    ].map(([to, message]) => [`targets:\n  - { to: ${to}, verdict: ask }`, `:2: targets.0.to.${message}`]),
    ['supervision: allowed', ':1: supervision: expected one of denied, notified'],
    ...[
      ['{ extension: "102" }, verdict: allow', '{ extension: "102" }, verdict: deny'],
      ['{ own: true }, verdict: ask', '{ own: true }, tools: [transfer_call_party], verdict: deny'],
      ['{ country: US }, verdict: ask', '{ country: US, prefix: "+1415" }, verdict: deny'],
      ['{ prefix: "+1" }, verdict: ask', '{ prefix: "+1415" }, verdict: deny'],
      ['{ prefix: "+1415" }, verdict: ask', '{ number: "+14155550199", label: mobile }, verdict: allow'],
    ].map(([first, second]) => [
      `targets:\n  - { to: ${first} }\n  - { to: ${second} }`,
      ':3: targets.1: never decides: rule 1 ',
    ]),
  ] as [string, string][])('%j', async (text, message) => {
    const refusal = await failure(load(text));
    expect(refusal.kind).toBe('invalid_input');
    expect(refusal.message).toContain(message.startsWith(':') ? `policy.yaml${message}` : message);
  });

  test('rules that say the same of a number twice are no contradiction', async () => {
    const rules = [
      '{ number: "+14155550199", prefix: "+1415", country: US }',
      '{ prefix: "+4", country: GB }',
      '{ prefix: "+1", country: CA }',
      '{ prefix: "+44", country: JE }',
    ];
    const text = rules.map((to) => `  - { to: ${to}, verdict: ask }`).join('\n');
    expect((await load(`targets:\n${text}`)).targets).toHaveLength(4);
  });

  test('all at once', async () => {
    const both = 'classes:\n  redirect:\n    own: maybe\n    outside: denied';
    expect((await failure(load(both))).message).toMatch(
      /:3: classes.redirect.own: .*\n.*:4: classes.redirect.outside: /,
    );
    expect((await failure(load('extends: x\ncaps: { ringing: a }'))).message.split('\n')).toHaveLength(2);
  });

  test('a name that is neither preset nor file', async () => {
    expect((await failure(loadPolicy('strict', [], async () => tools))).message).toContain(
      'cautious, standard, trusted',
    );
  });

  test('--allow-unconfirmed for a tool that does not exist', async () => {
    expect((await failure(loadPolicy('standard', ['hang_up'], async () => tools))).message).toContain(
      'hang_up',
    );
  });
});
