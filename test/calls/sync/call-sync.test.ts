import { describe, expect, test, vi } from 'vitest';
import { formatStaleness } from '../../../src/presentation/format.ts';
import { Failure } from '../../../src/shared/failure.ts';
import { colleague, event, inboundCall, me, reading } from '../support/store-testbed.ts';
import { presenceOf, syncTestbed } from '../support/sync-testbed.ts';

const talking = (session: string) =>
  reading(session, [
    [1, 'Answered', colleague],
    [2, 'Answered', me],
  ]);
const unavailable = () => new Failure('unavailable', 'RingCentral does not answer.');

const limited = () => new Failure('rate_limited', 'The limit is used up.', { retryAfterSeconds: 5 });

/** Open, with one call under way, read and live. */
async function live(options: Parameters<typeof syncTestbed>[0] = {}) {
  const testbed = syncTestbed(options);
  testbed.platform.presences = [presenceOf(me, ['a', 2, 'CallConnected'])];
  testbed.platform.put(talking('a'));
  testbed.sync.open();
  testbed.feed.lose('the feed has just been opened');
  await testbed.clock.advanceAsync(0);
  testbed.platform.asked = [];
  return testbed;
}

describe('opening', () => {
  test('nothing is asked before it is needed', async () => {
    const { clock, feed, sync, platform } = syncTestbed();
    await clock.advanceAsync(600_000);
    expect(feed.started).toBe(0);
    expect(platform.asked).toEqual([]);
    expect(sync.status()).toMatchObject({ state: 'idle', stale: true });
  });

  test('the first sync is presence and a reading of each call, and then the feed is live', async () => {
    const { calls, clock, feed, sync, platform } = syncTestbed();
    platform.presences = [presenceOf(me, ['a', 2, 'CallConnected'], ['b', 2, 'OnHold'])];
    platform.put(
      talking('a'),
      reading('b', [
        [1, 'Answered'],
        [2, 'Hold', me],
      ]),
    );
    const ready = sync.ready(5000);
    await clock.advanceAsync(0);
    expect(platform.asked).toEqual([]);
    feed.lose('the feed has just been opened');
    await clock.advanceAsync(0);
    expect(await ready).toBe(true);
    expect(platform.asked).toEqual(['identity', 'presence extension', 's-a', 's-b']);
    expect(feed.status.state).toBe('live');
    expect(sync.status()).toMatchObject({ state: 'live', stale: false });
    expect(calls.active().map(({ id, yourPartyId, stale }) => [id, yourPartyId, stale])).toEqual([
      ['s-a', 'p-a-2', false],
      ['s-b', 'p-b-2', false],
    ]);
    sync.open();
    expect(feed.started).toBe(1);
  });

  test('who waits for the first sync is told when there is none in time', async () => {
    const { clock, sync } = syncTestbed();
    const ready = sync.ready(5000);
    await clock.advanceAsync(5000);
    expect(await ready).toBe(false);
  });

  test('without events the platform is asked once, and what it says gets stale by age', async () => {
    const { calls, clock, feed, sync, platform } = syncTestbed();
    platform.presences = [presenceOf(me, ['a', 2, 'CallConnected'])];
    platform.put(talking('a'));
    const ready = sync.ready(5000);
    feed.become('denied', 'The app lacks the WebSocket permission.');
    await clock.advanceAsync(0);
    expect(await ready).toBe(true);
    expect(calls.session('s-a')?.stale).toBe(false);
    expect(sync.status()).toMatchObject({
      state: 'denied',
      stale: true,
      reason: 'The app lacks the WebSocket permission.',
    });
    await clock.advanceAsync(31_000);
    expect(calls.session('s-a')?.stale).toBe(true);
  });

  test('presence that cannot be read is said, and does not keep the events away', async () => {
    const { clock, feed, sync, platform } = syncTestbed();
    platform.failures = [undefined, new Failure('forbidden', 'The app lacks ReadPresence.')];
    sync.open();
    feed.lose('the feed has just been opened');
    await clock.advanceAsync(0);
    expect(sync.status()).toMatchObject({
      state: 'live',
      stale: true,
      asOf: null,
      reason: expect.stringMatching(
        /^Calls that began before .* cannot be seen: The app lacks ReadPresence\.$/,
      ),
    });
  });

  test('trouble that may pass is tried again, not before the platform allows it', async () => {
    const { clock, feed, sync, platform } = syncTestbed();
    platform.failures = [
      undefined,
      new Failure('rate_limited', 'Too many requests.', { retryAfterSeconds: 30 }),
      unavailable(),
    ];
    sync.open();
    feed.lose('the feed has just been opened');
    await clock.advanceAsync(29_000);
    expect(platform.asked).toEqual(['identity', 'presence extension']);
    expect(sync.status()).toMatchObject({ state: 'resyncing', stale: true });
    await clock.advanceAsync(1000);
    expect(platform.asked).toHaveLength(3);
    await clock.advanceAsync(4000);
    expect(sync.status()).toMatchObject({ state: 'live', stale: false });
    expect(sync.status().reason).toBeUndefined();
  });
});

