import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Host, type ServerTestbed, startServerTestbed } from '../server/support/testbed.ts';

const count = 60;

let testbed: ServerTestbed;
let host: Host;
const ids: string[] = [];

beforeAll(async () => {
  testbed = await startServerTestbed();
  host = await testbed.host('2025');
  await testbed.control.patch('/account', { ringSeconds: 600 });
  await host.call('list_active_calls');
  for (let call = 10; call < 10 + count; call += 1) {
    const from = { phoneNumber: `+142555501${call}`, name: `Caller ${call}` };
    ids.push(await testbed.control.dial(from, { phoneNumber: '+12055550101' }));
  }
  // Read, too: the order is that of the times of creation, which events tell only nearly.
  // The caller's name comes with a later event than the ringing.
  const isRead = (id: string) => {
    const { parties = [] } = testbed.line.calls.session(id) ?? {};
    const isKnown = parties.every(({ status, from }) => status.code !== 'Setup' && from?.name !== undefined);
    return parties.length === 2 && isKnown;
  };
  // Where calls were read twice, because their events came slowly, the rest waits for the next minute's budget.
  await vi.waitUntil(() => testbed.line.calls.activeCount === count && ids.every(isRead), 150_000);
}, 180_000);
afterAll(() => testbed.close());

const idsOf = (calls: { id: string }[]) => calls.map(({ id }) => id);

it('shows the newest twenty in few tokens, how many there are, and how to see the rest', async () => {
  const { structuredContent, text } = await host.call('list_active_calls');
  const { calls, total, nextOffset } = structuredContent;
  expect({ shown: calls.length, total, nextOffset }).toEqual({ shown: 20, total: count, nextOffset: 20 });
  expect(text).toMatch(/^Calls 1 to 20 of 60:/);
  expect(text).toContain('40 more: list_active_calls with offset 20.');
  for (const { id } of calls)
    expect(text.split('\n').filter((line) => line.includes(` ${id}: `))).toHaveLength(1);
  expect(encode(JSON.stringify(calls)).length / calls.length).toBeLessThan(120);
  expect(encode(text).length / calls.length).toBeLessThan(70);
});

it('shows each call once, page by page', async () => {
  const seen: string[] = [];
  for (let offset: number | undefined = 0; offset !== undefined; ) {
    const { structuredContent } = await host.call('list_active_calls', { offset });
    seen.push(...idsOf(structuredContent.calls));
    offset = structuredContent.nextOffset;
  }
  expect(seen.toSorted()).toEqual(ids.toSorted());
});

it('tells of a call what is needed to act on it', async () => {
  const [call] = (await host.call('list_active_calls', { limit: 1 })).structuredContent.calls;
  expect(call).toMatchObject({
    id: expect.any(String),
    yourPartyId: expect.any(String),
    direction: 'Inbound',
    status: 'Proceeding',
    with: expect.stringMatching(/^\+142555501\d\d «untrusted: Caller \d\d»$/),
  });
  // The caller waits, which the platform calls Answered.
  expect(call).not.toHaveProperty('others');
  expect(call).not.toHaveProperty('parties');
});

it('shows every party where detail is asked for', async () => {
  const { structuredContent, text } = await host.call('list_active_calls', { limit: 2, detail: true });
  for (const { parties } of structuredContent.calls) {
    expect(parties).toHaveLength(2);
    for (const { id } of parties) expect(text).toContain(`${id} is `);
  }
});

it('lists resources by pages, without hiding or repeating what stays when a call ends meanwhile', async () => {
  const page = (cursor?: string) => host.client.listResources(cursor === undefined ? undefined : { cursor });
  const callsOf = ({ resources }: Awaited<ReturnType<typeof page>>) =>
    resources.filter(({ uri }) => /sessions\/[^/]+$/.test(uri)).map(({ name }) => name);
  const first = (await host.client.request({ method: 'resources/list', params: {} })) as Awaited<
    ReturnType<typeof page>
  >;
  expect(callsOf(first)).toHaveLength(50);
  const [ended = ''] = callsOf(first);
  await testbed.control.drop(ended);
  await expect.poll(() => testbed.line.calls.activeCount).toBe(count - 1);
  const rest = await page(first.nextCursor);
  expect([...callsOf(first), ...callsOf(rest)].toSorted()).toEqual(ids.toSorted());
  expect(rest.nextCursor).toBeUndefined();
  expect(rest.resources.some(({ uri }) => uri.endsWith('/feed'))).toBe(false);
  await expect(page('bm9uZQ')).rejects.toThrow(/cursor/);
});
