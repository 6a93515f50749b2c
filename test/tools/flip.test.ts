import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Host, type ServerTestbed, startServerTestbed, yes } from '../server/support/testbed.ts';
import { advised } from './support/advised.ts';

/* Your side of a call moves to another phone of yours: one of the account, or one outside. */

let testbed: ServerTestbed;
let host: Host;

beforeAll(async () => {
  testbed = await startServerTestbed();
  host = await testbed.host('2025', yes);
  await host.call('list_active_calls');
  await testbed.warmed();
});
afterAll(() => testbed.close());
afterEach(async () => {
  await testbed.control.endAll();
  await vi.waitUntil(() => testbed.line.calls.yours().length === 0, 5_000);
});

const mobile = '+12055550991';
const read = (telephonySessionId: string) =>
  host.call('read_call_session_status', { telephonySessionId, fresh: true });

const called = async () => (await testbed.stage.talking()).telephonySessionId;
const placed = async () => (await testbed.stage.consulting()).telephonySessionId;

/** Flips the call; the other phone rings. */
async function flipped(open: () => Promise<string>, callFlipId: string) {
  const telephonySessionId = await open();
  const { structuredContent: before } = await read(telephonySessionId);
  const result = await host.call('call_flip_party', { telephonySessionId, callFlipId });
  const rung = await testbed.control.party(
    telephonySessionId,
    ({ direction, status }) => direction === 'Inbound' && status.code === 'Proceeding',
  );
  return { telephonySessionId, result, rungId: rung.id, cursor: before.cursor as number };
}

describe.each([
  ['a call that came', called, '+14155550123'],
  ['a call that you placed', placed, 'Bob Brown'],
])('%s', (_what, open, them) => {
  it.each(['1', '2'])('is told to wait for the other phone while that rings (flip number %s)', async (id) => {
    const { telephonySessionId, result } = await flipped(open, id);
    expect(result.text).toMatch(/So far you are waiting for another phone of yours, which rings/);
    const looks = [await read(telephonySessionId), await host.call('list_active_calls', { fresh: true })];
    for (const { text, structuredContent } of looks) {
      expect(text).toContain('waiting for another phone of yours, which rings');
      expect(advised(structuredContent.next)).toEqual([
        ['wait_for_call_event', { telephonySessionId }],
        ['unhold_call_party', { telephonySessionId }],
      ]);
    }
  });

  it('goes on at a phone outside, of which this server tells that it does not control it', async () => {
    const { telephonySessionId, rungId, cursor } = await flipped(open, '1');
    await read(telephonySessionId);
    await testbed.control.act(telephonySessionId, rungId, 'answer');
    await host.call('wait_for_call_event', { telephonySessionId, until: 'left' });
    const { text: line, structuredContent } = await read(telephonySessionId);
    expect(line).toContain('(on another phone of yours, which this server does not control)');
    expect(line).toMatch(new RegExp(`\\${mobile}: \\S+ is Answered, another phone of yours`));
    expect(advised(structuredContent.next)).toEqual([['wait_for_call_event', { telephonySessionId }]]);
    const listed = await host.call('list_active_calls', { fresh: true });
    expect(listed.text).toMatch(/^1 active call:/);
    expect(listed.text).not.toContain('You are not on these');
    expect(listed.structuredContent.left).toEqual([]);
    const { text } = await host.call('wait_for_call_event', { telephonySessionId, after: cursor });
    expect(text).toContain(`another phone of yours, ${mobile}, is ringing`);
    expect(text).toContain(`you have answered on ${mobile}, another phone of yours`);
    await testbed.control.act(telephonySessionId, rungId, 'hangup');
    await expect.poll(async () => (await read(telephonySessionId)).text).toContain('The call is over');
    expect((await host.call('list_active_calls', { fresh: true })).text).toMatch(/^No active calls\./);
  });

  it('is yours again where the other phone is not answered', async () => {
    const { telephonySessionId, rungId } = await flipped(open, '1');
    await testbed.control.act(telephonySessionId, rungId, 'decline');
    const { text } = await read(telephonySessionId);
    expect(text).not.toMatch(/waiting for another phone|, another phone of yours/);
    expect(text).toContain(`(${them} hears music, not you)`);
  });
});

it('a desk phone of yours is told of as the other phone, though the call is there by now', async () => {
  const { telephonySessionId, rungId, cursor } = await flipped(called, '2');
  await testbed.control.act(telephonySessionId, rungId, 'answer');
  await host.call('wait_for_call_event', { telephonySessionId, until: 'left' });
  const { text } = await host.call('wait_for_call_event', { telephonySessionId, after: cursor });
  expect(text).toContain('another phone of yours is ringing');
  expect(text).toContain('you have left this phone for another one of yours');
  expect(text).toContain('hold_call_party');
});

it('the result of a flip that is answered at once says where you talk', async () => {
  const telephonySessionId = await called();
  await read(telephonySessionId);
  const flipping = host.call('call_flip_party', { telephonySessionId, callFlipId: '1' });
  const rung = await testbed.control.party(
    telephonySessionId,
    ({ direction, status }) => direction === 'Inbound' && status.code === 'Proceeding',
  );
  await testbed.control.act(telephonySessionId, rung.id, 'answer');
  expect((await flipping).text).toMatch(
    new RegExp(
      `^You have taken the call on \\${mobile}, which this server does not control: \\+14155550123 hears`,
    ),
  );
});
