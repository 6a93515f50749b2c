import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { redisAnchors } from '../../src/cluster/audit/anchors.ts';
import type { Anchor, AuditAnchors } from '../../src/guard/audit/anchors.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { hasRedis, openTestRedis, type RedisServer, startRedis, withoutRedis } from '../support/redis.ts';
import { memoryAnchors } from './support/memory-anchors.ts';

const silent = pino({ level: 'silent' });
const anchor = (sequence: number, replica = 'a'): Anchor => ({
  ...{ sequence, replica, segment: 1 + Math.floor(sequence / 10) },
  head: String(sequence).padStart(64, 'f'),
});
const [one, two, three] = ['1', '2', '3'].map((digit) => digit.repeat(64)) as [string, string, string];

type Open = (most?: number) => Promise<[AuditAnchors, AuditAnchors]>;

/** What holds of both forms; `open` gives the anchors as two replicas have them. */
function contract(open: Open) {
  const kept = async (anchors: AuditAnchors) =>
    new Map((await anchors.all()).map(({ chain, at: _, ...rest }) => [chain, rest]));

  it('are seen by all replicas, with what was told and when', async () => {
    const [here, there] = await open();
    expect(await there.all()).toEqual([]);
    await here.anchor(one, anchor(3, 'a'));
    await there.anchor(two, anchor(12, 'b'));
    expect(await kept(there)).toEqual(
      new Map([
        [one, anchor(3, 'a')],
        [two, anchor(12, 'b')],
      ]),
    );
    for (const { at } of await here.all()) expect(Math.abs(at - Date.now())).toBeLessThan(60_000);
  });

  it('keep the latest by sequence, whatever comes last', async () => {
    const [here, there] = await open();
    await Promise.all([3, 1, 7, 5].map((sequence) => here.anchor(one, anchor(sequence))));
    await there.anchor(one, anchor(6));
    expect(await kept(here)).toEqual(new Map([[one, anchor(7)]]));
  });

  it('say when the same one was set again', async () => {
    const [here] = await open();
    await here.anchor(one, anchor(3));
    const [before] = await here.all();
    await here.anchor(one, anchor(3));
    const [after] = await here.all();
    expect(after?.at).toBeGreaterThanOrEqual(before?.at ?? Number.NaN);
    expect(after).toMatchObject(anchor(3));
  });

  it('are so many at most: the chain that was told of longest ago makes room', async () => {
    const [here] = await open(2);
    await here.anchor(one, anchor(1));
    await passes(here);
    await here.anchor(two, anchor(2));
    await passes(here);
    await here.anchor(one, anchor(1));
    await passes(here);
    await here.anchor(three, anchor(3));
    expect([...(await kept(here)).keys()].sort()).toEqual([one, three]);
  });

  /** Waits until it is later than the last anchor: by their times they are put in order. */
  async function passes(anchors: AuditAnchors) {
    const latest = Math.max(...(await anchors.all()).map(({ at }) => at));
    await expect.poll(() => Date.now()).toBeGreaterThan(latest);
  }
}

describe('anchors in memory', () => {
  contract(async (most) => {
    const anchors = memoryAnchors(systemClock, most);
    return [anchors, anchors];
  });
});

describe.skipIf(!hasRedis)(hasRedis ? 'anchors in Redis' : withoutRedis, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server?.stop());

  const open = async (prefix: string, most?: number) => {
    const redis = await openTestRedis(server.url, prefix);
    onTestFinished(() => redis.close());
    return redisAnchors(redis, silent, most);
  };
  let count = 0;
  const prefix = () => {
    count += 1;
    return `anchors-${count}`;
  };

  contract(async (most) => {
    const shared = prefix();
    return [await open(shared, most), await open(shared, most)];
  });

  it('are refused while Redis does not answer, and go on when it does', async () => {
    const anchors = await open(prefix());
    await anchors.anchor(one, anchor(1));
    server.freeze();
    await expect(anchors.anchor(one, anchor(2))).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(anchors.all()).rejects.toMatchObject({ kind: 'unavailable' });
    server.thaw();
    await expect
      .poll(() =>
        anchors.anchor(one, anchor(3)).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    expect(await anchors.all()).toMatchObject([anchor(3)]);
  });
});

describe.skipIf(!hasRedis)(hasRedis ? 'an anchor that is damaged in Redis' : withoutRedis, () => {
  it.each(['no JSON', 'null', '{"sequence":1}'])('%s is told with its key', async (damaged) => {
    const own = await startRedis();
    onTestFinished(() => own.stop());
    const redis = await openTestRedis(own.url);
    onTestFinished(() => redis.close());
    const anchors = redisAnchors(redis, silent);
    await anchors.anchor(one, anchor(1));
    const key = redis.key('audit', 'anchors');
    await redis.send('HSET', key, two, damaged);
    await expect(anchors.all()).rejects.toThrow(
      `anchor of chain ${two.slice(0, 12)} in Redis (${key}) is damaged`,
    );
  });

  it.each(['no JSON', 'null', '7', '{"sequence":9}'])(
    '%s is set anew by the log that it is of, which says so once',
    async (damaged) => {
      const own = await startRedis();
      onTestFinished(() => own.stop());
      const redis = await openTestRedis(own.url);
      onTestFinished(() => redis.close());
      const lines: string[] = [];
      const anchors = redisAnchors(redis, pino({}, { write: (line) => void lines.push(line) }));
      const key = redis.key('audit', 'anchors');
      await redis.send('HSET', key, one, damaged);
      for (const sequence of [1, 2]) await anchors.anchor(one, anchor(sequence));
      expect(await anchors.all()).toMatchObject([anchor(2)]);
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain(key);
    },
  );
});
