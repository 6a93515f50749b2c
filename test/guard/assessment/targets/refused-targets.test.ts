import { describe, expect, test } from 'vitest';
import type { Action, Target } from '../../../../src/guard/action.ts';
import { presets } from '../../../../src/guard/policy/presets.ts';
import { Failure } from '../../../../src/shared/failure.ts';
import {
  action,
  dial,
  inboundCall,
  internalCall,
  own,
  party,
  session,
  transfer,
} from '../../support/fake-ports.ts';
import { guardTestbed } from '../../support/guard-testbed.ts';
import { createHost, failure, yes } from '../../support/host.ts';

const withCalls = (...args: Parameters<typeof guardTestbed>) => {
  const all = guardTestbed(...args);
  all.ports.sessions.set('s-1', inboundCall('s-1'));
  return { ...all, host: createHost('2025', all.guard) };
};

const to = (target: Target): Action =>
  action('transfer_call_party', 'redirect', {
    telephonySessionId: 's-1',
    partyId: 's-1-2',
    targets: [target],
  });

describe('never dialled, whatever the person says and whatever the policy', () => {
  test.each([
    ['premium, US', '+19005551234'],
    ['premium, UK', '+449098790123'],
    ['premium, international', '+979123456789'],
    ['premium, US, not in use', '+19001234567'],
    ['premium, UK, not in use', '+449001234567'],
    ['premium, Germany, not in use', '+499000123456'],
    ['premium, Italy, not in use', '+398912345678'],
    ['premium, Australia, not in use', '+611909999999'],
    ['satellite', '+8816123456789'],
    ['satellite', '+870773111632'],
    ['a network of no country', '+882161234567'],
    ['caller id hidden', '*6714155550199'],
    ['caller id hidden, E.164', '*67+14155550199'],
    ['star code', '*86'],
    ['star code', '#31#4155550199'],
    ['emergency', '911'],
    ['emergency', '112'],
    ['emergency', '999'],
    ['emergency', '+911'],
    ['emergency', '+1911'],
    ['emergency', '+44999'],
    ['crisis line', '988'],
    ['emergency, Germany', '110'],
    ['emergency, after a prefix', '9911'],
    ['emergency, after a prefix', '0112'],
    ['emergency, after a prefix', '1911'],
    ['emergency, international', '+353112'],
    ['emergency, international', '011911'],
    ['emergency, India', '100'],
    ['emergency, South Africa', '10111'],
    ['short', '12345'],
    ['short, with a plus', '+12345'],
    ['premium, international without plus', '01119005551234'],
    ['premium, formatted', '+1 (900) 555-1234'],
    ['satellite, formatted', '+88 161 234-56789'],
    ['emergency, formatted', '9-1-1'],
    ['a tel: address', 'tel:+19005551234'],
    ['a sip: address of a number', 'sip:+19005551234@example.com'],
    ['full-width digits', '＋１９００５５５１２３４'],
    ['full-width among others', '+1900555123４'],
    ['caller id shown', '*82+14155550199'],
    ['letters', '+1800FLOWERS'],
    ['a SIP address', 'sip:bob@example.com'],
    ['emergency, foreign digits', '١١٢'],
    ['premium, foreign digits', '+١٩٠٠٥٥٥١٢٣٤'],
    ['two numbers', '+14155550199;+19005551234'],
    ['star extension of a foreign number', '+14155550199*102'],
    ['main number with two stars', '+12055550100*10*2'],
    ['main number with a star code', '+12055550100**67'],
    ['empty', ''],
  ])('%s: %s', async (_, number) => {
    for (const policy of [presets.standard, presets.trusted]) {
      const { host } = withCalls({ policy });
      expect((await failure(host.authorize(transfer('s-1', number), yes))).kind).toBe('denied');
      expect((await failure(host.authorize(dial(number), yes))).kind).toBe('denied');
      expect(host.shown).toEqual([]);
    }
  });

  test.each([
    ['national', '(415) 555-0199'],
    ['no plus', '14155550199'],
    ['with spaces', '+1 415 555 0199'],
    ['too long', '+141555501990'],
    ['too short', '+1415555019'],
    ['a number and a line break', '+14155550199\n'],
    ['national, digits alone', '2055550102'],
    ['with dots', '+1.415.555.0199'],
    ['own number behind a doubled country code', '+112055550101'],
    ['doubled country code', '+114155550199'],
    ['national prefix behind the country code', '+4402079460000'],
    ['an extension behind a number', '+14155550199x102'],
    ['pause and tones', '+14155550199,,123#'],
    ['foreign digits', '+١٤١٥٥٥٥٠١٩٩'],
    ['carrier code behind the country code', '+550152199999999'],
  ])(
    'a number that is only written wrongly is a mistake, no matter of policy (%s: %s)',
    async (_, number) => {
      const { host } = withCalls({ policy: presets.trusted });
      for (const act of [transfer('s-1', number), dial(number)]) {
        const { kind, details, message } = await failure(host.authorize(act, yes));
        expect({ kind, parameter: details.parameter }).toEqual({
          kind: 'invalid_input',
          parameter: 'phoneNumber',
        });
        expect(message).toMatch(/E\.164|digits|it is \+\d+/);
      }
      expect(host.shown).toEqual([]);
    },
  );

  test('an emergency number is to be dialled by the person', async () => {
    const { host } = withCalls();
    expect((await failure(host.authorize(dial('911')))).message).toContain('dial it yourself');
  });

  test.each([
    ...['*67102', '103#', '911', '112', '100', '9911', '0112', '9-1-1', '+911'].map((value) => [
      value,
      'denied',
    ]),
    ...['14155550199', '+14155550199', '10 2', '', '+102', '１０２', '102\n', 'Bob'].map((value) => [
      value,
      'invalid_input',
    ]),
    ...['-102', '102,', 'sip:102', '102@example.com'].map((value) => [value, 'invalid_input']),
  ] as [string, string][])('extension %j: %s', async (value, kind) => {
    const { host } = withCalls({ policy: presets.trusted });
    expect((await failure(host.authorize(to({ kind: 'extensionNumber', value }), yes))).kind).toBe(kind);
    expect(host.shown).toEqual([]);
  });

  test('a worldwide emergency number, even where an extension is said to have it', async () => {
    const { host, ports } = withCalls({ policy: presets.trusted });
    ports.directory.extensions = async () => [{ id: '5', extensionNumber: '911', name: 'Trap' }] as never;
    expect((await failure(host.authorize(to({ kind: 'extensionNumber', value: '911' }), yes))).kind).toBe(
      'denied',
    );
    expect((await failure(host.authorize(dial('+12055550100*911'), yes))).kind).toBe('denied');
  });

  const refusalOf = async (target: Target, extensions: string[]) => {
    const { host, ports } = withCalls({ policy: presets.trusted });
    ports.directory.extensions = async () =>
      extensions.map((extensionNumber) => ({ id: `id ${extensionNumber}`, extensionNumber })) as never;
    const refusal = await failure(host.authorize(to(target), yes));
    expect(host.shown).toEqual([]);
    return refusal;
  };

  test.each(['102', '110', '42', '100234'])('own extension %s as a phone number', async (value) => {
    const refusal = await refusalOf({ kind: 'phoneNumber', value }, ['101', value]);
    expect(refusal).toMatchObject({ kind: 'invalid_input', details: { parameter: 'phoneNumber' } });
    expect(refusal.message).toMatch(/is an extension .* extensionNumber/);
    expect(refusal.message).not.toMatch(/emergency/i);
  });

  test('own extension as the number of a call-out: names the parameter that this tool has', async () => {
    const target: Target = { kind: 'phoneNumber', value: '102', parameter: 'toPhoneNumber' };
    const refusal = await refusalOf(target, ['102']);
    expect(refusal.details.parameter).toBe('toPhoneNumber');
    expect(refusal.message).toContain('toExtensionNumber');
  });

  test.each(['911', '112', '933', '988', '999', '000'])(
    'emergency number %s wins over an extension of the same digits',
    async (value) => {
      for (const kind of ['phoneNumber', 'extensionNumber'] as const) {
        const refusal = await refusalOf({ kind, value }, [value]);
        expect(refusal.kind).toBe('denied');
        expect(refusal.message).toMatch(/emergency number.*dial it yourself/i);
      }
    },
  );

  test.each(['999', '110', '100', '9911'])(
    'extension %s that is nobody’s but also an emergency number: both are said',
    async (value) => {
      const refusal = await refusalOf({ kind: 'extensionNumber', value }, ['101']);
      expect(refusal.kind).toBe('denied');
      expect(refusal.message).toMatch(/no extension .*emergency number.*dial it yourself/i);
    },
  );

  test('a flip number that is premium', async () => {
    const { host, ports } = withCalls({ policy: presets.trusted });
    ports.directory.flipNumbers = async () => [{ flipNumber: '3', phoneNumber: '+19005551234' }] as never;
    expect((await failure(host.authorize(to({ kind: 'callFlipId', value: '3' }), yes))).kind).toBe('denied');
  });

  test("a device that is not the login's", async () => {
    const { host } = withCalls({ policy: presets.trusted });
    const refusal = await failure(host.authorize(dial('+12055550102', '900000000001'), yes));
    expect(refusal).toMatchObject({ kind: 'invalid_input', details: { parameter: 'fromDeviceId' } });
    expect(refusal.message).toContain('list_devices');
    expect(host.shown).toEqual([]);
  });
});

