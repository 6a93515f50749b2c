import { describe, expect, test } from 'vitest';
import { DESK_101, DESK_102, DESK_103, OUTSIDE, Sandbox } from './harness.ts';

describe('park by code', () => {
  function parked() {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall();
    const reply = sandbox.operate('callParkParty', call, 2);
    sandbox.clock.advance(1000);
    return { sandbox, call, reply };
  }

  test('the caller’s leg waits with the code, the own leg leaves', () => {
    const { sandbox, call, reply } = parked();
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({ status: { code: 'Parked', parkData: '*801' }, park: { id: '*801' } });
    expect(reply.body).not.toHaveProperty('extensionId');
    expect(sandbox.codes(call)).toBe('1 Parked, 2 Disconnected');
    const event = sandbox.events.find(({ party }) => party.status.code === 'Parked');
    expect(event).toMatchObject({ extensionId: undefined, party: { park: { id: '*801' } } });
    expect(sandbox.engine.state().parked).toEqual([
      { telephonySessionId: call, partyId: sandbox.party(call, 1).id, code: '*801' },
    ]);
  });

  test('who was muted at the phone stays muted after a pick-up, and the event says so', () => {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall();
    sandbox.act(call, 1, 'mute');
    sandbox.operate('callParkParty', call, 2);
    sandbox.operate('pickupCallParty', call, 1, { deviceId: DESK_102 }, { as: '102' });
    const told = sandbox.events.findLast(({ party }) => party.id === sandbox.party(call, 3).id);
    expect([told?.party.muted, sandbox.party(call, 3).muted]).toEqual([true, true]);
  });

  test('pick-up: a new own leg; the parked one is Gone with Pickup and goes on beside it', () => {
    const { sandbox, call } = parked();
    const reply = sandbox.operate('pickupCallParty', call, 1, { deviceId: DESK_102 }, { as: '102' });
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({
      id: expect.stringMatching(/-4$/),
      direction: 'Outbound',
      status: { code: 'Answered', reason: 'Pickup' },
      extensionId: sandbox.ext('102'),
      from: { deviceId: DESK_102 },
      to: { phoneNumber: OUTSIDE },
    });
    expect(sandbox.codes(call)).toBe('1 Gone, 2 Disconnected, 3 Answered, 4 Answered');
    expect(sandbox.party(call, 1).status).toMatchObject({
      reason: 'Pickup',
      peerId: { partyId: sandbox.party(call, 3).id },
    });
    expect([sandbox.hears(call, 3), sandbox.hears(call, 4)]).toEqual([[4], [3]]);
    sandbox.act(call, 1, 'hangup');
    sandbox.clock.advance(1000);
    expect(
      sandbox
        .parties(call)
        .slice(2)
        .map(({ status }) => status.code),
    ).toEqual(['Disconnected', 'Disconnected']);
  });

  test('dialling the code retrieves the call into the dialler’s', () => {
    const { sandbox, call } = parked();
    const dialled = sandbox.call('103', '*801');
    sandbox.clock.advance(1000);
    expect(sandbox.codes(dialled)).toBe('1 Answered, 2 Answered');
    expect(sandbox.party(call, 1).status).toMatchObject({
      code: 'Gone',
      reason: 'Pickup',
      peerId: { partyId: sandbox.party(dialled, 2).id },
    });
    expect(sandbox.hears(dialled, 1)).toEqual([2]);
    expect(sandbox.engine.state().parked).toEqual([]);
  });

  test('two who dial the same code: the second gets nobody', () => {
    const { sandbox } = parked();
    const first = sandbox.call('103', '*801');
    const second = sandbox.call('102', '*801');
    sandbox.clock.advance(1000);
    expect(sandbox.codes(first)).toBe('1 Answered, 2 Answered');
    expect(sandbox.codes(second)).toBe('1 Disconnected');
  });

  test('a parked caller can leave, and the code is free again', () => {
    const { sandbox, call } = parked();
    sandbox.act(call, 1, 'hangup');
    sandbox.clock.advance(1000);
    expect(sandbox.codes(call)).toBe('1 Disconnected, 2 Disconnected');
    const next = sandbox.answeredCall();
    expect(sandbox.operate('callParkParty', next, 2).body).toMatchObject({ park: { id: '*801' } });
  });

  test('a parked party can be deleted', () => {
    const { sandbox, call } = parked();
    expect(sandbox.operate('deleteCallParty', call, 1)).toEqual({ status: 204 });
    sandbox.clock.advance(1000);
    expect(sandbox.codes(call)).toBe('1 Disconnected, 2 Disconnected');
    expect(sandbox.engine.state().parked).toEqual([]);
  });

  test('only own incoming calls; parked ones cannot be picked up twice', () => {
    const sandbox = new Sandbox();
    const outgoing = sandbox.answeredCall(OUTSIDE, '101');
    expect(sandbox.refusal(() => sandbox.operate('callParkParty', outgoing, 1))).toBe('409 TAS-102');
    const call = sandbox.answeredCall();
    sandbox.operate('callParkParty', call, 2);
    const pickUp = () => sandbox.operate('pickupCallParty', call, 1, { deviceId: DESK_101 });
    pickUp();
    expect(sandbox.refusal(pickUp)).toBe('409 TAS-102');
  });

  test('the phone’s park button does the same', () => {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall();
    sandbox.act(call, 2, 'park');
    expect(sandbox.party(call, 1)).toMatchObject({ park: { id: '*801' } });
  });

  test('fifty at once, the fifty-first is refused', () => {
    const sandbox = new Sandbox();
    const codes = Array.from({ length: 50 }, () => {
      const call = sandbox.answeredCall();
      const { body } = sandbox.operate('callParkParty', call, 2);
      return (body as { park: { id: string } }).park.id;
    });
    expect(new Set(codes).size).toBe(50);
    expect([codes[0], codes[49]]).toEqual(['*801', '*850']);
    const call = sandbox.answeredCall();
    expect(sandbox.refusal(() => sandbox.operate('callParkParty', call, 2))).toBe('403 TAS-106');
    expect(sandbox.codes(call)).toBe('1 Answered, 2 Answered');
  });
});

