import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { SharedTokenStore } from '../../src/cluster/auth/shared-token-store.ts';
import { MemoryTokenStore } from '../../src/ringcentral/auth/memory-token-store.ts';
import type {
  Claim,
  KeptTokens,
  LoginTokens,
  TokenStore,
  TokenTurn,
} from '../../src/ringcentral/auth/token-store.ts';
import type { Clock } from '../../src/shared/clock.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { Failure } from '../../src/shared/failure.ts';
import { createSealer } from '../../src/team/seal.ts';
import { newTeamKey, teamKeys } from '../../src/team/team-keys.ts';
import { silent } from '../ringcentral/support/testbed.ts';
import { hasRedis, openTestRedis, type RedisServer, startRedis, withoutRedis } from '../support/redis.ts';
import { atTime } from './support/at-time.ts';

const pair = (name: string): LoginTokens => ({
  accessToken: `access token ${name}`,
  expiresInMs: 3_600_000,
  refreshToken: `refresh token ${name}`,
  refreshExpiresInMs: 604_800_000,
  scope: 'CallControl ReadPresence',
  ownerId: '101',
});
const credentials = { serverUrl: 'https://platform.example', clientId: 'app', jwt: 'credential' };
const sealer = createSealer(teamKeys(newTeamKey()));
const open = new AbortController().signal;

const turnOf = (claimed: Claim): TokenTurn => {
  if (!('keep' in claimed)) throw new Error('no turn');
  return claimed;
};
const keptOf = (claimed: Claim): KeptTokens => {
  if (!('tokens' in claimed)) throw new Error('no tokens');
  return claimed;
};

let server: RedisServer | undefined;
beforeAll(async () => {
  if (hasRedis) server = await startRedis();
});
afterAll(() => server?.stop());

const connect = async (prefix = 'tokens') => {
  const redis = await openTestRedis(server?.url ?? '', prefix);
  onTestFinished(() => redis.close());
  return redis;
};

/** The stores of so many users of one login. */
type OpenStores = (count: number, clock?: Clock) => Promise<TokenStore[]>;

const inMemory: OpenStores = async (count, clock = systemClock) => {
  const store = new MemoryTokenStore(clock);
  return Array.from({ length: count }, () => store);
};
const onRedis: OpenStores = async (count, clock) => {
  const login = randomUUID();
  const stores = Array.from({ length: count }, async () => {
    const redis = await connect();
    const timed = clock ? atTime(redis, clock) : redis;
    return new SharedTokenStore({ redis: timed, sealer, login, credentials, log: silent });
  });
  return Promise.all(stores);
};
const forms: { name: string; stores: OpenStores }[] = [
  { name: 'in memory', stores: inMemory },
  ...(hasRedis ? [{ name: 'on Redis', stores: onRedis }] : []),
];

describe.each(forms)('tokens of a login $name', ({ stores }) => {
  it('one asks for all: the others wait, and have what it was given', async () => {
    const [one, ...others] = await stores(4);
    const turn = turnOf((await one?.claim(0, open)) as TokenTurn);
    const waiting = others.map((store) => store.claim(0, open));
    const generation = await turn.keep(pair('first'));
    expect(generation).toBeGreaterThan(0);
    for (const claimed of await Promise.all(waiting)) {
      const kept = keptOf(claimed);
      expect(kept.generation).toBe(generation);
      expect(kept.tokens).toMatchObject({ accessToken: 'access token first', ownerId: '101' });
    }
  });

  it('who has the present tokens already gets the turn, and each pair has another generation', async () => {
    const [one, other] = await stores(2);
    const first = await turnOf((await one?.claim(0, open)) as TokenTurn).keep(pair('first'));
    const second = await turnOf((await other?.claim(first ?? 0, open)) as TokenTurn).keep(pair('second'));
    expect(second).not.toBe(first);
    expect(keptOf((await one?.claim(first ?? 0, open)) as KeptTokens).tokens.accessToken).toBe(
      'access token second',
    );
  });

  it('a turn that was of no use goes to the next', async () => {
    const [one, other] = await stores(2);
    const turn = turnOf((await one?.claim(0, open)) as TokenTurn);
    const next = other?.claim(0, open);
    await turn.release();
    turnOf((await next) as TokenTurn);
  });

  it('a refusal of the login is told to all who would ask again, for a while', async () => {
    let now = Date.now();
    const [one, other] = await stores(2, { ...systemClock, now: () => now });
    const refusal = { status: 400, body: '{"error":"invalid_grant"}' };
    await turnOf((await one?.claim(0, open)) as TokenTurn).release(refusal);
    for (const store of [one, other]) expect(await store?.claim(0, open)).toEqual({ refusal });
    now += 20_000;
    turnOf((await other?.claim(0, open)) as TokenTurn);
  });

  it('who waits can be told not to', async () => {
    const [one, other] = await stores(2);
    turnOf((await one?.claim(0, open)) as TokenTurn);
    const controller = new AbortController();
    const waiting = other?.claim(0, controller.signal);
    const why = new Failure('unavailable', 'The server is shutting down.');
    controller.abort(why);
    await expect(waiting).rejects.toBe(why);
  });

  it('tells how long tokens are good for from now', async () => {
    let now = Date.now();
    const [one, other] = await stores(2, { ...systemClock, now: () => now });
    await turnOf((await one?.claim(0, open)) as TokenTurn).keep(pair('first'));
    now += 600_000;
    expect(keptOf((await other?.claim(0, open)) as KeptTokens).tokens).toMatchObject({
      expiresInMs: 3_000_000,
      refreshExpiresInMs: 604_200_000,
    });
  });
});

