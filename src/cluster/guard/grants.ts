import type { Grant, GrantStore } from '../../guard/limits/grants.ts';
import { pairsOf } from '../redis/pairs.ts';
import { defineScript } from '../redis/redis.ts';
import { idOf, type LineStore } from './line-store.ts';

/** Of one principal; the oldest make room. */
const LIMIT = 1_000;

/** KEYS: grants by id, when each ends. ARGV: id, grant, for how long. */
const add = defineScript(`
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now)) do
  redis.call('HDEL', KEYS[1], id)
  redis.call('ZREM', KEYS[2], id)
end
if redis.call('ZCARD', KEYS[2]) >= ${LIMIT} then
  redis.call('HDEL', KEYS[1], redis.call('ZPOPMIN', KEYS[2])[1])
end
local ms = tonumber(ARGV[3])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], now + ms, ARGV[1])
for _, key in ipairs(KEYS) do
  if redis.call('PTTL', key) < ms then redis.call('PEXPIRE', key, ms) end
end
return nil`);

export interface RedisGrantsOptions {
  policyHash: string;
  /** Called when the time of a grant that was given here has passed. */
  ended: () => void;
}

/** A yes at one replica holds at all that have the same policy in force. */
export function createRedisGrants(
  { redis, key, seal, open }: LineStore,
  { policyHash, ended }: RedisGrantsOptions,
): GrantStore {
  const keysOf = (principal: string) =>
    ['grants', 'grant-ends'].map((name) => key(policyHash, name, idOf(principal)));
  const placeOf = (id: string) => `grant ${policyHash} ${id}`;
  const read = (id: string, sealed: unknown): Grant | undefined => {
    const grant = open<Grant>(placeOf(id), sealed);
    return grant && grant.expiresAt > redis.clock.now() ? grant : undefined;
  };
  return {
    async add(name, about, ms) {
      const id = idOf(name);
      const grant: Grant = { ...about, expiresAt: redis.clock.now() + ms };
      await redis.run(add, keysOf(about.principal), [id, seal(placeOf(id), grant), ms]);
      redis.clock.after(ms, ended);
    },
    async has(name, principal) {
      const id = idOf(name);
      const [grants = ''] = keysOf(principal);
      return read(id, await redis.send('HGET', grants, id)) !== undefined;
    },
    async of(principal) {
      const [grants = ''] = keysOf(principal);
      const all = (await redis.send('HGETALL', grants)) as string[];
      return pairsOf(all).flatMap(([id, sealed]) => read(id, sealed) ?? []);
    },
  };
}
