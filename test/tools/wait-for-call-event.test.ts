import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { event } from '../calls/support/store-testbed.ts';
import { operationCases } from '../e2e/support/operations.ts';
import { type Host, type ServerTestbed, startServerTestbed, yes } from '../server/support/testbed.ts';

let testbed: ServerTestbed;
let host: Host;

beforeAll(async () => {
  testbed = await startServerTestbed();
  host = await testbed.liveHost('2025');
});
afterAll(() => testbed.close());

it('tells what happened since the cursor, everything once', async () => {
  const { structuredContent: start } = await host.call('wait_for_call_event', { timeoutSeconds: 0 });
  expect(start).toMatchObject({ events: [], timedOut: true, reached: false });
  const { telephonySessionId, partyId } = await testbed.stage.talking();
  let cursor = start.cursor;
  const told: string[] = [];
  while (!told.includes('Answered')) {
    const { structuredContent } = await host.call('wait_for_call_event', {
      telephonySessionId,
      partyId,
      after: cursor,
    });
    expect(structuredContent.events.length).toBeGreaterThan(0);
    told.push(...structuredContent.events.map(({ status }: { status: string }) => status));
    cursor = structuredContent.cursor;
  }
  expect(told).toEqual([...new Set(told)]);
  const { structuredContent: again } = await host.call('wait_for_call_event', {
    telephonySessionId,
    partyId,
    after: cursor,
    timeoutSeconds: 0,
  });
  expect(again.events).toEqual([]);
});

it('ends as soon as the condition holds', async () => {
  const { telephonySessionId, partyId } = await testbed.stage.talking();
  await host.call('read_call_session_status', { telephonySessionId });
  const waiting = host.call('wait_for_call_event', { telephonySessionId, until: 'hold', timeoutSeconds: 25 });
  await testbed.control.act(telephonySessionId, partyId, 'hold');
  const { structuredContent } = await waiting;
  expect(structuredContent).toMatchObject({ reached: true, timedOut: false });
  expect(structuredContent.call.parties).toContainEqual(
    expect.objectContaining({ id: partyId, status: expect.objectContaining({ code: 'Hold' }) }),
  );
});

it('answers at once when it is so already', async () => {
  const { telephonySessionId, partyId } = await testbed.stage.held();
  await expect.poll(() => testbed.line.calls.party(telephonySessionId, partyId)?.status.code).toBe('Hold');
  // What has happened since the last result would be told instead.
  await host.call('list_active_calls');
  const { structuredContent, text } = await host.call('wait_for_call_event', {
    telephonySessionId,
    until: 'Hold',
  });
  expect(structuredContent).toMatchObject({ reached: true, events: [] });
  expect(text).toContain('already');
});

it.each([true, false])('takes who answers and holds at once for answered (named: %s)', async (isNamed) => {
  const { calls, callLog } = testbed.line;
  const session = `held-${isNamed}`;
  const extensionId = await testbed.control.extensionId('101');
  const own = { session, party: 1, direction: 'Outbound', extensionId } as const;
  callLog.apply(event({ ...own, sequence: 1, code: 'Answered' }), Date.now());
  callLog.apply(event({ session, party: 2, sequence: 2, code: 'Proceeding' }), Date.now());
  const wanted = {
    ...{ telephonySessionId: `s-${session}`, until: 'Answered', timeoutSeconds: 0 },
    ...(isNamed && { partyId: `p-${session}-2` }),
  };
  const waited = (after: number) => host.call('wait_for_call_event', { ...wanted, after });
  const after = calls.history.newest;
  callLog.apply(event({ ...own, sequence: 3, code: 'Hold' }), Date.now());
  expect((await waited(after)).structuredContent).toMatchObject({ reached: false });
  callLog.apply(event({ session, party: 2, sequence: 4, code: 'Hold' }), Date.now());
  expect((await waited(after)).structuredContent).toMatchObject({ reached: true });
});

it("takes you for unmuted by your own party's events only", async () => {
  const { calls, callLog } = testbed.line;
  const you = {
    session: 'mute',
    party: 2,
    code: 'Answered',
    extensionId: await testbed.control.extensionId('101'),
  };
  callLog.apply(event({ ...you, sequence: 2, muted: true }), Date.now());
  const after = calls.history.newest;
  const wanted = { telephonySessionId: 's-mute', until: 'unmuted', after, timeoutSeconds: 0 };
  callLog.apply(event({ session: 'mute', party: 1, sequence: 3, code: 'Hold', muted: false }), Date.now());
  expect((await host.call('wait_for_call_event', wanted)).structuredContent).toMatchObject({
    reached: false,
  });
  callLog.apply(event({ ...you, sequence: 4, muted: false }), Date.now());
  expect((await host.call('wait_for_call_event', wanted)).structuredContent).toMatchObject({ reached: true });
});

