import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Host, type ServerTestbed, startServerTestbed, yes } from '../server/support/testbed.ts';

/** Some hosts show a model nothing but the text of a result: it has to be enough to go on. */
let testbed: ServerTestbed;
let host: Host;

beforeAll(async () => {
  testbed = await startServerTestbed();
  host = await testbed.host('2025', yes);
});
afterAll(() => testbed.close());

const read = (telephonySessionId: string) =>
  host.call('read_call_session_status', { telephonySessionId, fresh: true });

it('names everybody on your call, with id and state', async () => {
  const { telephonySessionId } = await testbed.stage.consulting();
  const { parties } = await testbed.control.call(telephonySessionId);
  const { text } = await read(telephonySessionId);
  for (const { id } of parties) expect(text).toContain(`${id} is Answered`);
  expect(text).toMatch(/to 102 .*Bob.*, your party \S+ is Answered; 102, extension id \d+: \S+ is Answered/);
  const { text: list } = await host.call('list_active_calls', { detail: true });
  for (const { id } of parties) expect(list).toContain(`${id} is Answered`);
  await testbed.control.drop(telephonySessionId);
});

it('says that it is the voicemail of the one you called that is on the line', async () => {
  const { structuredContent } = await host.call('create_call_out_call_session', {
    fromDeviceId: await testbed.control.deviceId('101'),
    toExtensionNumber: '103',
  });
  const { id } = structuredContent.call;
  const carol = await testbed.control.party(id, ({ status }) => status.code === 'Proceeding');
  await testbed.control.act(id, carol.id, 'decline');
  await testbed.control.party(id, ({ status }) => /^voicemail$/i.test(status.code));
  expect((await read(id)).text).toMatch(/103 .*Carol.*is VoiceMail/);
  await testbed.control.drop(id);
});

it('says so in the list, too, once what was read of the ringing is old', async () => {
  const { structuredContent } = await host.call('create_call_out_call_session', {
    fromDeviceId: await testbed.control.deviceId('101'),
    toExtensionNumber: '103',
  });
  const { id } = structuredContent.call;
  const carol = await testbed.control.party(id, ({ status }) => status.code === 'Proceeding');
  await testbed.control.act(id, carol.id, 'decline');
  await testbed.control.party(id, ({ status }) => /^voicemail$/i.test(status.code));
  await vi.waitUntil(() => testbed.line.calls.session(id)?.stale, 20_000);
  expect((await host.call('list_active_calls')).text).toContain('other side in voicemail');
  await testbed.control.drop(id);
});

it('gives what pickup_call_party needs for a parked call', async () => {
  const { telephonySessionId } = await testbed.stage.talking();
  await host.call('call_park_party', { telephonySessionId });
  const parked = await testbed.control.party(telephonySessionId, ({ status }) => status.code === 'Parked');
  const { text } = await read(telephonySessionId);
  expect(text).toContain(`${parked.id} is Parked`);
  expect(text).toContain(`park code ${parked.park?.id}`);
  await testbed.control.drop(telephonySessionId);
});

it('names queue calls with their queue, mute, and recordings with their ids', async () => {
  const queued = await testbed.stage.queued();
  const { text } = await read(queued.telephonySessionId);
  expect(text).toMatch(/your party \S+ is Proceeding \(ringing(?: for \d+ s)?, queue call\)/);
  expect(text).toContain('Support Queue');
  await testbed.control.drop(queued.telephonySessionId);

  const { telephonySessionId } = await testbed.stage.talking();
  await host.call('update_call_party', { telephonySessionId, muted: true });
  const { structuredContent } = await host.call('start_call_recording', { telephonySessionId });
  const recordingId = structuredContent.recording.id;
  expect((await read(telephonySessionId)).text).toContain(`(muted, recording ${recordingId})`);
  await host.call('pause_resume_call_recording', { telephonySessionId, recordingId, active: false });
  expect((await read(telephonySessionId)).text).toContain(`recording ${recordingId} paused or ended`);
  await testbed.control.drop(telephonySessionId);
  const { text: over } = await read(telephonySessionId);
  expect(over).toContain(`recording ${recordingId}`);
  expect(over).not.toContain('paused');
});

it('names the participants of a conference and the calls that went into it', async () => {
  const conference = await testbed.stage.hosting(host.call);
  const leg = await testbed.stage.talking();
  const { text } = await host.call('create_call_party_with_bring_in', {
    telephonySessionId: conference,
    targetTelephonySessionId: leg.telephonySessionId,
  });
  const participant = await testbed.control.party(
    conference,
    ({ conferenceRole }) => conferenceRole === 'Participant',
  );
  expect(text).toContain(participant.id);
  expect(text).toContain('conference participant');
  expect((await read(conference)).text).toContain(leg.telephonySessionId);
  await testbed.control.drop(conference);
  await testbed.control.drop(leg.telephonySessionId);
});

