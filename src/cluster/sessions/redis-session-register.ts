import { createHash } from 'node:crypto';
import type {
  Claim,
  KeptFields,
  KnownSession,
  SessionRecord,
  SessionRegister,
  Standing,
} from '../../transports/http/replicas/session-register.ts';
import { jsonObject } from '../redis/json-object.ts';
import { defineScript, type Redis } from '../redis/redis.ts';

/** In ms. A session that nobody has renewed for so long is forgotten: longer than the time after which idle ones end. */
const sessionTtlMs = 45 * 60_000;
/** In ms: a replica that has not said for so long that it lives counts as dead. */
const leaseMs = 3_000;
/** Claims that one script looks at. */
const atOnce = 200;

/** In scripts that begin with the key of a session, the replica and its epoch: how the claim stands. */
const standing = `
local function standing(key, replica, epoch)
  local found = redis.call('HMGET', key, 'owner', 'epoch', 'ended')
  if not found[2] then return 'missing' end
  if found[1] == replica and found[2] == epoch and not found[3] then return 'held' end
  return 'over'
end
local function renew(key, kept, index, name)
  redis.call('PEXPIRE', key, ${sessionTtlMs})
  redis.call('PEXPIRE', kept, ${sessionTtlMs})
  redis.call('ZADD', index, now + ${sessionTtlMs}, name)
end
`;

/** KEYS: the replica, its sessions that are to end, who takes sessions over. ARGV: its address and name, 1 where it leaves. */
const beat = defineScript(`
local had = redis.call('EXISTS', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ${leaseMs})
local ended = redis.call('SMEMBERS', KEYS[2])
redis.call('DEL', KEYS[2])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
if ARGV[3] == '1' then redis.call('ZREM', KEYS[3], ARGV[2]) else redis.call('ZADD', KEYS[3], now + ${leaseMs}, ARGV[2]) end
redis.call('PEXPIRE', KEYS[3], ${leaseMs})
return {had, ended}
`);

/** KEYS: the session, what is kept, the index. ARGV: replica, epoch, record, name. */
const enter = defineScript(`${standing}
if redis.call('EXISTS', KEYS[1]) == 1 then return standing(KEYS[1], ARGV[1], ARGV[2]) end
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'epoch', ARGV[2], 'record', ARGV[3])
redis.call('DEL', KEYS[2])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
renew(KEYS[1], KEYS[2], KEYS[3], ARGV[4])
return 'held'
`);

/** KEYS: who takes sessions over. ARGV: what keys of replicas begin with, the replica that asks. */
const candidates = defineScript(`
local living = {}
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], now, '+inf')) do
  local url = redis.call('GET', ARGV[1] .. name)
  if url and name ~= ARGV[2] then living[#living + 1] = {name, url} end
end
return living
`);

/** KEYS: the session, who takes sessions over. ARGV: what keys of replicas begin with. */
const find = defineScript(`
local found = redis.call('HMGET', KEYS[1], 'owner', 'epoch', 'record', 'ended')
if not found[2] or found[4] then return nil end
return {found[1], found[2], found[3], redis.call('ZSCORE', KEYS[2], found[1]), redis.call('GET', ARGV[1] .. found[1])}
`);

/** KEYS: the session, what is kept, the index. ARGV: replica, epoch, what keys of replicas begin with, name. */
const adopt = defineScript(`${standing}
local found = redis.call('HMGET', KEYS[1], 'owner', 'epoch', 'ended')
if found[2] ~= ARGV[2] or found[3] then return nil end
if found[1] ~= ARGV[1] and redis.call('EXISTS', ARGV[3] .. found[1]) == 1 then return nil end
redis.call('HSET', KEYS[1], 'owner', ARGV[1])
local epoch = redis.call('HINCRBY', KEYS[1], 'epoch', 1)
renew(KEYS[1], KEYS[2], KEYS[3], ARGV[4])
return {epoch, redis.call('HGETALL', KEYS[2])}
`);

