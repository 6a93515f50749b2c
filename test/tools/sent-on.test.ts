import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Host, type ServerTestbed, startServerTestbed, yes } from '../server/support/testbed.ts';

/* A colleague who was on the other side has sent you on: whoever is there now is named, by every way to look. */

let testbed: ServerTestbed;
let host: Host;

beforeAll(async () => {
  testbed = await startServerTestbed();
  host = await testbed.host('2025', yes);
  await testbed.warmed();
});
afterAll(() => testbed.close());
afterEach(async () => {
  await testbed.control.endAll();
  await expect.poll(() => testbed.line.calls.activeCount).toBe(0);
});

const deviceOf = async (extensionNumber: string) => ({
  deviceId: await testbed.control.deviceId(extensionNumber),
});

/** 102 has called you, and you talk. */
async function calledByBob(): Promise<string> {
  const { control } = testbed;
  const bob = { extensionNumber: '102', ...(await deviceOf('102')) };
  const id = await control.dial(bob, { extensionNumber: '101' });
  const rung = await control.party(id, ({ status }) => status.code === 'Proceeding');
  await control.act(id, rung.id, 'answer', await deviceOf('101'));
  return id;
}
const placedToBob = async () => (await testbed.stage.consulting()).telephonySessionId;

/** 102 sends you on, and the phone there rings; returns its party. */
async function sentOn(id: string, to: object): Promise<string> {
  const { control } = testbed;
  const extensionId = await control.extensionId('102');
  const bob = await control.party(id, (party) => String(party.extensionId) === extensionId);
  await control.act(id, bob.id, 'transfer', to);
  return (await control.party(id, ({ status }) => status.code === 'Proceeding')).id;
}

const read = (telephonySessionId: string) =>
  host.call('read_call_session_status', { telephonySessionId, fresh: true });
const listed = async () => (await host.call('list_active_calls')).text;
const titles = async () => (await host.client.listResources()).resources.map(({ title }) => title);
const nextTools = ({ structuredContent }: { structuredContent: { next: { tool: string }[] } }) =>
  structuredContent.next.map(({ tool }) => tool);

const ways = [
  ['a call that came', calledByBob, { extensionNumber: '103' }, 'Carol Clark', '103 Carol Clark'],
  ['a call that you placed', placedToBob, { extensionNumber: '103' }, 'Carol Clark', '103 Carol Clark'],
  [
    'a call that came, to outside',
    calledByBob,
    { phoneNumber: '+14155550172' },
    '+14155550172',
    '+14155550172',
  ],
] as const;

describe.each(ways)('%s', (_what, open, to, name, shown) => {
  it('waits for whom it rings at', async () => {
    const id = await open();
    await sentOn(id, to);
    const rings = await read(id);
    expect(rings.text).toContain(`: with ${shown}, your party`);
    expect(rings.text).toContain(`tells when ${name} answers`);
    expect(nextTools(rings)).toEqual(['wait_for_call_event', 'delete_call_session']);
    expect(await listed()).toContain(`with ${shown}, on the line; other side ringing`);
    const waited = await host.call('wait_for_call_event', {
      ...{ telephonySessionId: id, until: 'Answered', timeoutSeconds: 0 },
    });
    expect(waited.structuredContent.timedOut, waited.text).toBe(true);
  });

  it('is with whom has answered', async () => {
    const id = await open();
    await testbed.control.act(
      id,
      await sentOn(id, to),
      'answer',
      'extensionNumber' in to ? await deviceOf('103') : {},
    );
    const { text } = await read(id);
    expect(text).toContain(`: with ${shown}, your party`);
    expect(text).toContain(`hold_call_party`);
    expect(text).not.toMatch(/\([^)]*Bob Brown[^)]*\)/);
    expect(await listed()).toContain(`with ${shown}, on the call`);
    expect(await titles()).toContain(`Call with ${shown}`);
    const held = await host.call('hold_call_party', { telephonySessionId: name });
    expect(held.text).toContain(`On hold: ${name} hears music, not you.`);
    expect(held.text).toContain(`you and ${name} talk again`);
    const gone = await host.call('unhold_call_party', { telephonySessionId: 'Bob Brown' });
    expect(gone.text).toContain(`(${shown})`);
  });
});

it('an act tells who was there as it was judged, though nobody had read the call since', async () => {
  const id = await calledByBob();
  await read(id);
  const rung = await sentOn(id, { extensionNumber: '103' });
  await testbed.control.act(id, rung, 'answer', await deviceOf('103'));
  const held = await host.call('hold_call_party', { telephonySessionId: id });
  expect(held.text).toContain('On hold: Carol Clark hears music, not you.');
  const sent = await host.call('transfer_call_party', { telephonySessionId: id, extensionNumber: '104' });
  expect(sent.text).toContain('Carol Clark goes on to Dan Davis');
  expect((await read(id)).text).not.toMatch(/\([^)]*Bob Brown[^)]*\)/);
});