it('names who was called, in the result of the call itself', async () => {
  const { text, structuredContent } = await host.call('create_call_out_call_session', {
    fromDeviceId: await testbed.control.deviceId('101'),
    toExtensionNumber: '102',
  });
  const { id } = structuredContent.call;
  const { id: theirs } = await testbed.control.party(id, ({ direction }) => direction === 'Inbound');
  expect(text).toContain(theirs);
  expect(text).toContain(`"until":"Answered"`);
  await testbed.control.drop(id);
});

it('tells the times of a party', async () => {
  const leg = await testbed.stage.talking();
  const { text } = await host.call('read_call_party_status', { ...leg, fresh: true });
  expect(text).toMatch(/^\+12055550101 .*talk \d+ s/);
  await testbed.control.drop(leg.telephonySessionId);
});

it('names phones, agents and flip targets', async () => {
  const { text: phones } = await host.call('list_devices');
  const { devices } = await testbed.control.state();
  for (const { id, name } of devices.filter(({ extensionNumber }) => extensionNumber === '101')) {
    if (phones.includes(id)) expect(phones).toContain(name);
  }
  expect(phones).toMatch(/Usable: \d+ .*Not usable now: \d+ /);
  expect((await host.call('list_monitored_extensions')).text).toMatch(/102 .*Bob.*id \d+/);
  const { text: flips, structuredContent } = await host.call('list_call_flip_numbers');
  for (const { label } of structuredContent.flipNumbers) expect(flips).toContain(label);
});

// Each step that is advised names its call.
it('is short: a call of two takes less than 400 tokens', async () => {
  const { telephonySessionId } = await testbed.stage.consulting();
  const { text } = await read(telephonySessionId);
  expect(encode(text).length, text).toBeLessThan(400);
  await testbed.control.drop(telephonySessionId);
});

it('says who hears you, too, where you talk on two calls, and advises to put the first on hold', async () => {
  const own = await startServerTestbed();
  const agent = await own.host('2025', yes);
  const first = await own.stage.talking();
  const second = await own.stage.ringing();
  await own.stage.ringing();
  const { telephonySessionId } = second;
  const answered = await agent.call('answer_call_party', { telephonySessionId });
  expect(answered.text).toMatch(/You still talk with \S+ \(c\d+\), too: no hold was made/);
  const { structuredContent: hold } = answered;
  expect(hold.next[0]).toMatchObject({
    tool: 'hold_call_party',
    arguments: { telephonySessionId: first.telephonySessionId },
  });
  const { text } = await agent.call('hold_call_party', { telephonySessionId: first.telephonySessionId });
  expect(text).not.toContain('You still talk');
  await own.close();
});

it.each([{ muted: true }, { standAlone: true }])(
  'says nothing of a call where you are %j',
  async (change) => {
    const own = await startServerTestbed();
    const agent = await own.host('2025', yes);
    const { telephonySessionId: first } = await own.stage.talking();
    await agent.call('update_call_party', { telephonySessionId: first, ...change });
    const { telephonySessionId } = await own.stage.ringing();
    const answered = await agent.call('answer_call_party', { telephonySessionId });
    expect(answered.structuredContent.outcome).toBe('observed');
    expect(answered.text).not.toContain('You still talk');
    await own.close();
  },
);

it('tells a leg that is out of the conversation as such, and how to come back', async () => {
  const { telephonySessionId } = await testbed.stage.talking();
  await host.call('update_call_party', { telephonySessionId, standAlone: true });
  const { text, structuredContent } = await read(telephonySessionId);
  expect(text).toMatch(/your party \S+ is Answered \(out of the conversation\)/);
  expect((await host.call('list_active_calls')).text).toContain('out of the conversation');
  expect(structuredContent.next[0]).toMatchObject({
    tool: 'update_call_party',
    arguments: { telephonySessionId, standAlone: false },
  });
  const { tool, arguments: args } = structuredContent.next[0];
  expect((await host.call(tool, args)).structuredContent.outcome).toBe('observed');
  expect((await read(telephonySessionId)).text).not.toContain('out of the conversation');
  await testbed.control.drop(telephonySessionId);
});

it('says of a transfer to a park location that the call waits there', async () => {
  const { telephonySessionId } = await testbed.stage.talking();
  const { text } = await host.call('transfer_call_party', { telephonySessionId, extensionNumber: '300' });
  expect(text).toMatch(/goes on to .*a park location.*, where it is to wait until somebody picks it up/);
  await testbed.control.drop(telephonySessionId);
});