/** KEYS: the session, what is kept. ARGV: replica, epoch, 1 where all before goes, number of fields that go, them, pairs. */
const keep = defineScript(`${standing}
local state = standing(KEYS[1], ARGV[1], ARGV[2])
if state ~= 'held' then return state end
if ARGV[3] == '1' then redis.call('DEL', KEYS[2]) end
local drop = tonumber(ARGV[4])
for i = 5, 4 + drop do redis.call('HDEL', KEYS[2], ARGV[i]) end
for i = 5 + drop, #ARGV - 2, 2 do redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
redis.call('PEXPIRE', KEYS[2], ${sessionTtlMs})
return state
`);

/** KEYS: the index, then of each claim the session and what is kept. ARGV: replica, then of each claim epoch and name. */
const renewAll = defineScript(`${standing}
local states = {}
for i = 2, #KEYS, 2 do
  local state = standing(KEYS[i], ARGV[1], ARGV[i])
  if state == 'held' then renew(KEYS[i], KEYS[i + 1], KEYS[1], ARGV[i + 1]) end
  states[#states + 1] = state
end
return states
`);

/** KEYS: the session. ARGV: replica, epoch. */
const release = defineScript(`${standing}
if standing(KEYS[1], ARGV[1], ARGV[2]) == 'held' then redis.call('HSET', KEYS[1], 'owner', '') end
`);

/** KEYS: the session, what is kept, the index. ARGV: replica, epoch, name. */
const end = defineScript(`${standing}
if standing(KEYS[1], ARGV[1], ARGV[2]) == 'over' then return end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('ZREM', KEYS[3], ARGV[3])
`);

/**
 * KEYS: the session, what is kept, the index. ARGV: what keys of replicas begin with, what their lists of ended sessions
 * end with, name.
 */
const condemn = defineScript(`
local owner = redis.call('HGET', KEYS[1], 'owner')
if not owner then return end
redis.call('ZREM', KEYS[3], ARGV[3])
if redis.call('EXISTS', ARGV[1] .. owner) == 0 then
  redis.call('DEL', KEYS[1], KEYS[2])
  return
end
redis.call('HSET', KEYS[1], 'ended', '1')
redis.call('PEXPIRE', KEYS[1], 60000)
redis.call('SADD', ARGV[1] .. owner .. ARGV[2], ARGV[3])
redis.call('PEXPIRE', ARGV[1] .. owner .. ARGV[2], 60000)
`);

type StoredRecord = Omit<SessionRecord, 'principal'> & {
  principal: { name: string; scopes: string[]; grant?: string };
};

