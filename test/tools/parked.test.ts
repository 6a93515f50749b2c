import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Host, type ServerTestbed, startServerTestbed, yes } from '../server/support/testbed.ts';

/* Whoever is parked cannot be picked up by themselves. */

let testbed: ServerTestbed;
let host: Host;

beforeAll(async () => {
  testbed = await startServerTestbed();
  host = await testbed.liveHost('2025', yes);
});
afterAll(() => testbed.close());
afterEach(() => testbed.control.endAll());

const hearsMusic = 'parked by the other side: you hear music';
const isYou = /^You are the one who is parked, .* Nothing was done\./;

interface Step {
  tool: string;
  arguments: Record<string, unknown>;
}
const advised = (next: readonly Step[]) => next.map(({ tool, arguments: args }) => [tool, args]);

const partyOf = async (telephonySessionId: string, extensionNumber: string) => {
  const extensionId = await testbed.control.extensionId(extensionNumber);
  return testbed.control.party(
    telephonySessionId,
    (party) => String(party.extensionId) === extensionId && party.status.code !== 'Gone',
  );
};

/** 102, whom you called, parks you under a code. */
async function underCode() {
  const leg = await testbed.stage.consulting();
  const { telephonySessionId } = leg;
  await testbed.control.act(telephonySessionId, (await partyOf(telephonySessionId, '102')).id, 'park');
  const wait = { telephonySessionId, until: 'Parked', timeoutSeconds: 10 };
  const { text } = await host.call('wait_for_call_event', wait);
  return { ...leg, parkedId: leg.partyId, text };
}

/** 102, whom you called, sends you to a park location, whose leg waits in your place. */
async function atLocation() {
  const leg = await testbed.stage.consulting();
  const { telephonySessionId } = leg;
  const other = await partyOf(telephonySessionId, '102');
  await testbed.control.act(telephonySessionId, other.id, 'transfer', { extensionNumber: '300' });
  const parked = await testbed.control.party(telephonySessionId, ({ status }) => status.code === 'Parked');
  await host.call('read_call_session_status', { telephonySessionId, fresh: true });
  return { ...leg, parkedId: parked.id };
}

describe.each([
  ['under a code', underCode],
  ['at a park location', atLocation],
])('where a colleague has parked you %s', (_, park) => {
  it('you are told so, and to wait or to hang up', async () => {
    const { telephonySessionId, parkedId } = await park();
    const told = [
      await host.call('list_active_calls'),
      await host.call('read_call_session_status', { telephonySessionId }),
      await host.call('read_call_party_status', { telephonySessionId, partyId: parkedId }),
    ];
    for (const { text, structuredContent } of told) {
      expect(text).not.toContain('pickup_call_party');
      expect(advised(structuredContent.next)[0]).toEqual([
        'wait_for_call_event',
        expect.objectContaining({ telephonySessionId }),
      ]);
    }
    for (const { text, structuredContent } of told.slice(0, 2)) {
      expect(text).toContain(hearsMusic);
      expect(advised(structuredContent.next)[1]).toEqual(['delete_call_session', { telephonySessionId }]);
      expect(structuredContent.next).toHaveLength(2);
    }
  });

  it('it is told of you, not of a person of your name who is parked', async () => {
    const { cursor } = (await host.call('list_active_calls')).structuredContent;
    await park();
    const { text } = await host.call('wait_for_call_event', { after: cursor });
    expect(text).toContain('the other side has parked you');
    expect(text).not.toContain('Alice Admin');
    const listed = await host.call('list_active_calls');
    expect(listed.text.match(new RegExp(hearsMusic, 'g'))).toHaveLength(1);
  });

  it.each([true, false])('no pickup of yourself is sent (by name: %s)', async (isNamed) => {
    const { telephonySessionId, parkedId } = await park();
    const since = (await testbed.control.requests()).next;
    const { structuredContent } = await host.call('pickup_call_party', {
      telephonySessionId,
      ...(isNamed && { partyId: parkedId }),
    });
    const { kind, message, next } = structuredContent.error;
    expect(kind).toBe('wrong_state');
    expect(message).toMatch(isYou);
    expect(advised(next)[0]?.[0]).toBe('wait_for_call_event');
    expect(await testbed.acts(since)).toEqual([]);
  });
});