describe('inside goes without a question, outside asks', () => {
  test.each<[string, Target, 'inside' | 'outside']>([
    ['a colleague', { kind: 'extensionNumber', value: '102' }, 'inside'],
    ["a colleague's direct number", { kind: 'phoneNumber', value: '+12055550102' }, 'inside'],
    ['the main number, behind which a menu is', { kind: 'phoneNumber', value: '+12055550100' }, 'outside'],
    ['the main number with an extension', { kind: 'phoneNumber', value: '+12055550100*102' }, 'inside'],
    ['a mailbox', { kind: 'voicemail', value: '62264013' }, 'inside'],
    ['the own desk phone by flip', { kind: 'callFlipId', value: '2' }, 'inside'],
    ['the own desk phone by flip, with the star', { kind: 'callFlipId', value: '*2' }, 'inside'],
    ['an outside mobile by flip', { kind: 'callFlipId', value: '1' }, 'outside'],
    [
      'the main number with an extension that the directory may hide',
      { kind: 'phoneNumber', value: '+12055550100*7777' },
      'outside',
    ],
    ['a stranger', { kind: 'phoneNumber', value: '+14155550177' }, 'outside'],
  ])('%s', async (_, target, reach) => {
    const { host } = withCalls();
    await host.authorize(to(target), yes);
    expect(host.shown).toHaveLength(reach === 'outside' ? 1 : 0);
  });

  const nobodys: [string, Target, string, string][] = [
    ['extension', { kind: 'extensionNumber', value: '7777' }, 'not_found', 'find_extensions'],
    [
      'extension id',
      { kind: 'voicemail', value: '99999999' },
      ...(['not_found', 'find_extensions'] as const),
    ],
    ['flip number', { kind: 'callFlipId', value: '7' }, 'invalid_input', 'list_call_flip_numbers'],
  ];

  test.each(nobodys)('nobody is asked about an %s that does not exist', async (_, target, kind, next) => {
    for (const policy of [presets.cautious, presets.standard, presets.trusted]) {
      const { host } = withCalls({ policy });
      const refusal = await failure(host.authorize(to(target), yes));
      expect(refusal).toMatchObject({
        kind,
        details: { parameter: target.parameter ?? target.kind, next: [next] },
      });
      expect(host.shown).toEqual([]);
    }
  });

  test.each(nobodys)('an %s is asked about where the list cannot be read, or is empty', async (_, target) => {
    const unreadable = () => Promise.reject(new Failure('forbidden', 'ReadAccounts is missing.'));
    for (const list of [unreadable, async () => []]) {
      const { host, ports } = withCalls();
      Object.assign(ports.directory, { extensions: list, flipNumbers: list });
      if (target.kind === 'callFlipId') {
        // Nobody could be told where the call goes.
        expect((await failure(host.authorize(to(target), yes))).kind).toMatch(/^(forbidden|invalid_input)$/);
        expect(host.shown).toEqual([]);
        continue;
      }
      await host.authorize(to(target), yes);
      expect(host.shown[0]?.message).toMatch(/Goes to: .*outside your company/);
    }
  });

  test('a directory that cannot be read knows nobody', async () => {
    const { host, ports } = withCalls();
    const broken = () => Promise.reject(new Failure('forbidden', 'ReadAccounts is missing.'));
    Object.assign(ports.directory, { extensions: broken, accountNumbers: broken });
    await host.authorize(to({ kind: 'extensionNumber', value: '102' }), yes);
    await host.authorize(to({ kind: 'phoneNumber', value: '+12055550102' }), yes);
    expect(host.shown).toHaveLength(2);
  });

  test('an allowed act on a call costs one look at it', async () => {
    const { host, ports } = withCalls();
    await host.authorize(
      action('hold_call_party', 'reversible', { telephonySessionId: 's-1', partyId: 's-1-2' }),
    );
    expect(ports.requests).toEqual(['read s-1']);
  });
});

