import { createHash, randomBytes } from 'node:crypto';
import { FAILURES_MS, LOGIN_MS, LOGINS, type LoginRecords } from '../../guard/approvals/logins.ts';
import { defineScript, type Redis } from '../redis/redis.ts';

/** So many failures of one source are counted; more make no difference. */
const mostFailures = 100;

/** KEYS: logins (sorted set, hash by its end). ARGV: hash, ms that it lasts, so many at most. */
const addScript = defineScript(`
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[2])`);

/** KEYS: logins. ARGV: hash. */
const isOpenScript = defineScript(`
local until_ = redis.call('ZSCORE', KEYS[1], ARGV[1])
return until_ and tonumber(until_) > now and 1 or 0`);

/** KEYS: failures of a source (sorted set, by time). ARGV: ms that they count, so many at most, id of this one. */
const failureScript = defineScript(`
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[1])
redis.call('ZADD', KEYS[1], now, ARGV[3])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return redis.call('ZCARD', KEYS[1])`);

/** The logins of the operator's page at all replicas, and the tries: who has logged in at one is known at the others. */
export function createRedisLoginRecords(redis: Redis): LoginRecords {
  const logins = redis.key('op', 'logins');
  return {
    async add(hash) {
      await redis.run(addScript, [logins], [hash, LOGIN_MS, LOGINS]);
    },
    isOpen: async (hash) => (await redis.run(isOpenScript, [logins], [hash])) === 1,
    async addFailure(source) {
      const name = createHash('sha256').update(source).digest('base64url').slice(0, 16);
      const args = [FAILURES_MS, mostFailures, randomBytes(9).toString('base64url')];
      return Number(await redis.run(failureScript, [redis.key('op', 'failures', name)], args));
    },
  };
}
