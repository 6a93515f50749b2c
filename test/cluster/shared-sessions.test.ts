import { randomBytes } from 'node:crypto';
import { type Logger, pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OpenRedis } from '../../src/cluster/redis/redis.ts';
import { redisSessionRegister } from '../../src/cluster/sessions/redis-session-register.ts';
import type { HttpServer } from '../../src/transports/http/start-http.ts';
import { createKey } from '../../src/transports/identity/keys.ts';
import { type ManualClock, manualClock } from '../support/clock.ts';
import { hasRedis, openTestRedis, type RedisServer, startRedis, withoutRedis } from '../support/redis.ts';
import { Fixture } from '../transports/support/fixture.ts';
import { ask, initialize, openSession, stream } from '../transports/support/wire.ts';

const soon = { timeout: 10_000, interval: 20 };
const ping = { jsonrpc: '2.0', id: 'ping', method: 'ping' };

describe.skipIf(!hasRedis)(hasRedis ? 'sessions that replicas share' : withoutRedis, () => {
  let server: RedisServer;
  let redis: OpenRedis[];
  let fixtures: Fixture[];
  let https: HttpServer[];
  let clock: ManualClock;
  /** What the second replica has logged from `warn` on. */
  let warned: string[];
  const [alice, bob] = ['alice', 'bob'].map((name) => createKey(name, ['calls:read']));
  const asAlice = { authorization: `Bearer ${alice?.key}` };
  const asBob = { authorization: `Bearer ${bob?.key}` };

  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    clock = manualClock();
    const first = await openTestRedis(server.url);
    redis = [first, await openTestRedis(server.url, first.key('').slice(0, -1))];
    const key = randomBytes(32);
    warned = [];
    const logs = [
      pino({ level: 'silent' }),
      pino({ level: 'warn' }, { write: (line) => void warned.push(line) }),
    ];
    fixtures = [new Fixture(), new Fixture()];
    https = await Promise.all(
      fixtures.map((fixture, place) =>
        fixture.start({
          config: {
            host: '127.0.0.1',
            port: 0,
            keys: { text: JSON.stringify([alice?.entry, bob?.entry]), where: 'the test' },
          },
          clock,
          log: logs[place] as Logger,
          replicas: { register: redisSessionRegister(redis[place] as OpenRedis), keys: [key] },
        }),
      ),
    );
  });
  afterEach(async () => {
    server.thaw();
    await Promise.all(https.map((http) => http.close()));
    await Promise.all(redis.map((one) => one.close()));
  });

  /** The key of what is kept of a session. */
  const keptIn = (id: string) => {
    const [first] = redis as [OpenRedis];
    return first.key('sess', redisSessionRegister(first).nameOf(id), 'ev');
  };

  const url = (place: number) => https[place]?.url ?? '';
  const fixture = (place: number) => fixtures[place] as Fixture;
  const open = () => openSession(url(0), '2025-11-25', asAlice);
  const statusAt = async (place: number, headers: Record<string, string>) =>
    (await ask(url(place), { headers, body: ping })).status;

  it('live at one of them', async () => {
    const session = await open();
    expect(await statusAt(1, session.headers)).toBe(200);
    expect(await statusAt(0, session.headers)).toBe(200);
    expect(fixtures.map(({ live }) => live)).toEqual([1, 0]);
  });

  it('carry the principal of the request, and take no other', async () => {
    const session = await open();
    const whoami = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'whoami', arguments: {} } };
    const { json } = await ask(url(1), { headers: session.headers, body: whoami });
    expect(JSON.parse(json.result.content[0].text)).toEqual({
      clientId: 'key:alice',
      scopes: ['calls:read'],
      token: '',
    });
    for (const place of [0, 1]) {
      expect(await statusAt(place, { ...session.headers, ...asBob })).toBe(404);
    }
  });

  it('give a client that takes JSON alone its answer as JSON', async () => {
    const session = await open();
    const answer = await ask(url(1), {
      headers: { ...session.headers, accept: 'application/json' },
      body: ping,
    });
    expect(answer.headers['content-type']).toBe('application/json');
    expect(JSON.parse(answer.text)).toEqual({ jsonrpc: '2.0', id: 'ping', result: {} });
  });

  it('end everywhere when they were idle', async () => {
    const session = await open();
    expect(await statusAt(1, session.headers)).toBe(200);
    await expect
      .poll(async () => {
        await clock.advanceAsync(31 * 60_000);
        return statusAt(1, session.headers);
      }, soon)
      .toBe(404);
    expect(await statusAt(0, session.headers)).toBe(404);
    expect(fixture(0).live).toBe(0);
  });

  it('end everywhere with the right of their principal', async () => {
    const session = await open();
    const other = await openSession(url(0), '2025-11-25', asBob);
    const told = await stream(url(1), { headers: session.headers });
    await https[1]?.endAllOf(({ name }) => name === 'key:alice', 'The test ends it.');
    await told.ended;
    await expect.poll(() => fixture(0).live, soon).toBe(1);
    for (const place of [0, 1]) {
      expect(await statusAt(place, session.headers)).toBe(404);
      expect(await statusAt(place, other.headers)).toBe(200);
    }
  });

  it('go on at their replica without Redis; nothing new begins, and nothing is passed on', async () => {
    const session = await open();
    await session.request('resources/subscribe', { uri: 'fixture://value' });
    const told = await stream(url(0), { headers: session.headers });
    fixture(0).change();
    await expect.poll(() => told.messages.length, soon).toBe(1);
    server.freeze();
    await expect.poll(() => statusAt(1, session.headers), soon).toBe(503);
    const refused = await ask(url(0), { headers: asAlice, body: initialize() });
    expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect(await statusAt(0, session.headers)).toBe(200);
    fixture(0).change();
    await expect.poll(() => told.messages.length, soon).toBe(2);
    const missed = told.eventIds[0] ?? '';
    told.close();
    server.thaw();
    await expect.poll(() => statusAt(1, session.headers), soon).toBe(200);
    // Whoever takes it over has what came while Redis was away.
    await https[0]?.close();
    const resumed = await stream(url(1), { headers: { ...session.headers, 'last-event-id': missed } });
    await expect
      .poll(() => resumed.messages.map(({ method }) => method), soon)
      .toContain('notifications/resources/updated');
    expect(fixture(1).connections.at(-1)?.watchList?.uris).toEqual(['fixture://value']);
    resumed.close();
  });

  it('are known again after Redis was emptied', async () => {
    const session = await open();
    await session.request('resources/subscribe', { uri: 'fixture://value' });
    await server.cli('FLUSHALL');
    await expect.poll(() => statusAt(1, session.headers), soon).toBe(200);
    await https[0]?.close();
    expect(await statusAt(1, session.headers)).toBe(200);
    expect(fixture(1).connections.at(-1)?.watchList?.uris).toEqual(['fixture://value']);
  });

  it('move to another replica when theirs stops, once its requests have their answers', async () => {
    const session = await open();
    let finish = (_text: string) => {};
    let isWorking = false;
    fixture(0).work = () =>
      new Promise((resolve) => {
        isWorking = true;
        finish = resolve;
      });
    const answer = session.request('tools/call', { name: 'work', arguments: {} });
    await expect.poll(() => isWorking, soon).toBe(true);
    const closed = https[0]?.close();
    const other = statusAt(1, session.headers);
    finish('finished');
    expect((await answer).json.result.content[0].text).toBe('finished');
    await closed;
    expect(await other).toBe(200);
    expect(fixtures.map(({ live }) => live)).toEqual([0, 1]);
  });

  it('move while theirs still serves: each request is answered, and run once, wherever it comes in', async () => {
    let runs = 0;
    for (const one of fixtures) one.work = async () => String(++runs);
    const session = await open();
    const answers: { status: number }[] = [];
    const asking = [0, 1].map(async (place) => {
      for (let nth = 0; nth < 40; nth += 1) {
        const id = `${place}-${nth}`;
        const call = { jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'work', arguments: {} } };
        answers.push(await ask(url(place), { headers: session.headers, body: call }));
      }
    });
    await expect.poll(() => answers.length, { interval: 1 }).toBeGreaterThan(10);
    await https[0]?.handOver?.();
    await Promise.all(asking);
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(runs).toBe(80);
    expect(fixtures.map(({ live }) => live)).toEqual([0, 1]);
  });

  it('stay at a replica that ends where no other lives', async () => {
    const session = await open();
    await https[1]?.close();
    await https[0]?.handOver?.();
    expect(await statusAt(0, session.headers)).toBe(200);
    expect(fixture(0).live).toBe(1);
  });

  it.each(['no JSON', '7', '["_GET_stream"]', '["_GET_stream","no JSON"]', '["_GET_stream","null"]'])(
    'are taken over with all that is kept but an event that is damaged: %s',
    async (damaged) => {
      const session = await open();
      await session.request('resources/subscribe', { uri: 'fixture://value' });
      const answer = await stream(url(0), { method: 'POST', headers: session.headers, body: ping });
      await answer.ended;
      const key = keptIn(session.id);
      await redis[0]?.send('HSET', key, 'e:1', damaged, 'lost', '{}');
      await https[0]?.close();

      const headers = { ...session.headers, 'last-event-id': answer.eventIds[0] ?? '' };
      const again = await stream(url(1), { headers });
      await again.ended;
      expect(again.messages).toEqual([{ jsonrpc: '2.0', id: 'ping', result: {} }]);
      expect(fixture(1).connections.at(-1)?.watchList?.uris).toEqual(['fixture://value']);
      const [warning, ...more] = warned.map((line) => JSON.parse(line));
      expect(warning).toMatchObject({ key, fields: expect.arrayContaining(['e:1', 'lost']) });
      expect(warning.fields).toHaveLength(2);
      expect(more).toEqual([]);
      // The next replica finds nothing damaged.
      await expect.poll(() => redis[1]?.send('HMGET', key, 'e:1', 'lost'), soon).toEqual([null, null]);
    },
  );

  it('end where nobody could go on with them, because their initialize is damaged', async () => {
    const session = await open();
    const key = keptIn(session.id).slice(0, -':ev'.length);
    const record = JSON.parse(String(await redis[0]?.send('HGET', key, 'record')));
    await redis[0]?.send('HSET', key, 'record', JSON.stringify({ ...record, initialize: 7 }));
    await https[0]?.close();
    expect(await statusAt(1, session.headers)).toBe(404);
    expect(warned.map((line) => JSON.parse(line))).toMatchObject([{ key }]);
  });
});