/** The register of sessions in Redis. */
export function redisSessionRegister(redis: Redis): SessionRegister {
  const { replica } = redis;
  const index = redis.key('sess', 'index');
  const replicas = redis.key('session', 'replica', '');
  const takers = redis.key('session', 'takers');
  const endings = ':ended';
  const sessionKey = (name: string) => redis.key('sess', name);
  const keptKey = (name: string) => redis.key('sess', name, 'ev');
  const keysOf = (id: string) => [sessionKey(nameOf(id)), keptKey(nameOf(id)), index];

  return {
    replica,
    clock: redis.clock,
    get isUp() {
      return redis.isUp;
    },
    onUp: (listener) => redis.onChange((isUp) => isUp && listener()),

    nameOf,
    keysOf: (id) => ({ record: sessionKey(nameOf(id)), kept: keptKey(nameOf(id)) }),

    async beat(url, isLeaving) {
      const keys = [`${replicas}${replica}`, `${replicas}${replica}${endings}`, takers];
      const args = [url, replica, Number(isLeaving)];
      const [had, ended] = (await redis.run(beat, keys, args)) as [number, string[]];
      return { hadLapsed: had === 0, ended };
    },

    async leave() {
      await redis.send('DEL', `${replicas}${replica}`);
    },

    async candidates() {
      const living = (await redis.run(candidates, [takers], [replicas, replica])) as [string, string][];
      return living.map(([other, url]) => ({ replica: other, url }));
    },

    isLiving: async (other) => (await redis.send('EXISTS', `${replicas}${other}`)) === 1,

    async enter({ id, epoch }, { principal, kind, initialize }) {
      const { name, scopes, grant } = principal;
      const record: StoredRecord = {
        principal: { name, scopes: [...scopes], ...(grant !== undefined && { grant }) },
        kind,
        ...(initialize !== undefined && { initialize }),
      };
      await redis.run(enter, keysOf(id), [replica, epoch, JSON.stringify(record), nameOf(id)]);
    },

    async find(id): Promise<KnownSession | undefined> {
      const found = await redis.run(find, [sessionKey(nameOf(id)), takers], [replicas]);
      if (!Array.isArray(found)) return undefined;
      const [owner, epoch, text, takes, url] = found as [string, string, string, string?, string?];
      const record = readRecord(text);
      if (!record) return undefined;
      return {
        ...record,
        epoch: Number(epoch),
        ...(url && { owner: { replica: owner, url, isLeaving: !takes } }),
      };
    },

    async adopt(id, epoch) {
      const args = [replica, epoch, replicas, nameOf(id)];
      const adopted = (await redis.run(adopt, keysOf(id), args)) as [number, string[]] | undefined;
      if (!adopted) return undefined;
      const [next, fields] = adopted;
      const kept = new Map<string, string>();
      for (let at = 0; at < fields.length; at += 2) kept.set(fields[at] ?? '', fields[at + 1] ?? '');
      return { epoch: next, kept };
    },

    async keep({ id, epoch }, { isWhole = false, put, drop }: KeptFields) {
      const args = [replica, epoch, isWhole ? 1 : 0, drop.length, ...drop, ...put.flat()];
      return (await redis.run(keep, keysOf(id).slice(0, 2), args)) as Standing;
    },

    async renew(claims) {
      const states: Standing[] = [];
      for (let at = 0; at < claims.length; at += atOnce) {
        const some = claims.slice(at, at + atOnce);
        const keys = [index, ...some.flatMap(({ id }) => [sessionKey(nameOf(id)), keptKey(nameOf(id))])];
        const args = [replica, ...some.flatMap(({ id, epoch }) => [epoch, nameOf(id)])];
        states.push(...((await redis.run(renewAll, keys, args)) as Standing[]));
      }
      return states;
    },

    async release({ id, epoch }: Claim) {
      await redis.run(release, keysOf(id).slice(0, 1), [replica, epoch]);
    },

    async end({ id, epoch }: Claim) {
      await redis.run(end, keysOf(id), [replica, epoch, nameOf(id)]);
    },

    async endOf(isEnded) {
      const names = (await redis.send('ZRANGE', index, 0, -1)) as string[];
      for (const name of names) {
        const text = (await redis.send('HGET', sessionKey(name), 'record')) as string | null;
        const record = text === null ? undefined : readRecord(text);
        if (!record || !isEnded(record.principal)) continue;
        await redis.run(condemn, [sessionKey(name), keptKey(name), index], [replicas, endings, name]);
      }
    },
  };
}

/** What a session is called in Redis: whoever reads keys must not learn its id. */
const nameOf = (id: string): string => createHash('sha256').update(id).digest('base64url').slice(0, 22);

/** Undefined for a damaged one: nobody can tell whose session it is, and none serves it. */
function readRecord(text: string): SessionRecord | undefined {
  const { principal, ...rest } = (jsonObject(text) ?? {}) as Partial<StoredRecord>;
  if (!Array.isArray(principal?.scopes) || !rest.kind) return undefined;
  return { ...rest, kind: rest.kind, principal: { ...principal, scopes: new Set(principal.scopes) } };
}