it('is told of as it happens, and so is who picks you up', async () => {
  const { telephonySessionId, partyId, text } = await underCode();
  expect(text).toContain('the other side has parked you');
  const { park } = await testbed.control.party(telephonySessionId, ({ id }) => id === partyId);
  const device = { extensionNumber: '103', deviceId: await testbed.control.deviceId('103') };
  await testbed.control.dial(device, { phoneNumber: park?.id ?? '' });
  const wait = { telephonySessionId, until: 'left', timeoutSeconds: 10 };
  expect((await host.call('wait_for_call_event', wait)).text).toContain(
    'you were parked, and somebody has picked you up',
  );
});

it('lets you act on a call that your phone took by its code', async () => {
  const { telephonySessionId } = await testbed.stage.talking();
  await host.call('call_park_party', { telephonySessionId });
  const { park } = await testbed.control.party(telephonySessionId, ({ status }) => status.code === 'Parked');
  expect(park?.id).toBe('*801');
  const device = { extensionNumber: '101', deviceId: await testbed.control.deviceId('101') };
  const taken = await testbed.control.dial(device, { phoneNumber: '*801' });
  await testbed.control.party(taken, ({ status }) => status.reason === 'Pickup');
  const { structuredContent } = await host.call('hold_call_party', { telephonySessionId: taken });
  expect(structuredContent).toMatchObject({ outcome: 'observed' });
});

it('leaves whom you have sent to a park location the one who waits', async () => {
  const { telephonySessionId } = await testbed.stage.talking();
  const parkOrbit = await testbed.control.extensionId('300');
  await host.call('transfer_call_party', { telephonySessionId, parkOrbit });
  const parked = await testbed.control.party(telephonySessionId, ({ status }) => status.code === 'Parked');
  const read = await host.call('read_call_session_status', { telephonySessionId, fresh: true });
  expect(advised(read.structuredContent.next)[0]).toEqual([
    'pickup_call_party',
    { telephonySessionId, partyId: parked.id },
  ]);
  const { structuredContent } = await host.call('pickup_call_party', { telephonySessionId });
  expect(structuredContent.outcome).toBe('observed');
});

it('says that nobody else is on a call between two phones of yours', async () => {
  const { telephonySessionId, partyId } = await underCode();
  // Another application of yours picks you up.
  const pickup = await testbed.line.platform.prepare('pickup_call_party', { telephonySessionId, partyId });
  await pickup.send({ deviceId: await testbed.control.deviceId('101') }, () => {});
  await testbed.control.party(telephonySessionId, ({ status }) => status.reason === 'Pickup');
  const alone = { telephonySessionId };
  const read = await host.call('read_call_session_status', { ...alone, fresh: true });
  const listed = await host.call('list_active_calls');
  for (const { text, structuredContent } of [read, listed]) {
    expect(text).toContain('nobody else is on it');
    expect(text).not.toContain('music');
    expect(advised(structuredContent.next)[0]).toEqual(['delete_call_session', alone]);
  }
  expect((await host.call('hold_call_party', alone)).text).toMatch(/^On hold: nobody else is on this call\./);
  expect((await host.call('unhold_call_party', alone)).text).toMatch(
    /^Off hold: nobody else is on this call\./,
  );
  const rings = await testbed.stage.ringing();
  const { structuredContent, text } = await host.call('read_call_session_status', {
    ...{ telephonySessionId: rings.telephonySessionId, fresh: true },
  });
  expect(advised(structuredContent.next)[0]?.[0]).toBe('answer_call_party');
  expect(text).not.toContain('music');
});