describe('what goes wrong', () => {
  test('a stated wait is told as what is left of it', async () => {
    const { clock, feed, sync, platform } = syncTestbed();
    const refusal = new Failure('rate_limited', 'Too many requests. Try again in 60 s.', {
      retryAfterSeconds: 60,
    });
    platform.failures = [undefined, refusal];
    sync.open();
    feed.lose('the feed has just been opened');
    feed.become('resyncing');
    await clock.advanceAsync(0);
    expect(sync.status().reason).toBe('Too many requests. Try again in 60 s.');
    await clock.advanceAsync(45_000);
    expect(sync.status().reason).toBe('Too many requests. Try again in 15 s.');
  });

  test('a defect during a full sync is told, and shown', async () => {
    const defects: unknown[] = [];
    const { clock, feed, sync, platform } = syncTestbed({ onDefect: (error) => defects.push(error) });
    const broken = new TypeError('activeCalls is not iterable');
    platform.readPresence = () => Promise.reject(broken);
    sync.open();
    feed.lose('the feed has just been opened');
    await clock.advanceAsync(61_000);
    expect(defects).toContain(broken);
    expect(sync.status()).toMatchObject({ stale: true, reason: expect.stringContaining('defect') });
  });

  test('a listener that throws keeps nobody from what there is to hear', async () => {
    const { calls, clock, sync, platform } = await live({ onDefect: () => undefined });
    sync.onStatus(() => {
      throw new Error('broken');
    });
    platform.put(
      reading('a', [
        [1, 'Answered', colleague],
        [2, 'Hold', me],
      ]),
    );
    await clock.advanceAsync(1000);
    await sync.refresh('s-a');
    await clock.advanceAsync(61_000);
    expect(calls.party('s-a', 'p-a-2')?.status.code).toBe('Hold');
  });
});