describe('park location 300', () => {
  function parked() {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall();
    const { body } = sandbox.operate('transferCallParty', call, 2, { parkOrbit: sandbox.ext('300') });
    sandbox.clock.advance(1000);
    return { sandbox, call, body };
  }

  test('a leg of the location, Parked without park data; its presence shows the call', () => {
    const { sandbox, call, body } = parked();
    expect(body).toMatchObject({ status: { code: 'Disconnected', reason: 'BlindTransfer' } });
    expect(sandbox.codes(call)).toBe('1 Answered, 2 Disconnected, 3 Parked');
    expect(sandbox.party(call, 3)).toMatchObject({
      status: { parkData: '' },
      park: {},
      extensionId: sandbox.ext('300'),
    });
    expect(sandbox.hears(call, 1)).toEqual([]);
    const view = { detailed: true, sipData: true };
    const presence = sandbox.engine.presence(sandbox.ext('300'), view) as Record<string, unknown>;
    expect(presence.activeCalls).toMatchObject([{ telephonySessionId: call, telephonyStatus: 'ParkedCall' }]);
    expect(presence).not.toHaveProperty('telephonyStatus');
  });

  test('a member picks it up: the location’s leg ends with ParkLocation', () => {
    const { sandbox, call } = parked();
    sandbox.operate('pickupCallParty', call, 3, { deviceId: DESK_102 }, { as: '102' });
    sandbox.clock.advance(1000);
    expect(sandbox.party(call, 3).status).toMatchObject({ code: 'Disconnected', reason: 'ParkLocation' });
    expect(sandbox.hears(call, 1)).toEqual([4]);
  });

  test('a member dials it', () => {
    const { sandbox, call } = parked();
    const dialled = sandbox.call('102', '300');
    sandbox.clock.advance(1000);
    expect(sandbox.codes(dialled)).toBe('1 Answered, 2 Answered');
    expect(sandbox.codes(call)).toBe('1 Gone, 2 Disconnected, 3 Disconnected');
  });

  test('others may neither park nor retrieve there', () => {
    const { sandbox, call } = parked();
    const pickUp = () => sandbox.operate('pickupCallParty', call, 3, { deviceId: DESK_103 }, { as: '103' });
    expect(sandbox.refusal(pickUp)).toBe('403 TAS-106');
    expect(sandbox.refusal(() => sandbox.call('103', '300'))).toBe('403 TAS-106');
    const ofCarol = sandbox.answeredCall('103');
    const park = () =>
      sandbox.operate('transferCallParty', ofCarol, 2, { parkOrbit: sandbox.ext('300') }, { as: '103' });
    expect(sandbox.refusal(park)).toBe('403 TAS-106');
    expect(sandbox.codes(call)).toBe('1 Answered, 2 Disconnected, 3 Parked');
    expect(sandbox.codes(ofCarol)).toBe('1 Answered, 2 Answered');
  });

  test('a caller who waits there can leave', () => {
    const { sandbox, call } = parked();
    sandbox.act(call, 1, 'hangup');
    sandbox.clock.advance(1000);
    expect(sandbox.codes(call)).toBe('1 Disconnected, 2 Disconnected, 3 Disconnected');
  });
});