it('says of what was told late that it is not how things stand', async () => {
  const { calls, callLog } = testbed.line;
  const after = calls.history.newest;
  for (const [sequence, code] of [
    [9, 'Disconnected'],
    [8, 'Answered'],
  ] as const) {
    callLog.apply(event({ session: 'late', party: 2, sequence, code }), Date.now());
  }
  const { text } = await host.call('wait_for_call_event', { telephonySessionId: 's-late', after });
  expect(text).toContain(' p-late-2: somebody is off this call\n');
  expect(text).toContain(' p-late-2: somebody has answered (before that; told late)\n');
});

it('says that there is more to tell, and not that time is up', async () => {
  const { calls, callLog } = testbed.line;
  const after = calls.history.newest;
  for (let sequence = 2; sequence < 152; sequence += 1) {
    const code = sequence % 2 ? 'Answered' : 'Hold';
    callLog.apply(event({ session: 'busy', party: 2, sequence, code }), Date.now());
  }
  const { structuredContent, text } = await host.call('wait_for_call_event', {
    telephonySessionId: 's-busy',
    until: 'Gone',
    after,
  });
  expect(structuredContent).toMatchObject({ reached: false, timedOut: false });
  expect(structuredContent.events).toHaveLength(100);
  expect(text).toContain('Not Gone so far, but more has happened: call again with this cursor.');
  expect(text).toContain('90 before these');
});

it('means the other side by Proceeding and Answered on a call that you placed, and yours on one that rings', async () => {
  const deviceId = await testbed.control.deviceId('101');
  const { structuredContent: out } = await host.call('create_call_out_call_session', {
    fromDeviceId: deviceId,
    toExtensionNumber: '102',
  });
  const telephonySessionId = out.call.id;
  const until = 'Answered';
  const own = await host.call('wait_for_call_event', {
    telephonySessionId,
    partyId: out.call.yourPartyId,
    until,
  });
  expect(own.structuredContent).toMatchObject({ reached: true });
  const ringing = { telephonySessionId, until, timeoutSeconds: 0 };
  const { structuredContent: early } = await host.call('wait_for_call_event', ringing);
  expect(early).toMatchObject({ reached: false, timedOut: true });
  const waiting = host.call('wait_for_call_event', { telephonySessionId, until });
  const colleague = await testbed.control.party(
    telephonySessionId,
    ({ status }) => status.code === 'Proceeding',
  );
  const rung = await host.call('wait_for_call_event', { telephonySessionId, until: 'Proceeding' });
  expect(rung.structuredContent, rung.text).toMatchObject({ reached: true });
  const byParty = host.call('wait_for_call_event', { partyId: colleague.id, until });
  await testbed.control.act(telephonySessionId, colleague.id, 'answer', {
    deviceId: await testbed.control.deviceId('102'),
  });
  expect((await waiting).structuredContent).toMatchObject({ reached: true });
  expect((await byParty).structuredContent).toMatchObject({
    reached: true,
    call: { id: telephonySessionId },
  });

  const leg = await testbed.stage.ringing();
  await expect.poll(() => testbed.line.calls.session(leg.telephonySessionId)?.parties.length).toBe(2);
  const inbound = { telephonySessionId: leg.telephonySessionId, until };
  const rings = await host.call('wait_for_call_event', { ...inbound, timeoutSeconds: 0 });
  expect(rings.structuredContent).toMatchObject({ reached: false });
  const answered = host.call('wait_for_call_event', inbound);
  await testbed.control.act(leg.telephonySessionId, leg.partyId, 'answer', { deviceId });
  expect((await answered).structuredContent).toMatchObject({ reached: true });
});

