import { defineScript } from '../redis/script.ts';

/*
 * KEYS of all but `tend`: questions (hash, id to sealed text), leases (sorted set, id by its end in epoch ms), version
 * (number that changes with the list), and where one is named, the answer to a question.
 */

/** Ends the questions whose replica has gone. */
const sweep = `
local keptMs = 600000
local function changed()
  redis.call('SET', KEYS[3], now, 'NX')
  redis.call('INCR', KEYS[3])
  for i = 1, 3 do redis.call('PEXPIRE', KEYS[i], keptMs) end
end
local function remove(id)
  redis.call('ZREM', KEYS[2], id)
  return redis.call('HDEL', KEYS[1], id) == 1
end
local gone = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now)
for _, id in ipairs(gone) do remove(id) end
if #gone > 0 then changed() end
`;

/** ARGV: id, sealed text, ms of its lease, so many at most. Answers `posted`, `answered` or `full`. */
export const postScript = defineScript(`${sweep}
if redis.call('EXISTS', KEYS[4]) == 1 then return 'answered' end
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 and redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[4]) then
  return 'full'
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])
changed()
return 'posted'`);

/** ARGV: the version that is known. Answers the version, and where it is another one, ids and texts in turn. */
export const listScript = defineScript(`${sweep}
local version = redis.call('GET', KEYS[3]) or '0'
if version == ARGV[1] then return {version} end
local list = redis.call('HGETALL', KEYS[1])
table.insert(list, 1, version)
return list`);

/** ARGV: id, answer, ms for which it is kept. Answers 1 where the question was there: this answer counts. */
export const answerScript = defineScript(`${sweep}
if not remove(ARGV[1]) then return 0 end
redis.call('SET', KEYS[4], ARGV[2], 'PX', ARGV[3])
changed()
return 1`);

/** ARGV: id. */
export const withdrawScript = defineScript(`${sweep}
if remove(ARGV[1]) then changed() end`);

/**
 * KEYS: leases, then the answers. ARGV: ms of a lease, then the ids in the same order. Answers for each the answer;
 * `waits`, with a new lease; or `lost` where the question is not there any more.
 */
export const tendScript = defineScript(`
local states = {}
for i = 2, #KEYS do
  local until_ = redis.call('ZSCORE', KEYS[1], ARGV[i])
  local answer = redis.call('GET', KEYS[i])
  if answer then
    states[i - 1] = answer
  elseif until_ and tonumber(until_) > now then
    redis.call('ZADD', KEYS[1], now + ARGV[1], ARGV[i])
    states[i - 1] = 'waits'
  else
    states[i - 1] = 'lost'
  end
end
return states`);
