import { expect, test } from 'vitest';
import { LiveCalls } from '../../src/calls/live-calls.ts';
import { ReadQueue } from '../../src/calls/read-queue.ts';
import { testClock } from './world.ts';

test('what does not fit is given up at once, and what fits is read when there is room', async () => {
  const clock = testClock();
  const done: [string, boolean][] = [];
  let waitMs = 60_000;
  const read: string[] = [];
  const queue = new ReadQueue({
    calls: new LiveCalls({ clock, scope: 'account' }),
    reader: {
      identity: async () => ({ extensionId: '' }),
      readPresence: async () => [],
      readSession: async (id) => {
        read.push(id);
        return { id, parties: [] } as never;
      },
    },
    clock,
    room: () => waitMs,
    signal: new AbortController().signal,
    onDone: (id, isAnswered) => done.push([id, isAnswered]),
    maxJobs: 3,
  });
  for (const id of ['a', 'b', 'c', 'd', 'a']) queue.want(id, 0);
  expect(done).toEqual([['d', false]]);
  expect(queue.has('d')).toBe(false);
  waitMs = 0;
  await clock.advance(60_000);
  expect(read).toEqual(['a', 'b', 'c']);
  queue.want('d', 0);
  await clock.advance(0);
  expect(read).toEqual(['a', 'b', 'c', 'd']);
});
