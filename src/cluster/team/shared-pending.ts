import type { KeptSignIn, PendingStore } from '../../team/pending-sign-ins.ts';
import { signInLifetimeMs, signInsKeptEach } from '../../team/pending-sign-ins.ts';
import type { Sealer } from '../../team/seal.ts';
import { openJson, sealJson } from '../../team/sealed-json.ts';
import { defineScript, type Redis } from '../redis/redis.ts';
import { nameOf } from './names.ts';

/** Ordered by microseconds: several begin within a millisecond. */
const put = defineScript(`
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
redis.call('SET', KEYS[1] .. ':' .. ARGV[1], ARGV[2], 'PX', ARGV[3])
local kind = KEYS[1] .. ':of:' .. ARGV[4]
redis.call('ZREMRANGEBYSCORE', kind, '-inf', string.format('%.0f', micros - tonumber(ARGV[3]) * 1000))
redis.call('ZADD', kind, string.format('%.0f', micros), ARGV[1])
redis.call('PEXPIRE', kind, ARGV[3])
local over = redis.call('ZCARD', kind) - tonumber(ARGV[5])
if over > 0 then
  for _, name in ipairs(redis.call('ZRANGE', kind, 0, over - 1)) do
    redis.call('DEL', KEYS[1] .. ':' .. name)
    redis.call('ZREM', kind, name)
  end
end`);

/** Sign-ins under way in Redis, sealed: the browser comes back to whatever replica. */
export function createSharedPending(redis: Redis, sealer: Sealer): PendingStore {
  const base = redis.key('team', 'pending');
  const contextOf = (name: string) => ({ owner: name, purpose: 'sign-in under way', generation: 1 });
  return {
    async put(state, kept) {
      const name = nameOf(state);
      const sealed = sealJson(sealer, kept, contextOf(name));
      await redis.run(put, [base], [name, sealed, signInLifetimeMs, kept.purpose.kind, signInsKeptEach]);
    },
    async take(state) {
      const name = nameOf(state);
      const sealed = (await redis.send('GETDEL', `${base}:${name}`)) as string | null;
      return sealed === null ? undefined : openJson<KeptSignIn>(sealer, sealed, contextOf(name));
    },
  };
}
