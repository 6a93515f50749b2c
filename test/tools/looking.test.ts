import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Host, type ServerTestbed, startServerTestbed, yes } from '../server/support/testbed.ts';

/* Whoever looks, and whoever has acted, is told of the calls as they are, also where little is left of the rate limit. */

let testbed: ServerTestbed;
let host: Host;

beforeEach(async () => {
  testbed = await startServerTestbed({ rateLimits: 'platform' });
  host = await testbed.liveHost('2025', yes);
});
afterEach(() => testbed.close());

const list = async (args: object = {}) => (await host.call('list_active_calls', args)).text;

/** Reads until nothing is left for what is read in the background. */
async function useUpBackground(telephonySessionId: string) {
  while (testbed.line.room('light') > 0) await testbed.line.sync.refresh(telephonySessionId);
}

/** Reads until nothing is left for looking: only for acts. */
const useUpReading = (telephonySessionId: string) => useUp(telephonySessionId);

/** Reads until nothing is left for acts either: only for what ends a call or a hold. */
const useUpActing = (telephonySessionId: string) => useUp(telephonySessionId, { priority: 'action' });

async function useUp(telephonySessionId: string, options?: { priority: 'action' }) {
  const isRead = () =>
    testbed.line.sync.refresh(telephonySessionId, options).then(
      () => true,
      () => false,
    );
  while (await isRead()) {}
}

/** A call that was sent on to Bob, who talks with the caller. */
async function sentOn() {
  const { telephonySessionId } = await testbed.stage.talking();
  const extensionNumber = '102';
  await host.call('transfer_call_party', { telephonySessionId, extensionNumber });
  const extensionId = await testbed.control.extensionId(extensionNumber);
  const { id } = await testbed.control.party(
    telephonySessionId,
    (party) => party.extensionId === extensionId && party.status.code === 'Proceeding',
  );
  const deviceId = await testbed.control.deviceId(extensionNumber);
  await testbed.control.act(telephonySessionId, id, 'answer', { deviceId });
  await vi.waitUntil(async () => (await list()).includes('Bob Brown on the call'), 10_000);
  return telephonySessionId;
}

describe('where nothing is left for reading in the background', () => {
  it('an act is read back', async () => {
    const { telephonySessionId } = await testbed.stage.talking();
    await useUpBackground(telephonySessionId);
    const { text } = await host.call('delete_call_session', { telephonySessionId });
    expect(text).toMatch(/^The call has ended for everyone\./);
    expect(await list()).toMatch(/^No active calls\./);
  });

  it('that others have ended a call shows to whoever looks', async () => {
    await useUpBackground(await sentOn());
    await testbed.control.endAll();
    await vi.waitUntil(async () => /^No active calls\.(?![\s\S]*You are not on)/.test(await list()), 10_000);
  });

  it('and to whoever asks for what is new', async () => {
    await useUpBackground(await sentOn());
    await testbed.control.endAll();
    await testbed.control.reset();
    expect(await list({ fresh: true })).not.toContain('You are not on');
  });
});

describe('where nothing is left for reading', () => {
  it('calls that could not be read are told as doubtful, with why and until when', async () => {
    const id = await sentOn();
    await useUpReading(id);
    await testbed.control.endAll();
    await vi.waitUntil(async () => (await list()).includes('may be over by now'), 10_000);
    const text = await list();
    expect(text).not.toContain('others talk on');
    expect(text).toMatch(
      /c\d+ could not be read again now: RingCentral's limit on requests is used up for now\. Try again in \d+ s\./,
    );
    const refused = await host.call('list_active_calls', { fresh: true, dummy: '' });
    expect(refused.text).toMatch(/^rate_limited: .* Try again in \d+ s\./);
    expect(refused.text).toMatch(/^Next: list_active_calls \{"fresh":true\} \(the same again, in \d+ s\)$/m);
  });

  it('an act that could not be read back says so', async () => {
    const { telephonySessionId } = await testbed.stage.talking();
    await useUpReading(telephonySessionId);
    // What is kept for acts, too.
    const { sync } = testbed.line;
    while (testbed.line.budget('light').available > 0)
      await sync.refresh(telephonySessionId, { priority: 'action' });
    const { text, structuredContent } = await host.call('delete_call_session', { telephonySessionId });
    expect(text).toMatch(
      /^Accepted: .* It could not be read again now: .* limit .* used up for now\. Try again in/,
    );
    expect(structuredContent.next[0].arguments).not.toHaveProperty('until');
  });
});

describe('where nothing is left for acts', () => {
  it('whoever is on hold can be taken back', async () => {
    const { telephonySessionId, partyId } = await testbed.stage.talking();
    await host.call('hold_call_party', { telephonySessionId });
    await useUpActing(telephonySessionId);
    const muted = await host.call('update_call_party', { telephonySessionId, muted: true });
    expect(muted.structuredContent.error).toMatchObject({
      kind: 'rate_limited',
      next: [{ tool: 'update_call_party', arguments: { telephonySessionId, muted: true } }],
    });
    const { text } = await host.call('unhold_call_party', { telephonySessionId });
    expect(text).not.toContain('rate_limited');
    await testbed.control.party(
      telephonySessionId,
      ({ id, status }) => id === partyId && status.code === 'Answered',
    );
  });
});