describe('nobody comes for a parked call', () => {
  function parked(how: 'by code' | 'at a location', parkSeconds = 60) {
    const sandbox = new Sandbox();
    sandbox.engine.world.account.parkSeconds = parkSeconds;
    const call = sandbox.answeredCall();
    if (how === 'by code') sandbox.operate('callParkParty', call, 2);
    else sandbox.operate('transferCallParty', call, 2, { parkOrbit: sandbox.ext('300') });
    sandbox.clock.advance(1000);
    return { sandbox, call };
  }

  test('it rings back at the extension that parked it, in the same session', () => {
    const { sandbox, call } = parked('by code');
    sandbox.clock.advance(58_900);
    expect(sandbox.codes(call)).toBe('1 Parked, 2 Disconnected');
    const before = sandbox.story(call).length;
    sandbox.clock.advance(1000);
    expect(sandbox.story(call).slice(before)).toEqual([
      '1 Answered (9)',
      '3 Setup (10)',
      '3 Proceeding (11)',
    ]);
    expect(sandbox.party(call, 1)).not.toHaveProperty('park');
    expect(sandbox.party(call, 3)).toMatchObject({
      direction: 'Inbound',
      extensionId: sandbox.ext('101'),
      from: { phoneNumber: OUTSIDE },
    });
    expect(sandbox.engine.state().parked).toEqual([]);
    expect(sandbox.refusal(() => sandbox.call('103', '*801'))).toBe('404 CMN-102');
    sandbox.act(call, 3, 'answer');
    expect([sandbox.hears(call, 1), sandbox.hears(call, 3)]).toEqual([[3], [1]]);
  });

  test('from a location too: its leg ends with ParkLocation', () => {
    const { sandbox, call } = parked('at a location');
    sandbox.clock.advance(60_000);
    expect(sandbox.codes(call)).toBe('1 Answered, 2 Disconnected, 3 Disconnected, 4 Proceeding');
    expect(sandbox.party(call, 3).status.reason).toBe('ParkLocation');
    expect(sandbox.party(call, 4).extensionId).toBe(sandbox.ext('101'));
    sandbox.act(call, 4, 'answer');
    expect(sandbox.hears(call, 1)).toEqual([4]);
  });

  test('nobody there either: the parker’s voicemail', () => {
    const { sandbox, call } = parked('by code');
    sandbox.clock.advance(60_000 + 21_000);
    expect(sandbox.codes(call)).toBe('1 Answered, 2 Disconnected, 3 VoiceMail');
  });

  test('the caller can leave while it rings back', () => {
    const { sandbox, call } = parked('by code');
    sandbox.clock.advance(60_000);
    sandbox.act(call, 1, 'hangup');
    sandbox.clock.advance(1000);
    expect(sandbox.codes(call)).toBe('1 Disconnected, 2 Disconnected, 3 Disconnected');
  });

  test.each([
    ['by code', 1],
    ['at a location', 3],
  ] as const)('parked %s and picked up before, nothing rings', (how, leg) => {
    const { sandbox, call } = parked(how);
    sandbox.operate('pickupCallParty', call, leg, { deviceId: DESK_102 }, { as: '102' });
    sandbox.clock.advance(1000);
    const story = sandbox.story(call);
    sandbox.clock.advance(300_000);
    expect(sandbox.story(call)).toEqual(story);
  });

  test.each(['by code', 'at a location'] as const)('parked %s and left before, nothing rings', (how) => {
    const { sandbox, call } = parked(how);
    sandbox.act(call, 1, 'hangup');
    sandbox.clock.advance(1000);
    const story = sandbox.story(call);
    sandbox.clock.advance(300_000);
    expect(sandbox.story(call)).toEqual(story);
  });

  test('parked again, it waits as long again', () => {
    const { sandbox, call } = parked('by code');
    sandbox.clock.advance(60_000);
    sandbox.act(call, 3, 'answer');
    sandbox.operate('callParkParty', call, 3);
    sandbox.clock.advance(59_000);
    expect(sandbox.codes(call)).toBe('1 Parked, 2 Disconnected, 3 Disconnected');
    sandbox.clock.advance(2000);
    expect(sandbox.codes(call)).toBe('1 Answered, 2 Disconnected, 3 Disconnected, 4 Proceeding');
  });

  test('parked by somebody outside, there is no phone to ring', () => {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall();
    sandbox.act(call, 1, 'park');
    sandbox.clock.advance(3_600_000);
    expect(sandbox.codes(call)).toBe('1 Disconnected, 2 Parked');
  });
});
