import type { KeptPageSession, PageSessionStore } from '../../team/page-sessions.ts';
import { mostPageSessions, pageSessionIdleMs } from '../../team/page-sessions.ts';
import type { Sealer } from '../../team/seal.ts';
import { openJson, sealJson } from '../../team/sealed-json.ts';
import { defineScript, type Redis } from '../redis/redis.ts';
import { nameOf } from './names.ts';

/**
 * KEYS[1]: what all keys begin with. A session is a hash: `p`, sealed, and `s`, whose it is. Lists are ordered by the
 * microseconds of their use: several are used within a millisecond.
 */
const helpers = `
local base = KEYS[1]
local all = base .. ':all'
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local function drop(name)
  local owner = redis.call('HGET', base .. ':' .. name, 's')
  if owner then redis.call('ZREM', base .. ':of:' .. owner, name) end
  redis.call('DEL', base .. ':' .. name)
  redis.call('ZREM', all, name)
end
local function keep(name, sealed, owner, idle, most)
  local of = base .. ':of:' .. owner
  redis.call('HSET', base .. ':' .. name, 'p', sealed, 's', owner)
  redis.call('PEXPIRE', base .. ':' .. name, idle)
  for _, list in ipairs({all, of}) do
    redis.call('ZREMRANGEBYSCORE', list, '-inf', string.format('%.0f', micros - idle * 1000))
    redis.call('ZADD', list, string.format('%.0f', micros), name)
    redis.call('PEXPIRE', list, idle)
  end
  local over = redis.call('ZCARD', all) - most
  if over > 0 then
    for _, oldest in ipairs(redis.call('ZRANGE', all, 0, over - 1)) do drop(oldest) end
  end
end
`;

const add = defineScript(`${helpers}
keep(ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]))`);

const use = defineScript(`${helpers}
if redis.call('EXISTS', base .. ':' .. ARGV[1]) == 1 then
  keep(ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]))
end`);

const remove = defineScript(`${helpers}
drop(ARGV[1])`);

const removeOf = defineScript(`${helpers}
for _, name in ipairs(redis.call('ZRANGE', base .. ':of:' .. ARGV[1], 0, -1)) do drop(name) end`);

/** Sessions of own pages in Redis, sealed: their tokens of forms are secret. */
export function createSharedPageSessions(redis: Redis, sealer: Sealer): PageSessionStore {
  const base = redis.key('team', 'page');
  const contextOf = (key: string) => ({ owner: key, purpose: 'session of an own page', generation: 1 });
  const argsOf = (key: string, session: KeptPageSession) => [
    ...[key, sealJson(sealer, session, contextOf(key)), nameOf(session.subject)],
    ...[pageSessionIdleMs, mostPageSessions],
  ];
  return {
    async get(key) {
      const sealed = (await redis.send('HGET', `${base}:${key}`, 'p')) as string | null;
      return sealed === null ? undefined : openJson<KeptPageSession>(sealer, sealed, contextOf(key));
    },
    async add(key, session) {
      await redis.run(add, [base], argsOf(key, session));
    },
    async use(key, session) {
      await redis.run(use, [base], argsOf(key, session));
    },
    async remove(key) {
      await redis.run(remove, [base], [key]);
    },
    async removeOf(subject) {
      await redis.run(removeOf, [base], [nameOf(subject)]);
    },
  };
}
