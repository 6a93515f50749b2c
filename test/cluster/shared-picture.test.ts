import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallStore } from '../../src/calls/store/call-store.ts';
import { newLeaseToken } from '../../src/cluster/line/leader.ts';
import { LogWriter } from '../../src/cluster/line/log-writer.ts';
import type { SharedPicture } from '../../src/cluster/line/shared-picture.ts';
import type { OpenRedis } from '../../src/cluster/redis/redis.ts';
import { canonicalJson } from '../../src/shared/canonical.ts';
import { colleague, event, me, reading } from '../calls/support/store-testbed.ts';
import { hasRedis, openTestRedis, type RedisServer, startRedis, withoutRedis } from '../support/redis.ts';
import { joinTestPicture } from './support/test-picture.ts';

const numRuns = Number(process.env.PROPERTY_RUNS ?? 8);
const sessions = ['a', 'b', 'c'];
const owners = [undefined, me, colleague];
const codes = ['Setup', 'Proceeding', 'Answered', 'Hold', 'Disconnected'];

const session = fc.constantFrom(...sessions);
const party = fc.integer({ min: 1, max: 3 });
const code = fc.constantFrom(...codes);

/** What a replica writes, and which. */
const step = fc.record({
  by: fc.integer({ min: 0, max: 1 }),
  what: fc.oneof(
    fc.record({
      do: fc.constant('event' as const),
      session,
      party,
      code,
      sequence: fc.integer({ min: 2, max: 30 }),
    }),
    fc.record({
      do: fc.constant('reading' as const),
      session,
      parties: fc.array(fc.tuple(party, code), { maxLength: 3 }),
    }),
    fc.record({ do: fc.constant('notFound' as const), session }),
    fc.record({ do: fc.constant('loss' as const) }),
    fc.record({ do: fc.constant('connected' as const), connected: fc.boolean() }),
    fc.record({ do: fc.constant('checkpoint' as const) }),
    fc.record({ do: fc.constant('link' as const), session, other: session }),
  ),
});

/** All that a replica knows, but for how it came to it. */
const digestOf = (calls: CallStore) =>
  canonicalJson({
    frame: calls.dump(),
    calls: calls
      .knownIds()
      .toSorted()
      .map((id) => calls.dumpSession(id)),
  });

describe.skipIf(!hasRedis)(hasRedis ? 'pictures of several replicas' : withoutRedis, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server?.stop());

  const caughtUp = async ({ picture }: { picture: SharedPicture }) => {
    const last = await picture.log.lastId();
    expect(await picture.until(() => picture.has(last), 5_000)).toBe(true);
  };

  it('are equal, whoever wrote what, and whenever one joined', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
        const first = await openTestRedis(server.url);
        const prefix = first.key().replace(/:$/, '');
        const others = await Promise.all([1, 2].map(() => openTestRedis(server.url, prefix)));
        const [second, third] = others as [OpenRedis, OpenRedis];
        const replicas = [joinTestPicture(first), joinTestPicture(second)] as const;
        const token = newLeaseToken();
        const { log: lineLog, checkpoints } = replicas[0].picture;
        expect(await lineLog.acquire(token)).toBeDefined();
        replicas[0].picture.notesChanges = true;
        const writers = replicas.map(({ picture }) => {
          const writer = new LogWriter({ log: picture.log, clock: first.clock });
          return { log: picture.writeBy(writer), picture };
        });
        for (const { by, what } of steps) {
          const { log: callLog } = writers[by] as (typeof writers)[number];
          const at = callLog.stamp();
          switch (what.do) {
            case 'event': {
              const owner = owners[what.party - 1];
              const parts = { ...what, do: undefined, ...(owner && { extensionId: owner }) };
              callLog.apply(event(parts), first.clock.now());
              break;
            }
            case 'reading':
              await callLog.snapshot(
                reading(
                  what.session,
                  what.parties.map(([one, is]) => [one, is, owners[one - 1]] as const),
                ),
                at,
              );
              break;
            case 'notFound':
              await callLog.notFound(`s-${what.session}`, at);
              break;
            case 'loss':
              await callLog.markStale();
              break;
            case 'connected':
              await callLog.setConnected(what.connected);
              break;
            case 'link':
              await callLog.bringIn(
                { telephonySessionId: `s-${what.session}`, partyId: `p-${what.session}-1` },
                { telephonySessionId: `s-${what.other}` },
              );
              break;
            case 'checkpoint':
              await caughtUp(replicas[0]);
              await checkpoints.save(replicas[0].picture.calls, replicas[0].picture.lastId, token, undefined);
              break;
          }
        }
        await Promise.all(replicas.map(caughtUp));
        const late = joinTestPicture(third);
        await caughtUp(late);
        const digests = [...replicas, late].map(({ picture }) => digestOf(picture.calls));
        expect(digests[1]).toBe(digests[0]);
        expect(digests[2]).toBe(digests[0]);
        for (const { leave } of [...replicas, late]) leave();
        await Promise.all([first, second, third].map((redis) => redis.close()));
      }),
      { numRuns },
    );
  });
});
