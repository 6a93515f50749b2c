import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSessionEvents } from '../../../src/transports/http/session-events.ts';

const answer = (text: string) => ({ jsonrpc: '2.0', id: 1, result: { text } }) as JSONRPCMessage;
const updated = (uri: string) =>
  ({ jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri } }) as JSONRPCMessage;
const progress = (progressToken: string, done: number) =>
  ({
    jsonrpc: '2.0',
    method: 'notifications/progress',
    params: { progressToken, progress: done },
  }) as JSONRPCMessage;

async function replayed(events: ReturnType<typeof createSessionEvents>, after: string) {
  const messages: JSONRPCMessage[] = [];
  await events.replayEventsAfter(after, { send: async (_id, message) => void messages.push(message) });
  return messages;
}

describe('events of a session', () => {
  it('take at most 128 KiB, whatever is stored, and the newest of what fits is there', async () => {
    const message = fc.oneof(
      fc.nat(200_000).map((length) => answer('x'.repeat(length))),
      fc.tuple(fc.nat(400), fc.nat(2_000)).map(([n, length]) => updated(`${n}${'u'.repeat(length)}`)),
      fc.nat(5).map((n) => progress(String(n), n)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 300 }), fc.nat(3), async (messages, streams) => {
        const events = createSessionEvents();
        for (const [index, one] of messages.entries()) {
          await events.storeEvent(`stream-${index % (streams + 1)}`, one);
          expect(events.bytes).toBeLessThanOrEqual(128 * 1024);
          expect(events.bytes).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('are replayed in the order in which they came, the latest progress alone', async () => {
    const events = createSessionEvents();
    const first = await events.storeEvent('s', {} as JSONRPCMessage);
    for (const done of [1, 2]) await events.storeEvent('s', progress('token', done));
    await events.storeEvent('other', answer('not this'));
    await events.storeEvent('s', answer('last'));
    expect(await replayed(events, first)).toEqual([progress('token', 2), answer('last')]);
  });

  it('say which stream has lost an answer: one too large, or one that newer ones pushed out', async () => {
    const events = createSessionEvents();
    const large = await events.storeEvent('large', {} as JSONRPCMessage);
    await events.storeEvent('large', answer('x'.repeat(100_000)));
    expect(events.hasLost(large)).toBe(true);
    const early = await events.storeEvent('early', answer('small'));
    expect(events.hasLost(early)).toBe(false);
    for (let n = 0; n < 16; n += 1) await events.storeEvent(`later-${n}`, answer('small'));
    expect(events.hasLost(early)).toBe(true);
    expect(events.hasLost('nonsense')).toBe(false);
  });

  it('a large answer pushes no notice out, and many notices no answer', async () => {
    const events = createSessionEvents();
    const start = await events.storeEvent('s', {} as JSONRPCMessage);
    await events.storeEvent('s', updated('one'));
    for (let n = 0; n < 20; n += 1) await events.storeEvent('s', answer('x'.repeat(20_000)));
    for (let n = 0; n < 500; n += 1) await events.storeEvent('s', progress('token', n));
    const kept = await replayed(events, start);
    expect(kept[0]).toEqual(updated('one'));
    expect(kept.filter((message) => 'result' in message)).toHaveLength(3);
  });
});
