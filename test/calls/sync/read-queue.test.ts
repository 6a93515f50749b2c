import { describe, expect, test } from 'vitest';
import { CallStore } from '../../../src/calls/store/call-store.ts';
import { ReadQueue } from '../../../src/calls/sync/read-queue.ts';
import type { CallSession } from '../../../src/ringcentral/wire/session.ts';
import { Failure } from '../../../src/shared/failure.ts';
import { Listeners } from '../../../src/shared/listeners.ts';
import { testClock } from '../support/store-testbed.ts';

type Read = (id: string) => Promise<CallSession>;

/** A queue whose readings the test makes up, and what came of them. */
function queueTestbed({
  maxJobs,
  ...options
}: {
  read?: Read;
  budgetWaitMs?: () => number;
  maxJobs?: number;
} = {}) {
  const clock = testClock();
  const read: string[] = [];
  const done: [string, boolean][] = [];
  const defects: unknown[] = [];
  const testbed = {
    ...{ clock, read, done, defects },
    answer: options.read ?? (async (id: string) => ({ id, parties: [] }) as unknown as CallSession),
    budgetWaitMs: options.budgetWaitMs ?? (() => 0),
  };
  const calls = new CallStore({ clock, scope: 'account' });
  const queue = new ReadQueue({
    ...{ calls, callLog: calls },
    reader: {
      identity: async () => ({ extensionId: '' }),
      readPresence: async () => [],
      readSession: (id) => {
        read.push(id);
        return testbed.answer(id);
      },
    },
    clock,
    budgetWaitMs: () => testbed.budgetWaitMs(),
    signal: new AbortController().signal,
    onDone: (id, isAnswered) => done.push([id, isAnswered]),
    onDefect: (error) => defects.push(error),
    ...(maxJobs && { maxJobs }),
  });
  return Object.assign(testbed, { queue });
}

test('what does not fit is given up at once, and what fits is read when there is room', async () => {
  let waitMs = 60_000;
  const { clock, queue, read, done } = queueTestbed({ budgetWaitMs: () => waitMs, maxJobs: 3 });
  for (const id of ['a', 'b', 'c', 'd', 'a']) queue.want(id, 0);
  expect(done).toEqual([['d', false]]);
  expect(queue.has('d')).toBe(false);
  waitMs = 0;
  await clock.advanceAsync(60_000);
  expect(read).toEqual(['a', 'b', 'c']);
  queue.want('d', 0);
  await clock.advanceAsync(0);
  expect(read).toEqual(['a', 'b', 'c', 'd']);
});

describe('a call that is wanted earlier than before', () => {
  test('is read then', async () => {
    const { clock, queue, read } = queueTestbed();
    queue.want('a', 5_000);
    queue.want('a', 0);
    await clock.advanceAsync(0);
    expect(read).toEqual(['a']);
    await clock.advanceAsync(10_000);
    expect(read).toEqual(['a']);
  });

  test('is not put off by being wanted later', async () => {
    const { clock, queue, read } = queueTestbed();
    queue.want('a', 250);
    queue.want('a', 5_000);
    await clock.advanceAsync(250);
    expect(read).toEqual(['a']);
  });

  test('while it is read is read again then', async () => {
    let answer = (): void => undefined;
    const { clock, queue, read } = queueTestbed({
      read: (id) =>
        new Promise((resolve) => {
          answer = () => resolve({ id, parties: [] } as unknown as CallSession);
        }),
    });
    queue.want('a', 0);
    queue.want('a', 5_000);
    queue.want('a', 0);
    answer();
    await clock.advanceAsync(0);
    expect(read).toEqual(['a', 'a']);
  });

  test('does not wait for the next try of a reading that failed, but as long as the platform asks for', async () => {
    const failures = [
      new Failure('unavailable', 'away'),
      new Failure('unavailable', 'busy', { retryAfterSeconds: 30 }),
    ];
    const testbed = queueTestbed({
      read: async (id) => {
        const failure = failures.shift();
        if (failure) throw failure;
        return { id, parties: [] } as unknown as CallSession;
      },
    });
    const { clock, queue, read } = testbed;
    queue.want('a', 0);
    await clock.advanceAsync(0);
    queue.want('a', 0);
    await clock.advanceAsync(0);
    expect(read).toHaveLength(2);
    queue.want('a', 0);
    await clock.advanceAsync(29_000);
    expect(read).toHaveLength(2);
    await clock.advanceAsync(1_000);
    expect(read).toHaveLength(3);
    expect(testbed.done).toEqual([['a', true]]);
  });
});

test('a defect is told, the call counts as not read, and the queue goes on', async () => {
  const broken = new TypeError('parties is not iterable');
  const { clock, queue, read, done, defects } = queueTestbed({
    read: async (id) => {
      if (id === 'a') throw broken;
      return { id, parties: [] } as unknown as CallSession;
    },
  });
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) queue.want(id, 0);
  await clock.advanceAsync(0);
  expect(defects).toEqual([broken]);
  expect(read).toHaveLength(6);
  expect(done).toContainEqual(['a', false]);
  expect(done.filter(([, isAnswered]) => isAnswered)).toHaveLength(5);
});

test('a listener that throws stops neither the others nor whoever tells', () => {
  const broken = new Error('broken');
  const defects: unknown[] = [];
  const heard: string[] = [];
  const listeners = new Listeners<[string]>((error) => defects.push(error));
  listeners.add(() => {
    throw broken;
  });
  listeners.add((news) => heard.push(news));
  listeners.emit('news');
  expect(heard).toEqual(['news']);
  expect(defects).toEqual([broken]);
});
