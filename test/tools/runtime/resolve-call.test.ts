import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Host, no, type ServerTestbed, startServerTestbed } from '../../server/support/testbed.ts';

let testbed: ServerTestbed;
let host: Host;

beforeAll(async () => {
  testbed = await startServerTestbed();
  host = await testbed.host('2026', no);
  await testbed.warmed();
});
afterAll(() => testbed.close());
afterEach(async () => {
  await testbed.control.endAll();
  // The server hears of it by events.
  await expect.poll(() => testbed.line.calls.activeCount).toBe(0);
});

const read = (telephonySessionId: string) => host.call('read_call_session_status', { telephonySessionId });
const hold = (telephonySessionId: string) => host.call('hold_call_party', { telephonySessionId });
const nameOf = async (extensionNumber: string) =>
  (await testbed.control.state()).extensions.find((one) => one.extensionNumber === extensionNumber)?.name ??
  '';

/** Bob takes by its code the call that is parked, and the picture shows it. */
async function takenByBob() {
  const deviceId = await testbed.control.deviceId('102');
  const id = await testbed.control.dial({ extensionNumber: '102', deviceId }, { phoneNumber: '*801' });
  await testbed.control.party(id, ({ status }) => status.code === 'Answered' && status.reason === 'Pickup');
  await testbed.line.sync.refresh(id);
}

describe('a handle', () => {
  it('stands beside the id in text and structure, and names the call for reads, waits and acts', async () => {
    const { telephonySessionId } = await testbed.stage.talking();
    const { text, structuredContent } = await host.call('list_active_calls');
    const { handle } = structuredContent.calls[0];
    expect(handle).toMatch(/^c\d+$/);
    expect(text).toContain(`${handle} ${telephonySessionId}`);
    expect((await read(handle.toUpperCase())).structuredContent.call.id).toBe(telephonySessionId);
    const waited = await host.call('wait_for_call_event', { telephonySessionId: handle, timeoutSeconds: 0 });
    expect(waited.structuredContent.call.id).toBe(telephonySessionId);
    const held = await hold(handle);
    expect(held.structuredContent).toMatchObject({
      outcome: 'observed',
      call: { id: telephonySessionId, handle },
    });
  });

  it('names the other call, too', async () => {
    await testbed.stage.held();
    await testbed.stage.consulting();
    const { calls } = (await host.call('list_active_calls')).structuredContent;
    const [one, other] = calls.map(({ handle }: { handle: string }) => handle);
    const bridged = await host.call('bridge_call_party', {
      telephonySessionId: one,
      targetTelephonySessionId: other,
    });
    expect(bridged.structuredContent.outcome, bridged.text).toBe('observed');
  });

  it('that names nothing is refused with the calls there are', async () => {
    const { telephonySessionId } = await testbed.stage.talking();
    const { error } = (await hold('c1')).structuredContent;
    expect(error).toMatchObject({ kind: 'not_found', parameter: 'telephonySessionId' });
    expect(error.choices).toMatchObject([{ telephonySessionId, handle: expect.stringMatching(/^c\d+$/) }]);
    expect(error.message).toContain(telephonySessionId);
  });
});

