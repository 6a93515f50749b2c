import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { CallLog, Calls } from '../../src/calls/store/call-log.ts';
import { CallStore } from '../../src/calls/store/call-store.ts';
import { LogWriter } from '../../src/cluster/line/log-writer.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { event, me, reading } from '../calls/support/store-testbed.ts';
import { hasRedis, openTestRedis, type RedisServer, startRedis, withoutRedis } from '../support/redis.ts';
import { joinTestPicture } from './support/test-picture.ts';

interface Place {
  calls: Calls;
  log: CallLog;
  /** Resolves when all that was written is in the picture. */
  merged(): Promise<void>;
}

let server: RedisServer | undefined;
beforeAll(async () => {
  if (hasRedis) server = await startRedis();
});
afterAll(() => server?.stop());

const forms: Record<string, () => Promise<Place>> = {
  async memory() {
    const calls = new CallStore({ clock: systemClock, scope: 'account' });
    return { calls, log: calls, async merged() {} };
  },
  async Redis() {
    const redis = await openTestRedis(server?.url ?? '');
    const { picture, leave } = joinTestPicture(redis);
    onTestFinished(async () => {
      leave();
      await redis.close();
    });
    const log = picture.writeBy(new LogWriter({ log: picture.log, clock: redis.clock }));
    return {
      ...{ calls: picture.calls, log },
      async merged() {
        // Comes after all that was written before.
        await log.snapshotParty('s-none', reading('none', [[1, 'Answered']]).parties[0] as never, 0);
      },
    };
  },
};

describe.each(Object.keys(forms))('the log of calls: %s', (form) => {
  const isLeftOut = form === 'Redis' && !hasRedis;
  const test = isLeftOut ? it.skip : it;
  const begin = async () => {
    const place = await (forms[form] as () => Promise<Place>)();
    await place.log.setOwnExtension(me);
    await place.log.setConnected(true);
    return place;
  };
  const answered = event({ party: 2, sequence: 5, code: 'Answered', extensionId: me });
  const codes = ({ calls }: Place) => calls.session('s-a')?.parties.map(({ status }) => status.code);
  if (isLeftOut) it.skip(withoutRedis, () => {});

  test('what is merged is in the picture', async () => {
    const place = await begin();
    place.log.apply(answered, systemClock.now());
    await place.merged();
    expect(codes(place)).toEqual(['Answered']);
    expect(place.calls.session('s-a')?.yourPartyId).toBe('p-a-2');
  });

  test('a reading that was asked for before an event does not undo it; one asked for after it does', async () => {
    const place = await begin();
    const before = place.log.stamp();
    place.log.apply(answered, systemClock.now());
    await place.log.snapshot(reading('a', [[2, 'Setup', me]]), before);
    expect(codes(place)).toEqual(['Answered']);
    await place.log.snapshot(reading('a', [[2, 'Hold', me]]), place.log.stamp());
    expect(codes(place)).toEqual(['Hold']);
  });

  test('a loss makes everything stale until it is read again', async () => {
    const place = await begin();
    await place.log.snapshot(reading('a', [[2, 'Answered', me]]), place.log.stamp());
    expect(place.calls.session('s-a')?.stale).toBe(false);
    const before = place.log.stamp();
    await place.log.markStale();
    await place.log.snapshot(reading('a', [[2, 'Answered', me]]), before);
    expect(place.calls.session('s-a')?.stale).toBe(true);
    await place.log.snapshot(reading('a', [[2, 'Answered', me]]), place.log.stamp());
    expect(place.calls.session('s-a')?.stale).toBe(false);
  });

  test('without events what came from them is stale', async () => {
    const place = await begin();
    place.log.apply(answered, systemClock.now());
    await place.log.setConnected(false);
    expect(place.calls.session('s-a')?.stale).toBe(true);
  });

  test('presence names the calls that it sees otherwise', async () => {
    const place = await begin();
    await place.log.snapshot(reading('a', [[2, 'Answered', me]]), place.log.stamp());
    const presences = [{ extensionId: me, activeCalls: [] }] as never;
    expect(await place.log.compare({ presences, at: place.log.stamp(), complete: true })).toEqual(['s-a']);
  });

  test('a call that the platform does not know is over', async () => {
    const place = await begin();
    await place.log.snapshot(reading('a', [[2, 'Answered', me]]), place.log.stamp());
    await place.log.notFound('s-a', place.log.stamp());
    expect(place.calls.session('s-a')?.over).toBe(true);
  });

  test('cursors tell each change once', async () => {
    const place = await begin();
    const cursor = place.calls.history.newest;
    place.log.apply(answered, systemClock.now());
    await place.merged();
    const slice = place.calls.history.since(cursor);
    expect(slice.entries.map(({ status }) => status)).toEqual(['Answered']);
    expect(place.calls.history.since(slice.next).entries).toEqual([]);
  });

  test('a call that was brought in is linked with its conference', async () => {
    const place = await begin();
    for (const name of ['a', 'b'])
      await place.log.snapshot(reading(name, [[1, 'Answered']]), place.log.stamp());
    await place.log.bringIn({ telephonySessionId: 's-a', partyId: 'p-a-1' }, { telephonySessionId: 's-b' });
    expect(place.calls.session('s-a')?.links?.map(({ telephonySessionId }) => telephonySessionId)).toEqual([
      's-b',
    ]);
  });
});