describe('outsiders joined to each other', () => {
  const bridge = action('bridge_call_party', 'redirect', {
    telephonySessionId: 's-1',
    partyId: 's-1-2',
    other: { telephonySessionId: 's-2', partyId: 's-2-2' },
  });
  const bringIn = action('create_call_party_with_bring_in', 'redirect', {
    telephonySessionId: 'c-1',
    other: { telephonySessionId: 's-2', partyId: 's-2-2' },
  });
  const conference = (...conferenceParticipants: string[]) =>
    session(
      'c-1',
      [
        party('c-1-1', 'Outbound', 'Answered', { phoneNumber: '101' }, own.extensionId),
        ...conferenceParticipants.map((participant, index) =>
          party(`c-1-${index + 2}`, 'Inbound', 'Answered', {}, participant),
        ),
      ],
      { origin: { type: 'Conference' } },
    );

  test('bridging two outsiders asks, an outsider and a colleague does not', async () => {
    const { host, ports } = withCalls();
    ports.sessions.set('s-2', inboundCall('s-2'));
    await host.authorize(bridge, yes);
    expect(host.shown).toHaveLength(1);
    ports.sessions.set('s-2', internalCall('s-2'));
    await host.authorize({ ...bridge, other: { telephonySessionId: 's-2', partyId: 's-2-1' } });
  });

  test('bridging with a call whose far end is not known asks', async () => {
    const { host, ports } = withCalls();
    const onlyMe = party('s-2-2', 'Inbound', 'Answered', {}, own.extensionId);
    ports.sessions.set('s-2', session('s-2', [onlyMe]));
    await host.authorize(bridge, yes);
    expect(host.shown).toHaveLength(1);
  });

  test('bringing in an outsider asks, even the first; a colleague does not', async () => {
    const { host, ports } = withCalls();
    ports.sessions.set('c-1', conference());
    ports.sessions.set('s-2', inboundCall('s-2'));
    await host.authorize(bringIn, yes);
    expect(host.shown).toHaveLength(1);
    ports.sessions.set('s-2', internalCall('s-2'));
    await host.authorize({ ...bringIn, other: { telephonySessionId: 's-2', partyId: 's-2-1' } });
  });
});