describe('after a loss', () => {
  test('everything is stale until it has been read again, and the feed is told when', async () => {
    const { calls, clock, feed, sync, platform } = await live();
    const resyncs = feed.resyncs;
    feed.lose('more than 100 events were missed');
    expect(calls.session('s-a')?.stale).toBe(true);
    expect(sync.status()).toMatchObject({ state: 'resyncing', stale: true });
    platform.put(
      reading('a', [
        [1, 'Answered', colleague],
        [2, 'Hold', me],
      ]),
    );
    await clock.advanceAsync(0);
    expect(calls.party('s-a', 'p-a-2')).toMatchObject({ status: { code: 'Hold' }, stale: false });
    expect(feed.resyncs).toBe(resyncs + 1);
    expect(sync.status()).toMatchObject({ state: 'live', stale: false });
  });

  test('a call that ended without an event is over', async () => {
    const { calls, clock, feed, platform } = await live();
    await clock.advanceAsync(10_000);
    platform.presences = [presenceOf(me)];
    platform.sessions.clear();
    feed.lose('sleep');
    await clock.advanceAsync(0);
    expect(calls.active()).toEqual([]);
    expect(calls.session('s-a')?.over).toBe(true);
  });

  test('calls are read within the budget that is left, and progress is visible', async () => {
    let allowed = 4;
    const budgetWaitMs = (): number => (platform.asked.length < allowed ? 0 : 10_000);
    const { clock, feed, sync, platform } = syncTestbed({ budgetWaitMs });
    platform.presences = [
      presenceOf(me, ['a', 2, 'CallConnected'], ['b', 2, 'CallConnected'], ['c', 2, 'OnHold']),
    ];
    platform.put(talking('a'), talking('b'), talking('c'));
    sync.open();
    feed.lose('the feed has just been opened');
    await clock.advanceAsync(0);
    expect(platform.reads()).toEqual(['s-a', 's-b']);
    expect(sync.status()).toMatchObject({ state: 'resyncing', progress: { read: 2, total: 3 } });
    allowed = 5;
    await clock.advanceAsync(10_000);
    expect(platform.reads()).toHaveLength(3);
    expect(sync.status()).not.toHaveProperty('progress');
  });

  test('a new loss while reading begins again', async () => {
    const { clock, feed, sync, platform } = await live();
    platform.failures = [undefined, unavailable()];
    feed.lose('first');
    await clock.advanceAsync(0);
    feed.lose('second');
    await clock.advanceAsync(0);
    expect(sync.status()).toMatchObject({ state: 'live', stale: false });
    expect(platform.reads()).toEqual(['s-a']);
  });

  test('while the connection is down what came from events is stale; after a recovery presence is compared once', async () => {
    const { calls, clock, feed, sync, platform } = await live();
    platform.presences = [presenceOf(me, ['a', 2, 'OnHold'])];
    feed.become('recovering');
    feed.emit(event({ party: 2, sequence: 5, code: 'Hold', extensionId: me }), clock.now());
    expect(calls.party('s-a', 'p-a-2')?.stale).toBe(true);
    feed.become('live');
    expect(calls.party('s-a', 'p-a-2')?.stale).toBe(false);
    expect(sync.status()).toMatchObject({ state: 'live', stale: false });
    await clock.advanceAsync(200);
    expect(platform.asked).toEqual(['presence extension']);
    expect(sync.status()).toMatchObject({ state: 'live', stale: false });
  });

  test('what a log that is shared does not take for a while is compared until it does', async () => {
    const { calls, clock, feed, sync, platform } = syncTestbed({ scope: 'account' });
    const compare = vi.spyOn(calls, 'compare').mockRejectedValueOnce(unavailable());
    platform.presences = [presenceOf(me, ['a', 2, 'CallConnected'])];
    platform.put(talking('a'));
    sync.open();
    feed.lose('the feed has just been opened');
    await clock.advanceAsync(0);
    expect(sync.progress.isSynced).toBe(false);
    await clock.advanceAsync(2_000);
    expect(sync.progress.isSynced).toBe(true);
    feed.become('recovering');
    compare.mockRejectedValueOnce(unavailable());
    platform.presences = [presenceOf(me, ['a', 2, 'CallConnected'], ['b', 2, 'CallConnected'])];
    platform.put(talking('b'));
    feed.become('live');
    await clock.advanceAsync(10_000);
    expect(calls.active().map(({ id }) => id)).toEqual(['s-a', 's-b']);
  });

  test('a loss goes on where another has told it, and did not come to read everything', async () => {
    const { calls, clock, feed, sync } = syncTestbed({ hasPast: false });
    calls.markStale(true);
    const cursor = calls.history.newest;
    sync.open();
    feed.lose('the feed has just been opened');
    await clock.advanceAsync(0);
    expect(calls.history.since(cursor).lost).toBe(true);
  });

  test('what a recovery did not bring is found at once, although nothing said that it was lost', async () => {
    const { calls, clock, feed, platform } = await live();
    feed.become('recovering');
    platform.sessions.clear();
    platform.put(talking('b'));
    platform.presences = [presenceOf(me, ['b', 2, 'CallConnected'])];
    feed.become('live');
    await clock.advanceAsync(10_000);
    expect(calls.active().map(({ id }) => id)).toEqual(['s-b']);
  });

  test('the comparison after a recovery is tried again until it works', async () => {
    const { clock, feed, sync, platform } = await live();
    feed.become('recovering');
    platform.failures = [unavailable(), unavailable()];
    feed.become('live');
    await clock.advanceAsync(0);
    expect(sync.status()).toMatchObject({ state: 'live', stale: false });
    await clock.advanceAsync(6_000);
    expect(platform.asked).toEqual(Array.from({ length: 3 }, () => 'presence extension'));
    expect(sync.status()).toMatchObject({ state: 'live', stale: false });
  });

  test('a call that cannot be read is tried a few times and stays stale', async () => {
    const { calls, clock, feed, sync, platform } = await live();
    platform.failures = [undefined, undefined, ...Array.from({ length: 6 }, unavailable)];
    feed.lose('sleep');
    await clock.advanceAsync(62_000);
    expect(platform.reads()).toHaveLength(6);
    expect(calls.session('s-a')?.stale).toBe(true);
    expect(sync.status()).toMatchObject({ state: 'live' });
    await clock.advanceAsync(61_000);
    expect(calls.session('s-a')?.stale).toBe(false);
  });
});

