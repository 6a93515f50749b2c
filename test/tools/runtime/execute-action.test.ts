import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TrueParty } from '../../e2e/support/control.ts';
import { type Host, no, type ServerTestbed, startServerTestbed, yes } from '../../server/support/testbed.ts';

let testbed: ServerTestbed;
let host: Host;

beforeAll(async () => {
  testbed = await startServerTestbed();
  host = await testbed.host('2025', yes);
});
afterAll(() => testbed.close());
afterEach(async () => {
  await testbed.control.clearFaults();
  await testbed.control.endAll();
});

describe('at account scope', () => {
  it("an administrator acts on another's party of a call that they have left, and not on the leg that has", async () => {
    const account = await startServerTestbed({ scope: 'account' });
    await account.control.patch('/account', { adminActsOnOthers: true });
    const admin = await account.host('2025', yes);
    const { telephonySessionId, partyId } = await account.stage.talking();
    await admin.call('transfer_call_party', { telephonySessionId, extensionNumber: '102' });
    const bobsId = await account.control.extensionId('102');
    const isBob = ({ extensionId }: { extensionId?: string }) => String(extensionId) === bobsId;
    const rings = (one: TrueParty) => isBob(one) && one.status.code === 'Proceeding';
    const bob = await account.control.party(telephonySessionId, rings);
    await account.control.act(telephonySessionId, bob.id, 'answer', {
      deviceId: await account.control.deviceId('102'),
    });
    const hold = { telephonySessionId, partyId: bob.id };
    await account.control.party(telephonySessionId, (one) => isBob(one) && one.status.code === 'Answered');
    const held = await admin.call('hold_call_party', hold);
    expect(held.structuredContent).toMatchObject({ outcome: 'observed', party: { id: bob.id } });
    const own = await admin.call('hold_call_party', { telephonySessionId });
    expect(own.structuredContent.error.kind).toBe('wrong_state');
    expect(own.text).toContain(`${partyId} is Disconnected`);
    await account.close();
  });

  it("what was done to another's party is not said of you", async () => {
    const account = await startServerTestbed({ scope: 'account' });
    await account.control.patch('/account', { adminActsOnOthers: true });
    const admin = await account.host('2025', yes);
    const bob = await account.stage.othersCall();
    const said: string[] = [];
    for (const [tool, args] of [
      ['hold_call_party', {}],
      ['unhold_call_party', {}],
      ['update_call_party', { muted: true }],
      ['update_call_party', { muted: false }],
      ['transfer_call_party', { extensionNumber: '103' }],
    ] as const) {
      const { text, structuredContent } = await admin.call(tool, { ...bob, ...args });
      expect(structuredContent.outcome, text).toBe('observed');
      said.push(text.split('.')[0] ?? '');
    }
    expect(said).toEqual([
      'On hold: +14155550123 hears music',
      'Bob Brown and +14155550123 hear each other again',
      'Bob Brown is muted',
      'Bob Brown is unmuted (unless the phone itself is muted)',
      '+14155550123 goes on to Carol Clark (extension 103), where it is to ring; Bob Brown is off the call',
    ]);
    const { telephonySessionId } = await account.stage.talking();
    const yours = await admin.call('update_call_party', { telephonySessionId, muted: true });
    expect(yours.text).toContain('You are muted.');
    await account.close();
  });
});