describe('whose party it is', () => {
  const pickup = (partyId: string) =>
    action('pickup_call_party', 'redirect', {
      telephonySessionId: 's-1',
      partyId,
      deviceIds: ['802636634016'],
    });

  test('a parked party is nobody’s; one that talks is another’s', async () => {
    const { host, ports } = withCalls();
    ports.sessions.set(
      's-1',
      session('s-1', [party('s-1-1', 'Outbound', 'Parked', { phoneNumber: '+14155550199' })]),
    );
    await host.authorize(pickup('s-1-1'));
    ports.sessions.set('s-1', inboundCall('s-1'));
    await host.authorize(pickup('s-1-1'), yes);
    expect(host.shown).toHaveLength(1);
  });

  test('a call of others is not joined with the own one without a question', async () => {
    const { host, ports } = withCalls();
    ports.sessions.set('s-1', internalCall('s-1'));
    ports.sessions.set(
      's-2',
      session('s-2', [
        party('s-2-1', 'Outbound', 'Answered', { phoneNumber: '102' }, '62264013'),
        party('s-2-2', 'Inbound', 'Answered', { phoneNumber: '200' }, '62264020'),
      ]),
    );
    const bridge = action('bridge_call_party', 'redirect', {
      telephonySessionId: 's-1',
      partyId: 's-1-1',
      other: { telephonySessionId: 's-2', partyId: 's-2-1' },
    });
    await host.authorize(bridge, yes);
    expect(host.shown).toHaveLength(1);
  });

  test('a call of which the own leg is not known is not known to be one of ours', async () => {
    const { host, ports } = withCalls();
    const { yourPartyId: _unknown, ...call } = inboundCall('s-1');
    ports.sessions.set('s-1', call);
    await host.authorize(
      action('hold_call_party', 'reversible', { telephonySessionId: 's-1', partyId: 's-1-2' }),
      yes,
    );
    expect(host.shown).toHaveLength(1);
  });
});