describe.skipIf(!hasRedis)(hasRedis ? 'tokens of a login in Redis' : withoutRedis, () => {
  const shared = async (more: Partial<ConstructorParameters<typeof SharedTokenStore>[0]> = {}) =>
    new SharedTokenStore({
      ...{ redis: await connect(), sealer, login: randomUUID(), credentials, log: silent },
      ...more,
    });

  it('are sealed, and go when they are of no use any more', async () => {
    const prefix = randomUUID();
    const store = await shared({ redis: await connect(prefix), login: 'one' });
    await turnOf(await store.claim(0, open)).keep(pair('secret'));
    const record = await server?.cli('HGETALL', `${prefix}:login:one`);
    expect(record).toContain('sealed');
    expect(record).not.toMatch(/token secret|CallControl/);
    expect(Number(await server?.cli('PTTL', `${prefix}:login:one`))).toBeGreaterThan(604_000_000);
    expect(await server?.cli('KEYS', `${prefix}:*`)).toBe(`${prefix}:login:one`);
  });

  it('of other credentials, or under another team key, count as none', async () => {
    const login = randomUUID();
    await turnOf(await (await shared({ login })).claim(0, open)).keep(pair('first'));
    const otherPerson = await shared({ login, credentials: { ...credentials, jwt: 'of somebody else' } });
    const generation = await turnOf(await otherPerson.claim(0, open)).keep(pair('other'));
    expect(generation).toBeGreaterThan(0);
    const otherKey = await shared({ login, sealer: createSealer(teamKeys(newTeamKey())) });
    turnOf(await otherKey.claim(0, open));
  });

  it('the turn of one that died goes to the next; one that lives keeps it', async () => {
    const [login, turnMs] = [randomUUID(), 300];
    const [redis, others] = [await connect(), await connect()];
    turnOf(await (await shared({ redis, login, turnMs })).claim(0, open));
    const begun = others.clock.now();
    let isOver = false;
    const next = (await shared({ redis: others, login, turnMs })).claim(0, open).finally(() => {
      isOver = true;
    });
    await expect.poll(() => isOver || others.clock.now() - begun > 3 * turnMs).toBe(true);
    expect(isOver).toBe(false);
    await redis.close();
    turnOf(await next);
  });

  it('who lost the turn keeps nothing over the tokens of others', async () => {
    const [login, turnMs] = [randomUUID(), 200];
    const slow = await connect();
    const turn = turnOf(await (await shared({ redis: { ...frozen(slow) }, login, turnMs })).claim(0, open));
    const generation = await turnOf(await (await shared({ login, turnMs })).claim(0, open)).keep(
      pair('theirs'),
    );
    expect(await turn.keep(pair('late'))).toBeUndefined();
    const kept = keptOf(await (await shared({ login })).claim(0, open));
    expect(kept).toMatchObject({ generation, tokens: { accessToken: 'access token theirs' } });
  });

  it('is kept once where the answer to that is lost', async () => {
    const redis = await connect();
    let lost = 0;
    const losing: typeof redis = {
      ...frozen(redis),
      async run(...script) {
        const answer = await redis.run(...script);
        if (script[1].length === 3 && script[2]?.length === 5 && lost++ === 0)
          throw new Failure('unavailable', 'lost');
        return answer;
      },
    };
    const login = randomUUID();
    const generation = await turnOf(await (await shared({ redis: losing, login })).claim(0, open)).keep(
      pair('first'),
    );
    expect(lost).toBe(2);
    expect(keptOf(await (await shared({ login })).claim(0, open)).generation).toBe(generation);
  });
});

/** That connection of a process whose timers do not run. */
const frozen = (redis: Awaited<ReturnType<typeof connect>>): typeof redis => ({
  ...{ replica: redis.replica, isUp: redis.isUp, close: () => redis.close() },
  clock: { now: () => redis.clock.now(), after: () => () => {} },
  key: (...parts) => redis.key(...parts),
  run: (...script) => redis.run(...script),
  send: (...command) => redis.send(...command),
  onChange: (listener) => redis.onChange(listener),
  createReader: (ready) => redis.createReader(ready),
});

describe.skipIf(!hasRedis)(hasRedis ? 'tokens of a login that are damaged in Redis' : withoutRedis, () => {
  it.each<[string, string[]]>([
    ['that are none', ['generation', 'damaged', 'sealed', 'damaged']],
    ['that cannot be opened', ['generation', '7', 'sealed', 'damaged']],
    ['of which only the number is left', ['generation', '7']],
  ])('%s count as none: the login is made anew, and kept', async (_what, fields) => {
    const [redis, login] = [await connect(), randomUUID()];
    const store = new SharedTokenStore({ redis, sealer, login, credentials, log: silent });
    await redis.send('HSET', redis.key('login', login), ...fields);
    const generation = await turnOf(await store.claim(0, open)).keep(pair('anew'));
    expect(keptOf(await store.claim(0, open))).toMatchObject({ generation });
  });

  it.each(['damaged', 'null', '7', '{}'])('a refusal that says %s counts as none', async (damaged) => {
    const [redis, login] = [await connect(), randomUUID()];
    const store = new SharedTokenStore({ redis, sealer, login, credentials, log: silent });
    await turnOf(await store.claim(0, open)).release({ status: 400, body: '{}' });
    const [key = ''] = (await redis.send('KEYS', redis.key('login', login, 'refused', '*'))) as string[];
    await redis.send('SET', key, `${redis.clock.now() + 60_000} ${damaged}`);
    turnOf(await store.claim(0, open));
  });
});