describe('a call that presence lists and that cannot be read', () => {
  async function unreadable() {
    const testbed = await live();
    const { readSession } = testbed.platform;
    testbed.platform.presences = [presenceOf(me, ['a', 2, 'CallConnected'], ['b', 2, 'Ringing'])];
    testbed.platform.readSession = (id) => (id === 's-b' ? Promise.reject(unavailable()) : readSession(id));
    await testbed.clock.advanceAsync(150_000);
    return { ...testbed, readSession };
  }

  test('makes the calls stale, and says so', async () => {
    const { clock, sync, platform, readSession } = await unreadable();
    const missing = {
      state: 'live',
      stale: true,
      reason: expect.stringMatching(
        /^1 call that RingCentral lists has not been read yet: RingCentral does not/,
      ),
    };
    expect(sync.status()).toMatchObject(missing);
    platform.readSession = readSession;
    platform.put(talking('b'));
    await clock.advanceAsync(61_000);
    expect(sync.status()).toMatchObject({ state: 'live', stale: false });
  });

  test('is forgotten when presence lists it no more', async () => {
    const { clock, sync, platform } = await unreadable();
    platform.presences = [presenceOf(me, ['a', 2, 'CallConnected'])];
    await clock.advanceAsync(61_000);
    expect(sync.status()).toMatchObject({ state: 'live', stale: false });
  });

  test('is no matter when events have told of it, or the platform does not know it', async () => {
    const { clock, feed, sync, platform } = await unreadable();
    feed.emit(event({ session: 'b', party: 2, sequence: 3, code: 'Setup', extensionId: me }), clock.now());
    expect(sync.status()).toMatchObject({ state: 'live', stale: false });
    platform.presences = [presenceOf(me, ['c', 2, 'Ringing'])];
    await clock.advanceAsync(61_000);
    expect(sync.status()).toMatchObject({ state: 'live', stale: false });
  });
});

describe('extension scope', () => {
  test('a burst of own events asks once for the other parties', async () => {
    const { calls, clock, feed, platform } = await live();
    for (const [sequence, code] of [
      [5, 'Parked'],
      [6, 'Answered'],
      [7, 'Hold'],
    ] as const) {
      feed.emit(event({ party: 2, sequence, code, extensionId: me }), clock.now());
    }
    platform.put(
      reading('a', [
        [1, 'Answered', colleague],
        [2, 'Hold', me],
      ]),
    );
    await clock.advanceAsync(1000);
    expect(platform.reads()).toEqual(['s-a']);
    expect(calls.session('s-a')?.stale).toBe(false);
  });

  test('an event while the call is being read asks once more', async () => {
    const { clock, feed, platform } = await live();
    const { readSession } = platform;
    let answer = (): void => undefined;
    platform.readSession = async (id) => {
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      return readSession(id);
    };
    feed.emit(event({ party: 2, sequence: 5, code: 'Parked', extensionId: me }), clock.now());
    await clock.advanceAsync(300);
    feed.emit(event({ party: 2, sequence: 6, code: 'Answered', extensionId: me }), clock.now());
    await clock.advanceAsync(300);
    platform.readSession = readSession;
    answer();
    await clock.advanceAsync(300);
    expect(platform.reads()).toEqual(['s-a', 's-a']);
  });
});

