import { describe, expect, test } from 'vitest';
import { colleague, event, me, reading } from '../support/store-testbed.ts';
import { presenceOf, syncTestbed } from '../support/sync-testbed.ts';

/** 101 called 102, whose phone rings; the store is read and live. */
async function calling(options: Parameters<typeof syncTestbed>[0] = {}) {
  const testbed = syncTestbed(options);
  testbed.platform.presences = [presenceOf(me, ['a', 1, 'CallConnected'])];
  testbed.platform.put(called('Proceeding'));
  testbed.sync.open();
  testbed.feed.lose('the feed has just been opened');
  await testbed.clock.advanceAsync(0);
  // Beyond the time in which a call that rings is followed anyway, and read a moment ago.
  await testbed.clock.advanceAsync(64_000);
  await testbed.sync.refresh('s-a');
  testbed.platform.asked = [];
  return testbed;
}
const called = (code: string) =>
  reading('a', [
    [1, 'Answered', me],
    [2, code, colleague],
  ]);

describe('a call that somebody waits for', () => {
  test('is read again every three seconds, because no event tells that the other side answers', async () => {
    const { calls, clock, sync, platform } = await calling();
    sync.watch('s-a');
    await clock.advanceAsync(2_999);
    expect(platform.asked).toEqual([]);
    platform.put(called('Answered'));
    await clock.advanceAsync(2);
    expect(calls.party('s-a', 'p-a-2')?.status.code).toBe('Answered');
    await clock.advanceAsync(9_000);
    expect(platform.asked).toEqual(['s-a', 's-a', 's-a', 's-a']);
  });

  test('is read at once when its last reading is older than that, and not before when it was read just now', async () => {
    const { clock, sync, platform } = await calling();
    await clock.advanceAsync(10_000);
    const stop = sync.watch('s-a');
    await clock.advanceAsync(0);
    expect(platform.asked).toEqual(['s-a']);
    stop();
    await clock.advanceAsync(1_000);
    sync.watch('s-a');
    await clock.advanceAsync(1_999);
    expect(platform.asked).toEqual(['s-a']);
    await clock.advanceAsync(2);
    expect(platform.asked).toEqual(['s-a', 's-a']);
  });

  test('is read once for all who wait, until the last of them has gone', async () => {
    const { clock, sync, platform } = await calling();
    const stops = [sync.watch('s-a'), sync.watch('s-a'), sync.watch('s-a', 'p-a-2')];
    await clock.advanceAsync(3_001);
    expect(platform.asked).toEqual(['s-a']);
    for (const stop of stops.splice(1)) stop();
    await clock.advanceAsync(3_000);
    expect(platform.asked).toEqual(['s-a', 's-a']);
    stops[0]?.();
    await clock.advanceAsync(20_000);
    expect(platform.asked).toEqual(['s-a', 's-a']);
  });

  test('is not read for the own party, of which events tell, nor when it is over', async () => {
    const { clock, feed, sync, platform } = await calling();
    sync.watch('s-a', 'p-a-1');
    await clock.advanceAsync(20_000);
    expect(platform.asked).toEqual([]);
    sync.watch('s-a');
    platform.put(
      reading('a', [
        [1, 'Disconnected', me],
        [2, 'Disconnected', colleague],
      ]),
    );
    feed.emit(event({ party: 1, sequence: 9, code: 'Disconnected', extensionId: me }), clock.now());
    await clock.advanceAsync(1_000);
    platform.asked = [];
    await clock.advanceAsync(20_000);
    expect(platform.asked).toEqual([]);
  });

  test('is not read at account scope, unless events do not come', async () => {
    const { clock, feed, sync, platform } = await calling({ scope: 'account' });
    sync.watch('s-a');
    await clock.advanceAsync(20_000);
    expect(platform.asked).toEqual([]);
    feed.become('waiting', 'no network');
    await clock.advanceAsync(3_001);
    expect(platform.asked).toEqual(['s-a']);
  });

  test('waits for the budget that is left for background reads', async () => {
    let waitMs = 0;
    const { clock, sync, platform } = await calling({ budgetWaitMs: () => waitMs });
    sync.watch('s-a');
    waitMs = 7_000;
    await clock.advanceAsync(6_000);
    expect(platform.asked).toEqual([]);
    waitMs = 0;
    await clock.advanceAsync(7_000);
    expect(platform.asked).toContain('s-a');
  });

  test('gets fewer reads the more calls are waited for', async () => {
    const { clock, sync, platform } = await calling({ lightPerMinute: () => 50 });
    const ids = ['a', 'b', 'c', 'd', 'e'];
    platform.put(...ids.map((id) => ({ ...called('Answered'), id: `s-${id}` })));
    for (const id of ids) await sync.refresh(`s-${id}`);
    platform.asked = [];
    for (const id of ids) sync.watch(`s-${id}`);
    await clock.advanceAsync(50_000);
    expect(platform.reads().length).toBeLessThanOrEqual(20);
    expect(new Set(platform.reads()).size).toBe(5);
  });

  test('is left alone when the sync closes', async () => {
    const { clock, sync, platform } = await calling();
    sync.watch('s-a');
    sync.close();
    await clock.advanceAsync(20_000);
    expect(platform.asked).toEqual([]);
  });
});
