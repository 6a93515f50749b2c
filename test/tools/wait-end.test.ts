import { describe, expect, test } from 'vitest';
import { Failure } from '../../src/shared/failure.ts';
import type { ToolContext } from '../../src/tools/runtime/context.ts';
import { waitForCallEvent } from '../../src/tools/wait-for-call-event.ts';
import { colleague, me, reading } from '../calls/support/store-testbed.ts';
import { presenceOf, syncTestbed } from '../calls/support/sync-testbed.ts';

/*
 * Where no event tells what happens, the end of a wait is a look. The clock is the test's: what happens at a second
 * of the wait happens at exactly that second.
 */

const call = (session: string, other: string, own: string) =>
  reading(session, [
    [1, own, me],
    [2, other, colleague],
  ]);
const connected = presenceOf(me, ['a', 1, 'CallConnected']);
const minutes = 60_000;

interface Happening {
  atSeconds: number;
  happens: (testbed: Awaited<ReturnType<typeof start>>) => void;
}

/** 101 has called 102, whose phone rings. `denied`: no event will ever come. */
async function start(feed: 'denied' | 'live', scope: 'extension' | 'account' = 'extension') {
  const testbed = syncTestbed({ scope });
  const { clock, sync, platform, calls } = testbed;
  platform.presences = [connected];
  platform.put(call('a', 'Proceeding', 'Answered'));
  sync.open();
  if (feed === 'denied') testbed.feed.become('denied', 'The app lacks the WebSocket permission.');
  else testbed.feed.lose('the feed has just been opened');
  await clock.advanceAsync(0);
  // What has just begun is followed for a while anyway.
  await clock.advanceAsync(5 * minutes);
  platform.asked = [];
  const line = {
    ...{ calls, sync, clock },
    conferenceHosts: { hasJoined: false },
    plans: { busyCalls: () => new Map() },
    hangUps: { endedOf: async () => new Set() },
  };

  /** Calls the tool, and lets things happen meanwhile. */
  async function wait(args: object, ...happenings: Happening[]) {
    const { signal } = new AbortController();
    const context = { line, signal, progress: () => undefined, offers: () => true };
    const begun = clock.now();
    let hasEnded = false;
    const running = waitForCallEvent.run(args as never, context as unknown as ToolContext);
    const end = () => {
      hasEnded = true;
    };
    running.then(end, end);
    for (const { atSeconds, happens } of happenings) {
      await clock.advanceAsync(begun + atSeconds * 1_000 - clock.now());
      happens(all);
    }
    while (!hasEnded) await clock.advanceAsync(250);
    return (await running) as { text: string; data: Record<string, unknown> };
  }
  const all = { ...testbed, wait };
  return all;
}

const ringsAnew: Happening['happens'] = ({ platform }) => {
  platform.presences = [presenceOf(me, ['a', 1, 'CallConnected'], ['b', 1, 'Ringing'])];
  platform.put(
    reading('b', [
      [2, 'Proceeding'],
      [1, 'Proceeding', me, { direction: 'Inbound' }],
    ]),
  );
};
const isAnswered: Happening['happens'] = ({ platform }) => platform.put(call('a', 'Answered', 'Answered'));

describe('without events', () => {
  const moments = [
    [1, 0.5],
    [4, 2],
    [4, 3.9],
    [7, 6],
    [10, 7],
    [10, 9.9],
    [20, 17],
    [25, 24],
  ];

  test.each(moments)('a wait of %d s tells of what rings at %d s', async (timeoutSeconds, atSeconds) => {
    const { wait } = await start('denied');
    const { text, data } = await wait({ timeoutSeconds }, { atSeconds, happens: ringsAnew });
    expect(data, text).toMatchObject({ reached: true, timedOut: false });
    expect(text).toMatch(/^c\d+ p-b-1: your phone is ringing: /m);
  });

  test.each(moments)(
    'a wait of %d s for one call tells of what happens on it at %d s',
    async (timeoutSeconds, atSeconds) => {
      const { wait } = await start('denied');
      const { text, data } = await wait(
        { telephonySessionId: 's-a', until: 'Answered', timeoutSeconds },
        { atSeconds, happens: isAnswered },
      );
      expect(data, text).toMatchObject({ reached: true });
    },
  );

  test.each([
    ['', {}],
    [' for anything on one call', { telephonySessionId: 's-a' }],
    [' for one call', { telephonySessionId: 's-a', until: 'Hold' }],
  ])('a wait%s in which nothing happens says so', async (_, args) => {
    const { wait } = await start('denied');
    const { text, data } = await wait({ ...args, timeoutSeconds: 10 });
    expect(text).toMatch(/^Time is up, (nothing happened|not Hold yet)\.\n/);
    expect(data).toMatchObject({ timedOut: true });
  });

  test('that nothing happened is not said where that could not be read', async () => {
    const { wait } = await start('denied');
    const out = new Failure('unavailable', 'RingCentral does not answer.');
    const { text } = await wait(
      { timeoutSeconds: 10 },
      {
        atSeconds: 9,
        happens: ({ platform }) => {
          platform.failures = Array.from({ length: 20 }, () => out);
        },
      },
    );
    expect(text).not.toContain('nothing happened');
    expect(text).toContain('could not be asked again: nothing as far as is known.');
    expect(text).toContain('RingCentral does not answer.');
  });
});

test('on a live feed a wait for the other side ends with a look too: no event tells that it answers', async () => {
  const { wait } = await start('live');
  const { text, data } = await wait(
    { telephonySessionId: 's-a', until: 'Answered', timeoutSeconds: 10 },
    { atSeconds: 9.9, happens: isAnswered },
  );
  expect(data, text).toMatchObject({ reached: true });
});

describe('those who wait', () => {
  /** platform.md 7: 50 Light requests a minute, 10 Heavy. */
  test.each([1, 2, 4, 5, 10, 12, 25])(
    'for one call again and again, %d s each, keep to 0.4 of the Light requests',
    async (timeoutSeconds) => {
      const { clock, wait, platform } = await start('live');
      const asked: number[] = [];
      const { readSession } = platform;
      platform.readSession = (id) => {
        asked.push(clock.now());
        return readSession(id);
      };
      const end = clock.now() + 3 * minutes;
      while (clock.now() < end) await wait({ telephonySessionId: 's-a', until: 'Answered', timeoutSeconds });
      const busiest = asked.map((since) => asked.filter((at) => at >= since && at < since + minutes).length);
      // Presence is compared and each call read in its turn besides, whoever waits: twice a minute at most.
      expect(Math.max(...busiest)).toBeLessThanOrEqual(20 + 2);
    },
  );

  test.each(['extension', 'account'] as const)(
    'for whatever happens, without events at %s scope, keep to that share as well',
    async (scope) => {
      const { clock, sync, platform } = await start('denied', scope);
      const end = clock.now() + minutes;
      while (clock.now() < end) {
        const stop = sync.watchAll(1_000);
        await clock.advanceAsync(1_000);
        stop();
        const looked = sync.lookLastAtAll();
        await clock.advanceAsync(10);
        await looked;
      }
      const presences = platform.asked.filter((what) => what.startsWith('presence'));
      expect(presences.length).toBeLessThanOrEqual(scope === 'extension' ? 20 : 4);
      expect(platform.asked.length).toBeLessThanOrEqual(scope === 'extension' ? 20 : 24);
    },
  );
});