describe('reconciling', () => {
  test('while a call is live presence and the call are read once a minute', async () => {
    const { clock, sync, platform } = await live();
    await clock.advanceAsync(185_000);
    expect(platform.asked).toEqual(Array.from({ length: 3 }, () => ['presence extension', 's-a']).flat());
    expect(Date.parse(sync.status().oldestUnverified ?? '')).toBeGreaterThanOrEqual(clock.now() - 5_000);
  });

  test('calls that presence sees alike are read again in turn, with a fifth of the Light requests', async () => {
    const { clock, platform } = await live({ lightPerMinute: () => 50 });
    const names = Array.from({ length: 15 }, (_, index) => `c${index}`);
    platform.put(...names.map(talking));
    platform.presences = [
      presenceOf(me, ...['a', ...names].map((name): [string, number, string] => [name, 2, 'CallConnected'])),
    ];
    await clock.advanceAsync(119_000);
    platform.asked = [];
    await clock.advanceAsync(60_000);
    expect(platform.reads()).toHaveLength(10);
    await clock.advanceAsync(60_000);
    expect(new Set(platform.reads()).size).toBe(16);
  });

  test('live calls are read again in turn also where presence may not be read', async () => {
    const { calls, clock, platform } = await live();
    platform.readPresence = () => Promise.reject(new Failure('forbidden', 'The app lacks ReadPresence.'));
    platform.put(
      reading('a', [
        [1, 'Answered', colleague],
        [2, 'Hold', me],
      ]),
    );
    await clock.advanceAsync(61_000);
    expect(calls.party('s-a', 'p-a-2')?.status.code).toBe('Hold');
  });

  test('a call that vanished without a trace, and one that came without, are found', async () => {
    const { calls, clock, platform } = await live();
    platform.sessions.clear();
    platform.put(talking('b'));
    platform.presences = [presenceOf(me, ['b', 2, 'CallConnected'])];
    await clock.advanceAsync(61_000);
    expect(calls.active().map(({ id }) => id)).toEqual(['s-b']);
  });

  test('a state that presence sees differently is read again', async () => {
    const { calls, clock, platform } = await live();
    platform.presences = [presenceOf(me, ['a', 2, 'OnHold'])];
    platform.put(
      reading('a', [
        [1, 'Answered', colleague],
        [2, 'Hold', me],
      ]),
    );
    await clock.advanceAsync(61_000);
    expect(calls.party('s-a', 'p-a-2')?.status.code).toBe('Hold');
  });

  test('account scope: every five minutes', async () => {
    const { clock, platform } = await live({ scope: 'account' });
    await clock.advanceAsync(299_000);
    expect(platform.asked).toEqual([]);
    await clock.advanceAsync(1000);
    expect(platform.asked).toEqual(['presence account']);
  });

  test('presence events are a second source, heard when the events of the call had time to come', async () => {
    const { calls, clock, feed, platform } = await live();
    platform.put(
      reading('a', [
        [1, 'Answered', colleague],
        [2, 'Hold', me],
      ]),
    );
    feed.tell(presenceOf(me, ['a', 2, 'OnHold']), clock.now());
    feed.emit(event({ party: 2, sequence: 5, code: 'Hold', extensionId: me }), clock.now());
    await clock.advanceAsync(3000);
    const afterEvent = platform.reads().length;
    platform.put(talking('a'));
    feed.tell(presenceOf(me, ['a', 2, 'CallConnected']), clock.now());
    await clock.advanceAsync(3000);
    expect(platform.reads()).toHaveLength(afterEvent + 1);
    expect(calls.party('s-a', 'p-a-2')?.status.code).toBe('Answered');
  });

  test('without calls presence is still read every five minutes when the clock was set back', async () => {
    const { clock, feed, sync, platform } = syncTestbed();
    sync.open();
    feed.lose('the feed has just been opened');
    await clock.advanceAsync(0);
    platform.asked = [];
    const { now } = clock;
    clock.now = () => now() - 3_600_000;
    await clock.advanceAsync(300_000);
    expect(platform.asked).toContain('presence extension');
  });

  test('nothing is asked after it was closed', async () => {
    const { clock, feed, sync, platform } = await live();
    sync.close();
    feed.lose('too late');
    await clock.advanceAsync(600_000);
    expect(platform.asked).toEqual([]);
  });
});