describe.each(['extension', 'account'] as const)('at %s scope', (scope) => {
  let there: ServerTestbed;
  let call: Host['call'];
  beforeEach(async () => {
    there = await startServerTestbed({ scope });
    ({ call } = await there.host('2025', yes));
  });
  afterEach(() => there.close());
  const until = 'Answered';

  it('who transferred a call waits until it is answered at its destination', async () => {
    const { telephonySessionId } = await there.stage.talking();
    await call('transfer_call_party', { telephonySessionId, extensionNumber: '102' });
    const toms = await there.control.extensionId('102');
    const tom = await there.control.party(
      telephonySessionId,
      ({ extensionId, status }) => String(extensionId) === toms && status.code === 'Proceeding',
    );
    const early = await call('wait_for_call_event', { telephonySessionId, until, timeoutSeconds: 0 });
    expect(early.structuredContent, early.text).toMatchObject({ reached: false, timedOut: true });
    const waiting = call('wait_for_call_event', { telephonySessionId, until });
    await there.control.act(telephonySessionId, tom.id, 'answer', {
      deviceId: await there.control.deviceId('102'),
    });
    expect((await waiting).structuredContent).toMatchObject({ reached: true });
    const late = await call('wait_for_call_event', { telephonySessionId, until });
    expect(late.structuredContent).toMatchObject({ reached: true });
    const muted = await call('wait_for_call_event', { telephonySessionId, until: 'muted' });
    expect(muted.structuredContent).toMatchObject({ reached: false, timedOut: false });
    expect(muted.text).toContain('you are no longer on it');
  });

  it('who was brought into a conference has been answered in their own call', async () => {
    const { args, leg } = await operationCases.create_call_party_with_bring_in.valid(there.stage, call);
    await call('create_call_party_with_bring_in', args);
    const { structuredContent } = await call('wait_for_call_event', {
      telephonySessionId: leg?.telephonySessionId,
      until,
    });
    expect(structuredContent).toMatchObject({ reached: true });
  });

  it('what is so already is told at once where no call is named and no cursor given', async () => {
    const { telephonySessionId, partyId } = await there.stage.ringing();
    const plain = await call('wait_for_call_event', {});
    expect(plain.structuredContent).toMatchObject({ reached: true, timedOut: false });
    expect(plain.text).toContain(telephonySessionId);
    const ringing = await call('wait_for_call_event', { until: 'Proceeding' });
    expect(ringing.structuredContent).toMatchObject({ reached: true, call: { id: telephonySessionId } });
    const after = ringing.structuredContent.cursor;
    const next = await call('wait_for_call_event', { after, until: 'Proceeding', timeoutSeconds: 0 });
    expect(next.structuredContent).toMatchObject({ reached: false, timedOut: true });
    await there.control.act(telephonySessionId, partyId, 'answer', {
      deviceId: await there.control.deviceId('101'),
    });
    const { structuredContent } = await call('wait_for_call_event', { until });
    expect(structuredContent).toMatchObject({ reached: true });
  });
});

it('ends when what is waited for cannot come any more', async () => {
  const { telephonySessionId, partyId } = await testbed.stage.talking();
  await expect
    .poll(() => testbed.line.calls.party(telephonySessionId, partyId)?.status.code)
    .toBe('Answered');
  const waiting = host.call('wait_for_call_event', { telephonySessionId, until: 'Hold', timeoutSeconds: 25 });
  await testbed.control.drop(telephonySessionId);
  const { structuredContent, text } = await waiting;
  expect(structuredContent).toMatchObject({ reached: false, timedOut: false });
  // Legs end one after the other.
  expect(text).toMatch(/is over|you are no longer on it/);
});

it('costs no request on a live feed, unless it waits for others on a call', async () => {
  // A testbed of its own: no other reading falls into it.
  const quiet = await startServerTestbed();
  const { call } = await quiet.host('2025');
  const { telephonySessionId, partyId } = await quiet.stage.talking();
  await call('list_active_calls');
  await expect.poll(() => quiet.line.sync.status().state).toBe('live');
  await quiet.warmed();
  await expect.poll(() => quiet.line.calls.session(telephonySessionId)?.stale).toBe(false);
  const since = await quiet.mark();
  // Long enough for the call to be due.
  await call('wait_for_call_event', { timeoutSeconds: 4 });
  await call('wait_for_call_event', { telephonySessionId, partyId, timeoutSeconds: 1 });
  expect((await quiet.control.requests(since)).requests).toEqual([]);
  await call('wait_for_call_event', { telephonySessionId, timeoutSeconds: 1 });
  const { requests } = await quiet.control.requests(since);
  // At its start, because the last reading is old, and at its end.
  const ofCall = expect.stringContaining(telephonySessionId);
  expect(requests.map(({ path }) => path)).toEqual([ofCall, ofCall]);
  await quiet.close();
});

it('refuses a condition that does not exist', async () => {
  const { structuredContent } = await host.call('wait_for_call_event', { until: 'happy' });
  expect(structuredContent.error).toMatchObject({ kind: 'invalid_input', parameter: 'until' });
});

it('tells that it goes on, and ends when the client cancels', async () => {
  const cancel = new AbortController();
  const waiting = host.client.callTool(
    { name: 'wait_for_call_event', arguments: { until: 'FaxReceive', timeoutSeconds: 25 } },
    { signal: cancel.signal, onprogress: () => cancel.abort() },
  );
  await expect(waiting).rejects.toThrow();
}, 20_000);