describe('an act that succeeds', () => {
  it('acts on your own party when none is named, and says what it sees and what makes sense next', async () => {
    const { telephonySessionId, partyId } = await testbed.stage.talking();
    const { structuredContent, text } = await host.call('hold_call_party', { telephonySessionId });
    expect(structuredContent).toMatchObject({
      outcome: 'observed',
      party: { id: partyId, status: { code: 'Hold' } },
      call: { id: telephonySessionId, yourPartyId: partyId },
    });
    expect(structuredContent.next).toContainEqual(expect.objectContaining({ tool: 'unhold_call_party' }));
    expect(text).toContain(partyId);
    expect(text.length).toBeLessThan(700);
  });

  it('says observed only after an event where the answer does not mean done', async () => {
    const { telephonySessionId } = await testbed.stage.talking();
    const { structuredContent } = await host.call('transfer_call_party', {
      telephonySessionId,
      extensionNumber: '102',
    });
    expect(structuredContent).toMatchObject({
      outcome: 'observed',
      party: { status: { code: 'Disconnected', reason: 'BlindTransfer' }, source: 'event' },
    });
  });

  it('says accepted when no event comes, and not to repeat it', async () => {
    const { telephonySessionId } = await testbed.stage.ringing();
    await host.call('read_call_session_status', { telephonySessionId });
    await testbed.control.fault({ kind: 'ws-lose', count: 20 });
    const deviceId = await testbed.control.deviceId('101');
    const { structuredContent, text, isError } = await host.call('answer_call_party', {
      telephonySessionId,
      deviceId,
    });
    expect(isError).toBeFalsy();
    expect(structuredContent.outcome).toBe('accepted');
    expect(text).toMatch(
      /nothing shows yet that the call is answered\. So far your phone is ringing(?: for \d s)?\./,
    );
    expect(text).toContain('wait_for_call_event');
  });

  it('does not take the party that is listened to for the leg that listens, when the answer names none', async () => {
    const leg = await testbed.stage.othersCall();
    const { platform } = testbed.line;
    const { prepare } = platform;
    platform.prepare = async (name, path) => {
      const ready = await prepare(name, path);
      return name === 'supervise_call_party' ? { ...ready, send: async () => ({}) } : ready;
    };
    const { structuredContent, isError } = await host.call('supervise_call_party', {
      ...leg,
      agentExtensionId: await testbed.control.extensionId('102'),
      supervisorDeviceId: await testbed.control.deviceId('101'),
    });
    platform.prepare = prepare;
    expect(isError, JSON.stringify(structuredContent)).toBeFalsy();
    expect(structuredContent.outcome).toBe('accepted');
  });

  it.each([
    [{ muted: true }, 'mute your microphone on the call{withThem}'],
    [{ standAlone: true }, 'take your leg out of the conversation on the call{withThem}'],
    [
      { muted: false, standAlone: false },
      'unmute your microphone and put your leg back into the conversation on the call{withThem}',
    ],
  ])('asks a person about what %o does', async (change, does) => {
    const { telephonySessionId } = await testbed.stage.talking();
    const { guard } = testbed.line;
    const { run } = guard;
    const effects: string[] = [];
    guard.run = (action, asker, act) => {
      effects.push(action.effect.does);
      return run.call(guard, action, asker, act) as never;
    };
    await host.call('update_call_party', { telephonySessionId, ...change });
    guard.run = run;
    expect(effects).toEqual([does]);
  });

  it('sees a recording of which no event tells', async () => {
    const { telephonySessionId, partyId } = await testbed.stage.talking();
    await host.call('read_call_session_status', { telephonySessionId });
    await testbed.control.fault({ kind: 'ws-lose', count: 20 });
    const { structuredContent } = await host.call('start_call_recording', { telephonySessionId });
    expect(structuredContent).toMatchObject({ outcome: 'observed', recording: { active: true } });
    await expect
      .poll(() => testbed.line.calls.party(telephonySessionId, partyId)?.recordings)
      .toEqual([structuredContent.recording]);
  });

  it('sees a party go of which no event tells', async () => {
    const { telephonySessionId } = await testbed.stage.talking();
    const { structuredContent: parked } = await host.call('call_park_party', { telephonySessionId });
    expect(parked.party.park.id).toMatch(/^\*8\d\d$/);
    expect(parked.next[0]).toMatchObject({ tool: 'pickup_call_party' });
    const { structuredContent } = await host.call('delete_call_party', {
      telephonySessionId,
      partyId: parked.party.id,
    });
    expect(structuredContent).toMatchObject({
      outcome: 'observed',
      party: { status: { code: 'Disconnected' } },
    });
  });

  it('says of a rejected call that rings on at another phone no more than that it was taken', async () => {
    const { telephonySessionId } = await testbed.stage.ringing();
    const { structuredContent, text } = await host.call('reject_party', { telephonySessionId });
    expect(structuredContent).toMatchObject({
      outcome: 'accepted',
      party: { status: { code: 'Proceeding' } },
    });
    expect(text).toContain('at every phone of yours: it stops one at a time. So far your phone is ringing');
    expect(text).toContain('to stop the next one, reject it again');
    expect(text).not.toContain('do not repeat');
    const again = await host.call('reject_party', { telephonySessionId });
    expect(again.structuredContent.outcome, again.text).toBe('observed');
  });

  it('sees a rejected call go to voicemail', async () => {
    const app = (await testbed.control.state()).devices.find(({ type }) => type === 'WebRTC');
    await testbed.control.patch(`/devices/${app?.id}`, { status: 'Offline' });
    const { telephonySessionId } = await testbed.stage.ringing();
    await testbed.control.patch(`/devices/${app?.id}`, { status: 'Online' });
    const { structuredContent } = await host.call('reject_party', { telephonySessionId });
    expect(structuredContent).toMatchObject({
      outcome: 'observed',
      party: { status: { code: 'VoiceMail' } },
    });
  });

  it('makes one call for one idempotency key', async () => {
    const since = await testbed.mark();
    const args = {
      fromDeviceId: await testbed.control.deviceId('101'),
      toExtensionNumber: '103',
      idempotencyKey: 'k1',
    };
    const first = await host.call('create_call_out_call_session', args);
    const second = await host.call('create_call_out_call_session', args);
    expect(second.structuredContent.call.id).toBe(first.structuredContent.call.id);
    expect(await testbed.acts(since)).toHaveLength(1);
  });
});