describe('reading now', () => {
  test('refresh reads one call and answers how it is', async () => {
    const { clock, sync, platform } = await live();
    platform.put(
      reading('a', [
        [1, 'Answered', colleague],
        [2, 'Hold', me],
      ]),
    );
    await clock.advanceAsync(1000);
    const call = await sync.refresh('s-a');
    expect(call).toMatchObject({ id: 's-a', stale: false, source: 'api', yourPartyId: 'p-a-2' });
    expect(call.parties[1]?.status.code).toBe('Hold');
  });

  test('a call that is not there any more is over, and who asked is told', async () => {
    const { calls, clock, sync, platform } = await live();
    platform.sessions.clear();
    await clock.advanceAsync(10_000);
    await expect(sync.refresh('s-a')).rejects.toMatchObject({ kind: 'not_found' });
    expect(calls.session('s-a')?.over).toBe(true);
  });

  test('refreshAll finds new calls and reads the stale ones', async () => {
    const { calls, clock, sync, platform } = await live();
    await clock.advanceAsync(31_000);
    platform.put(talking('b'));
    platform.presences = [presenceOf(me, ['a', 2, 'CallConnected'], ['b', 2, 'CallConnected'])];
    const done = sync.refreshAll();
    await clock.advanceAsync(0);
    await done;
    expect(calls.active().map(({ id, stale }) => [id, stale])).toEqual([
      ['s-a', false],
      ['s-b', false],
    ]);
  });
});

describe('a call of which no event came', () => {
  const lost = async (options: Parameters<typeof syncTestbed>[0], ms: number) => {
    const testbed = syncTestbed(options);
    testbed.sync.open();
    testbed.feed.lose('the feed has just been opened');
    await testbed.clock.advanceAsync(0);
    const comparedAt = testbed.sync.status().asOf;
    await testbed.clock.advanceAsync(ms / 2);
    expect(testbed.sync.status()).toMatchObject({ stale: false, asOf: comparedAt });
    testbed.platform.put(talking('a'));
    testbed.platform.presences = [presenceOf(me, ['a', 2, 'Ringing'])];
    await testbed.clock.advanceAsync(ms / 2 + 1_000);
    return testbed;
  };

  test.each([
    ['a minute', {}, 60_000],
    ['twenty seconds where events come by webhook, which recovers none', { recovers: false }, 20_000],
  ])(
    'is found within %s although nothing is live, and the store says when it was compared',
    async (_, options, ms) => {
      const { calls, clock, sync } = await lost(options, ms);
      expect(calls.active().map(({ id }) => id)).toEqual(['s-a']);
      expect(clock.now() - Date.parse(sync.status().asOf ?? '')).toBeLessThan(ms);
    },
  );

  test('costs one Light request a minute while nothing is live', async () => {
    const { clock, platform } = await lost({}, 60_000);
    platform.presences = [];
    platform.sessions.clear();
    await clock.advanceAsync(60_000);
    platform.asked = [];
    await clock.advanceAsync(600_000);
    expect(platform.asked).toEqual(Array.from({ length: 10 }, () => 'presence extension'));
  });
});