describe('a number', () => {
  it.each(['+14155550123', '(415) 555-0123', '415 555 0123'])('%s finds the call', async (number) => {
    const { telephonySessionId } = await testbed.stage.talking();
    expect((await read(number)).structuredContent.call.id).toBe(telephonySessionId);
    expect((await hold(number)).structuredContent.call.id).toBe(telephonySessionId);
  });

  it('of a colleague finds their call, and none of an outsider who shows it', async () => {
    const forged = await testbed.stage.talking({ phoneNumber: '12055550102', name: 'Bob' });
    const before = await testbed.mark();
    for (const number of ['102', '12055550102']) {
      expect((await hold(number)).structuredContent.error.kind, number).toBe('not_found');
    }
    expect(await testbed.acts(before)).toEqual([]);
    const { telephonySessionId } = await testbed.stage.consulting();
    for (const number of ['102', '+12055550102']) {
      expect((await read(number)).structuredContent.call.id).toBe(telephonySessionId);
    }
    expect(forged.telephonySessionId).not.toBe(telephonySessionId);
  });

  it('finds your call, not the one of others that has the same caller', async () => {
    const { telephonySessionId } = await testbed.stage.talking();
    await host.call('call_park_party', { telephonySessionId });
    await takenByBob();
    const yours = await testbed.stage.talking();
    const held = await hold('+14155550123');
    expect(held.structuredContent.call?.id, held.text).toBe(yours.telephonySessionId);
    const { text } = await host.call('list_active_calls');
    expect(text).toMatch(/^1 active call:[\s\S]*You are not on these, [\s\S]*not your call/);
    const { error } = (await hold('nobody')).structuredContent;
    expect(error.message).toContain('(+14155550123 «untrusted: Ada Outside»');
    expect(error.message).not.toContain('untrusted: Bob Brown');
    expect(error.message).toContain('Bob Brown');
    // No event tells that others have ended theirs.
    await testbed.control.endAll();
    await host.call('list_active_calls', { fresh: true });
  });

  it('on two calls is refused with both', async () => {
    const one = await testbed.stage.held();
    const two = await testbed.stage.talking();
    const before = await testbed.mark();
    const { error } = (await hold('+14155550123')).structuredContent;
    expect(error.kind).toBe('invalid_input');
    const ids = error.choices.map((choice: { telephonySessionId: string }) => choice.telephonySessionId);
    expect(ids.sort()).toEqual([one.telephonySessionId, two.telephonySessionId].sort());
    expect(await testbed.acts(before)).toEqual([]);
  });
});

describe('a name', () => {
  it('of a colleague finds the call for an act, by its first word, too', async () => {
    const { telephonySessionId } = await testbed.stage.consulting();
    const name = await nameOf('102');
    for (const given of [name, name.split(' ')[0]?.toLowerCase() ?? '']) {
      expect((await read(given)).structuredContent.call.id).toBe(telephonySessionId);
    }
    const held = await hold(name);
    expect(held.structuredContent.call.id, held.text).toBe(telephonySessionId);
    const body = (await testbed.acts()).at(-1)?.path;
    expect(body).toContain(telephonySessionId);
  });

  it('of an outsider finds the call for a read, and no act is done by it', async () => {
    const { telephonySessionId } = await testbed.stage.talking();
    expect((await read('Ada Outside')).structuredContent.call.id).toBe(telephonySessionId);
    const before = await testbed.mark();
    const { error } = (await hold('Ada Outside')).structuredContent;
    expect(error).toMatchObject({ kind: 'invalid_input', choices: [{ telephonySessionId }] });
    expect(await testbed.acts(before)).toEqual([]);
  });

  it('that an outsider shares with a colleague is refused with both calls', async () => {
    const name = await nameOf('102');
    await testbed.stage.held();
    const forged = await testbed.stage.talking({ phoneNumber: '+14155550199', name });
    const real = await testbed.stage.consulting();
    const before = await testbed.mark();
    const { error } = (await hold(name)).structuredContent;
    expect(error.kind).toBe('invalid_input');
    const ids = error.choices.map((choice: { telephonySessionId: string }) => choice.telephonySessionId);
    expect(ids.sort()).toEqual([forged.telephonySessionId, real.telephonySessionId].sort());
    expect(await testbed.acts(before)).toEqual([]);
  });

  it('of a colleague who has sent the call on meanwhile is refused', async () => {
    const { telephonySessionId } = await testbed.stage.consulting();
    const name = await nameOf('102');
    expect((await read(name)).structuredContent.call.id).toBe(telephonySessionId);
    const bobsId = await testbed.control.extensionId('102');
    const bob = await testbed.control.party(telephonySessionId, (one) => String(one.extensionId) === bobsId);
    await testbed.control.act(telephonySessionId, bob.id, 'transfer', { phoneNumber: '+14155550188' });
    const before = await testbed.mark();
    const { error } = (await hold(name)).structuredContent;
    expect(error.kind).toBe('not_found');
    expect(error.message).toContain('Nothing was done');
    expect(await testbed.acts(before)).toEqual([]);
  });

  it('that nobody has is refused with the calls there are, and is sent nowhere', async () => {
    const { telephonySessionId } = await testbed.stage.talking();
    const before = await testbed.mark();
    const { error } = (await hold('Zebedee')).structuredContent;
    expect(error.kind).toBe('not_found');
    expect(error.choices).toContainEqual(expect.objectContaining({ telephonySessionId }));
    const { requests } = await testbed.control.requests(before);
    expect(requests.filter(({ path }) => path.includes('Zebedee'))).toEqual([]);
  });
});