describe('an act that is refused before anything is sent', () => {
  const cases: [string, string, (ids: Ids) => object, RegExp][] = [
    [
      "another's party",
      'hold_call_party',
      ({ telephonySessionId, otherPartyId }) => ({ telephonySessionId, partyId: otherPartyId }),
      /acts on yours, which is p-/,
    ],
    [
      'no destination',
      'transfer_call_party',
      ({ telephonySessionId }) => ({ telephonySessionId }),
      /One of phoneNumber, extensionNumber, extensionId, voicemail, parkOrbit is needed/,
    ],
    [
      'two destinations',
      'transfer_call_party',
      ({ telephonySessionId }) => ({
        telephonySessionId,
        phoneNumber: '+12055550102',
        extensionNumber: '102',
      }),
      /Only one of .* phoneNumber and extensionNumber/,
    ],
    [
      'a pattern without its time',
      'reply_party',
      ({ telephonySessionId }) => ({ telephonySessionId, pattern: 'CallMeBack' }),
      /pattern CallMeBack needs time and timeUnit/,
    ],
    [
      'a time without its unit',
      'reply_party',
      ({ telephonySessionId }) => ({ telephonySessionId, pattern: 'OnMyWay', time: 5 }),
      /time 5 needs timeUnit/,
    ],
    [
      'nothing to update',
      'update_call_party',
      ({ telephonySessionId }) => ({ telephonySessionId }),
      /At least one of muted, standAlone/,
    ],
    [
      'the same call twice',
      'bridge_call_party',
      ({ telephonySessionId }) => ({ telephonySessionId, targetTelephonySessionId: telephonySessionId }),
      /is the same call/,
    ],
    [
      'an id with a path in it',
      'hold_call_party',
      () => ({ telephonySessionId: '../../call-out' }),
      /is not an id/,
    ],
    ['a missing id', 'hold_call_party', () => ({}), /telephonySessionId: is missing \(Id, handle/],
    [
      'a list where text is wanted',
      'call_flip_party',
      ({ telephonySessionId }) => ({ telephonySessionId, callFlipId: [2] }),
      /callFlipId: must be a string/,
    ],
  ];
  interface Ids {
    telephonySessionId: string;
    otherPartyId: string;
  }

  it.each(cases)('%s', async (_what, tool, args, message) => {
    const { telephonySessionId, partyId } = await testbed.stage.talking();
    const { parties } = await testbed.control.call(telephonySessionId);
    const otherPartyId = parties.find(({ id }) => id !== partyId)?.id ?? '';
    const since = await testbed.mark();
    const { isError, structuredContent, text } = await host.call(
      tool,
      args({ telephonySessionId, otherPartyId }),
    );
    expect(isError).toBe(true);
    expect(structuredContent.error).toMatchObject({
      kind: 'invalid_input',
      message: expect.stringMatching(message),
    });
    expect(text).toContain(structuredContent.error.message);
    expect(await testbed.acts(since)).toEqual([]);
  });

  it('a call that is not there: says where ids come from', async () => {
    const { structuredContent } = await host.call('hold_call_party', { telephonySessionId: 's-nobody' });
    expect(structuredContent.error).toMatchObject({
      kind: 'not_found',
      message: expect.stringContaining('list_active_calls'),
      next: [{ tool: 'list_active_calls' }],
    });
  });

  it('a party that is not there: says who is', async () => {
    const { telephonySessionId, partyId } = await testbed.stage.talking();
    const { structuredContent } = await host.call('delete_call_party', {
      telephonySessionId,
      partyId: 'p-nobody',
    });
    expect(structuredContent.error.kind).toBe('not_found');
    expect(structuredContent.error.message).toContain(`you (${partyId}): on the call`);
  });

  it('a call in which you have no party', async () => {
    const { telephonySessionId } = await testbed.stage.othersCall();
    const since = await testbed.mark();
    const { structuredContent } = await host.call('hold_call_party', { telephonySessionId });
    expect(structuredContent.error).toMatchObject({
      kind: 'invalid_input',
      message: expect.stringContaining('You have no party'),
    });
    expect(await testbed.acts(since)).toEqual([]);
  });

  it('a question that is answered with no', async () => {
    const { telephonySessionId } = await testbed.stage.talking();
    const sceptic = await testbed.host('2025', no);
    const since = await testbed.mark();
    const { structuredContent } = await sceptic.call('delete_call_session', { telephonySessionId });
    expect(structuredContent.error).toMatchObject({ kind: 'not_confirmed', reason: 'declined' });
    expect(await testbed.acts(since)).toEqual([]);
  });
});

describe('an act that the platform refuses', () => {
  it('in the wrong state: says how things stand and what helps', async () => {
    const { telephonySessionId, partyId } = await testbed.stage.ringing();
    const { isError, structuredContent } = await host.call('hold_call_party', { telephonySessionId });
    expect(isError).toBe(true);
    expect(structuredContent.error.kind).toBe('wrong_state');
    expect(structuredContent.error.message).toBe(
      `hold_call_party works in Answered; now your party ${partyId} is Proceeding: ringing. Nothing was done.`,
    );
    expect(structuredContent.error.next).toContainEqual(
      expect.objectContaining({ tool: 'answer_call_party' }),
    );
  });

  it('for an argument: names the look-up that has the right one', async () => {
    const { telephonySessionId } = await testbed.stage.talking();
    const { structuredContent } = await host.call('call_flip_party', { telephonySessionId, callFlipId: '9' });
    expect(structuredContent.error).toMatchObject({
      kind: 'invalid_input',
      next: [{ tool: 'list_call_flip_numbers' }],
    });
  });

  it('because the call is over: says so', async () => {
    const { telephonySessionId } = await testbed.stage.talking();
    await host.call('read_call_session_status', { telephonySessionId });
    await testbed.control.drop(telephonySessionId);
    const { structuredContent } = await host.call('hold_call_party', { telephonySessionId });
    expect(structuredContent.error.kind).toMatch(/^(not_found|wrong_state)$/);
    expect(structuredContent.error.message).toContain('is over');
    expect(structuredContent.error.next).toMatchObject([{ tool: 'list_active_calls' }]);
  });

  it('or whose answer never comes: unknown, and never sent twice', async () => {
    const { telephonySessionId } = await testbed.stage.talking();
    await host.call('read_call_session_status', { telephonySessionId });
    await testbed.control.fault({
      kind: 'http',
      method: 'POST',
      pathPattern: '/hold',
      applyThenDrop: true,
      times: 1,
    });
    const since = await testbed.mark();
    const { structuredContent } = await host.call('hold_call_party', { telephonySessionId });
    expect(structuredContent.error.kind).toBe('unknown_outcome');
    expect(structuredContent.error.next).toMatchObject([{ tool: 'read_call_session_status' }]);
    expect(structuredContent.error).not.toHaveProperty('inDoubt');
    expect(await testbed.acts(since)).toHaveLength(1);
    const after = await host.call('read_call_session_status', { telephonySessionId, fresh: true });
    expect(after.text).toContain('is Hold');
  });
});

describe('both eras ask and act once', () => {
  it.each(['2025', '2026'] as const)('%s', async (era) => {
    const { telephonySessionId } = await testbed.stage.talking();
    const asked = await testbed.host(era, yes);
    const since = await testbed.mark();
    const { structuredContent, isError } = await asked.call('delete_call_session', { telephonySessionId });
    expect(isError, JSON.stringify(structuredContent)).toBeFalsy();
    expect(structuredContent.outcome).toBe('observed');
    expect(asked.questions).toHaveLength(1);
    expect(await testbed.acts(since)).toHaveLength(1);
  });
});