describe('without events', () => {
  async function denied() {
    const testbed = syncTestbed();
    testbed.platform.presences = [presenceOf(me, ['a', 2, 'CallConnected'])];
    testbed.platform.put(talking('a'));
    testbed.sync.open();
    testbed.feed.become('denied', 'The app lacks the WebSocket permission.');
    await testbed.clock.advanceAsync(0);
    testbed.platform.asked = [];
    return testbed;
  }

  test('who looks is shown what is true now, and one reading serves all who look at once', async () => {
    const { calls, clock, sync, platform } = await denied();
    platform.presences = [presenceOf(me, ['b', 2, 'Ringing'])];
    platform.sessions.delete('s-a');
    platform.put(talking('b'));
    await clock.advanceAsync(10_000);
    const looks = [sync.ensureFresh(), sync.ensureFresh(), sync.ensureFresh()];
    await clock.advanceAsync(0);
    await Promise.all(looks);
    expect(calls.active().map(({ id }) => id)).toEqual(['s-b']);
    expect(platform.asked.filter((what) => what.startsWith('presence'))).toHaveLength(1);
  });

  test('who waits is told what rings, while nobody waits nothing is asked', async () => {
    const { calls, clock, sync, platform } = await denied();
    await clock.advanceAsync(60_000);
    expect(platform.asked).toEqual([]);
    const stops = [sync.watchAll(), sync.watchAll()];
    const after = calls.history.newest;
    platform.presences = [presenceOf(me, ['a', 2, 'CallConnected'], ['b', 2, 'Ringing'])];
    platform.put(talking('b'));
    await clock.advanceAsync(6_000);
    expect(calls.history.since(after).entries.map(({ telephonySessionId }) => telephonySessionId)).toContain(
      's-b',
    );
    await clock.advanceAsync(54_000);
    // Twelve rounds a minute, whoever waits: less than a quarter of what is allowed.
    expect(platform.asked.filter((what) => what.startsWith('presence')).length).toBeLessThanOrEqual(12);
    for (const stop of stops) stop();
    platform.asked = [];
    await clock.advanceAsync(60_000);
    expect(platform.asked).toEqual([]);
  });

  test.each([
    ['that was read before it rang', 'Inbound', 'Ringing', ['Setup', 'Setup'], ['Proceeding', 'Proceeding']],
    [
      'of which presence does not tell when the other side answers',
      ...(['Outbound', 'CallConnected', ['Proceeding', 'Answered'], ['Answered', 'Answered']] as const),
    ],
  ] as const)('who waits is told of a call %s', async (_, direction, telephonyStatus, before, after) => {
    const { calls, clock, sync, platform } = await denied();
    const show = ([other, own]: readonly [string, string]) =>
      platform.put(
        reading('b', [
          [1, other],
          [2, own, me, { direction }],
        ]),
      );
    platform.presences = [presenceOf(me, ['b', 2, telephonyStatus])];
    show(before);
    const look = sync.ensureFresh();
    await clock.advanceAsync(0);
    await look;
    const stop = sync.watchAll();
    show(after);
    await clock.advanceAsync(6_000);
    expect(calls.session('s-b')?.parties.map(({ status }) => status.code)).toEqual(after);
    stop();
  });

  test('a look that fails says so, and the next that works takes it back', async () => {
    const { clock, sync, platform } = await denied();
    platform.failures = [unavailable()];
    const look = sync.ensureFresh();
    await clock.advanceAsync(0);
    await look;
    expect(sync.status().unread).toEqual([
      expect.stringContaining('could not be read again: RingCentral does not'),
    ]);
    const next = sync.ensureFresh();
    await clock.advanceAsync(0);
    await next;
    expect(sync.status()).not.toHaveProperty('unread');
  });
});

test('that presence could not be read for long is told without blaming the feed, until somebody looks', async () => {
  const { clock, sync, platform } = await live();
  const { readPresence } = platform;
  platform.readPresence = () => Promise.reject(limited());
  await clock.advanceAsync(190_000);
  platform.readPresence = readPresence;
  const text = formatStaleness(sync.status(), clock.now());
  expect(text).toMatch(
    /^Not verified since \d\d:\d\d:\d\d UTC, \d min ago\. What calls there are could not be read again: /,
  );
  const look = sync.ensureFresh();
  await clock.advanceAsync(0);
  await look;
  expect(sync.status()).toMatchObject({ state: 'live', stale: false });
});

describe('where presence lists as many calls as it can', () => {
  const seven = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const full = presenceOf(me, ...seven.map((name): [string, number, string] => [name, 2, 'CallConnected']));

  test.each([
    ['that can be found', () => Promise.resolve(['s-a', 's-h'])],
    ['that cannot', () => Promise.reject(new Failure('forbidden', 'The app lacks ReadCallLog.'))],
  ])('others %s are not denied', async (_, readActiveCallIds) => {
    const testbed = syncTestbed();
    Object.assign(testbed.platform, { readActiveCallIds });
    testbed.platform.presences = [full];
    testbed.platform.put(...[...seven, 'h'].map(talking));
    testbed.sync.open();
    testbed.feed.lose('the feed has just been opened');
    await testbed.clock.advanceAsync(0);
    expect(testbed.sync.status()).toMatchObject({
      stale: true,
      reason: expect.stringContaining('may be more'),
    });
    const found = (await readActiveCallIds().catch(() => [])).length > 0;
    expect(testbed.calls.session('s-h') !== undefined).toBe(found);
  });
});

test('account scope: a call announced by events needs no reading', async () => {
  const { calls, clock, feed, platform } = await live({ scope: 'account' });
  for (const each of inboundCall('n').slice(0, 7)) feed.emit(each, clock.now());
  await clock.advanceAsync(10_000);
  expect(platform.asked).toEqual([]);
  expect(calls.session('s-n')?.stale).toBe(false);
});