describe('a call with emergency services on it', () => {
  const emergencies = {
    'dialled 911': session('s-1', [
      party('s-1-2', 'Outbound', 'Answered', { phoneNumber: '+12055550101' }, own.extensionId),
      party('s-1-1', 'Inbound', 'Answered', { phoneNumber: '911' }),
    ]),
    'dialled 110 in Germany': session('s-1', [
      {
        ...party('s-1-2', 'Outbound', 'Proceeding', {}, own.extensionId),
        to: { phoneNumber: '110' },
      } as never,
    ]),
    'a call back': session('s-1', [
      { ...party('s-1-1', 'Outbound', 'Answered', {}), attributes: { emergencyCallback: true } } as never,
      party('s-1-2', 'Inbound', 'Answered', {}, own.extensionId),
    ]),
  };

  const acts = (
    [
      ['hold_call_party', 'reversible'],
      ['update_call_party', 'reversible', { muted: true }],
      ['update_call_party', 'reversible', { muted: false, standAlone: true }],
      ['pause_resume_call_recording', 'reversible'],
      ['transfer_call_party', 'redirect'],
      ['forward_call_party', 'redirect'],
      ['call_flip_party', 'redirect'],
      ['call_park_party', 'redirect'],
      ['pickup_call_party', 'redirect'],
      ['reject_party', 'redirect'],
      ['ignore_call_in_queue', 'redirect'],
      ['supervise_call_party', 'listen'],
      ['supervise_call_session', 'listen'],
      ['start_call_recording', 'listen'],
      ['delete_call_session', 'destructive'],
      ['delete_call_party', 'destructive'],
      ['reply_party', 'destructive'],
    ] as const
  ).map(([tool, risk, args]) => [tool, args, risk] as const);

  describe.each(Object.entries(emergencies))('%s', (_, call) => {
    test.each(acts)('takes no %s %j', async (tool, args, risk) => {
      const { host, ports } = withCalls({ policy: presets.trusted });
      ports.sessions.set('s-1', call);
      const act = action(tool, risk, { telephonySessionId: 's-1', partyId: 's-1-2', args: args ?? {} });
      expect((await failure(host.authorize(act, yes))).kind).toBe('denied');
      expect(host.shown).toEqual([]);
    });

    test('takes unhold, unmute and an answer', async () => {
      const { host, ports } = withCalls();
      ports.sessions.set('s-1', call);
      const on = { telephonySessionId: 's-1', partyId: 's-1-2' };
      await host.authorize(action('unhold_call_party', 'reversible', on));
      await host.authorize(action('update_call_party', 'reversible', { ...on, args: { muted: false } }));
      await host.authorize(action('answer_call_party', 'place-call', on));
    });
  });

  test.each(['bridge_call_party', 'create_call_party_with_bring_in'])('is not joined by %s', async (tool) => {
    const { host, ports } = withCalls({ policy: presets.trusted });
    ports.sessions.set('s-2', { ...emergencies['dialled 911'], id: 's-2' });
    const act = action(tool, 'redirect', {
      telephonySessionId: 's-1',
      other: { telephonySessionId: 's-2', partyId: 's-1-2' },
    });
    expect((await failure(host.authorize(act, yes))).kind).toBe('denied');
  });

  test('is recognised by the fresh read when the call store does not know yet', async () => {
    const { host, ports, clock } = withCalls();
    ports.calls.read = async () => ({ call: emergencies['dialled 911'], at: clock.now() });
    const act = action('delete_call_session', 'destructive', { telephonySessionId: 's-1' });
    expect((await failure(host.authorize(act, yes))).kind).toBe('denied');
  });

  test.each(['100', '9911', '0112', '+1911'])(
    'is one where an outsider is called under %s',
    async (number) => {
      const { host, ports } = withCalls();
      ports.sessions.set(
        's-1',
        session('s-1', [
          {
            ...party('s-1-2', 'Outbound', 'Answered', {}, own.extensionId),
            to: { phoneNumber: number },
          } as never,
          party('s-1-1', 'Inbound', 'Answered', { phoneNumber: number }),
        ]),
      );
      const act = action('hold_call_party', 'reversible', { telephonySessionId: 's-1', partyId: 's-1-2' });
      expect((await failure(host.authorize(act, yes))).kind).toBe('denied');
    },
  );

  test('is not one to a colleague whose extension happens to be 110', async () => {
    const { host, ports } = withCalls();
    ports.sessions.set(
      's-1',
      session('s-1', [
        {
          ...party('s-1-2', 'Outbound', 'Answered', {}, own.extensionId),
          to: { phoneNumber: '110' },
        } as never,
        party('s-1-1', 'Inbound', 'Proceeding', { phoneNumber: '110' }, '62264013'),
      ]),
    );
    await host.authorize(
      action('hold_call_party', 'reversible', { telephonySessionId: 's-1', partyId: 's-1-2' }),
    );
  });
});
