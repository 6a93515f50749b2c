import { defineScript } from '../redis/script.ts';

/*
 * KEYS of all, of one line: 1 who runs a plan (hash, plan to replica), 2 which plan has a call (hash, call to plan), 3 the
 * replicas that live (sorted set, replica to the end of its lease), 4 how plans stand (hash, plan to sealed text), 5 those
 * that have ended (list, the newest first), 6 who is on hold (hash, call to sealed text), 7 which are to end (hash, plan to
 * why), 8 the count of plans, 9 a number that changes with all that is shown, 10 the lines where something has changed
 * (stream, of all lines).
 * ARGV of all: 1 replica, 2 ms of a lease, 3 ms for which everything is kept, 4 line, 5 ended plans at most.
 */
const common = `
local replica, leaseMs, keptMs, line, mostEnded = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], tonumber(ARGV[5])
local function changed()
  redis.call('SET', KEYS[9], now, 'NX')
  redis.call('INCR', KEYS[9])
  redis.call('XADD', KEYS[10], 'MAXLEN', '~', 1000, '*', 'line', line)
  for i = 1, 10 do redis.call('PEXPIRE', KEYS[i], keptMs) end
end
local function lives(one)
  local until_ = redis.call('ZSCORE', KEYS[3], one)
  return until_ and tonumber(until_) > now
end
local function finish(plan)
  if redis.call('HDEL', KEYS[1], plan) == 0 then return end
  redis.call('HDEL', KEYS[7], plan)
  redis.call('LPUSH', KEYS[5], plan)
  local calls = redis.call('HGETALL', KEYS[2])
  for i = 1, #calls, 2 do
    if calls[i + 1] == plan then redis.call('HDEL', KEYS[2], calls[i]) end
  end
  while redis.call('LLEN', KEYS[5]) > mostEnded do redis.call('HDEL', KEYS[4], redis.call('RPOP', KEYS[5])) end
end
-- What a replica ran whose lease has run out is over: nobody goes on with it.
local running = redis.call('HGETALL', KEYS[1])
local swept = redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
for i = 1, #running, 2 do
  if not lives(running[i + 1]) then
    finish(running[i])
    swept = swept + 1
  end
end
if swept > 0 then changed() end
`;

/** ARGV: 6 so many that run at most, then calls. Answers `claimed` and an id, `taken` and by whom, or `full`. */
export const claimScript = defineScript(`${common}
for i = 7, #ARGV - 1 do
  local plan = redis.call('HGET', KEYS[2], ARGV[i])
  if plan then return {'taken', plan} end
end
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[6]) then return {'full'} end
redis.call('ZADD', KEYS[3], now + leaseMs, replica)
local plan = 'p' .. redis.call('INCR', KEYS[8])
redis.call('HSET', KEYS[1], plan, replica)
for i = 7, #ARGV - 1 do redis.call('HSET', KEYS[2], ARGV[i], plan) end
changed()
return {'claimed', plan}`);

/** ARGV: 6 plan, 7 sealed text, 8 whether it has ended (1), then its calls. */
export const showScript = defineScript(`${common}
local plan = ARGV[6]
local isRunning = redis.call('HGET', KEYS[1], plan) == replica
if not isRunning and redis.call('HEXISTS', KEYS[4], plan) == 0 then return end
redis.call('HSET', KEYS[4], plan, ARGV[7])
if ARGV[8] == '1' then
  finish(plan)
elseif isRunning then
  for i = 9, #ARGV - 1 do redis.call('HSETNX', KEYS[2], ARGV[i], plan) end
end
changed()`);

/**
 * ARGV: 6 whether plans of this replica that are not named are over (1), then those that it carries out. Renews its
 * lease. Answers for each `runs`, why it is to end, or `lost`.
 */
export const renewScript = defineScript(`${common}
local states, known = {}, {}
for i = 7, #ARGV - 1 do
  known[ARGV[i]] = true
  local isOwn = redis.call('HGET', KEYS[1], ARGV[i]) == replica
  states[i - 6] = isOwn and (redis.call('HGET', KEYS[7], ARGV[i]) or 'runs') or 'lost'
end
if ARGV[6] == '1' then
  for i = 1, #running, 2 do
    if running[i + 1] == replica and not known[running[i]] then finish(running[i]) end
  end
end
if redis.call('ZADD', KEYS[3], now + leaseMs, replica) == 1 then changed() end
for i = 1, 10 do redis.call('PEXPIRE', KEYS[i], keptMs) end
return states`);

/** ARGV: 6 call, 7 sealed text. */
export const holdScript = defineScript(`${common}
redis.call('HSET', KEYS[6], ARGV[6], ARGV[7])
changed()`);

/** ARGV: 6 call. */
export const endHoldScript = defineScript(`${common}
if redis.call('HDEL', KEYS[6], ARGV[6]) == 1 then changed() end`);

/** ARGV: 6 plan, 7 why it is to end. */
export const interruptScript = defineScript(`${common}
if redis.call('HEXISTS', KEYS[1], ARGV[6]) == 1 then redis.call('HSETNX', KEYS[7], ARGV[6], ARGV[7]) end`);

/** Has this replica's lease end. */
export const leaveScript = defineScript(`${common}
redis.call('ZREM', KEYS[3], replica)
changed()`);

/**
 * ARGV: 6 the number that is known. Answers the number; where it is another one also how plans stand, who runs them, who
 * is on hold, and which replicas live.
 */
export const lookScript = defineScript(`${common}
local version = redis.call('GET', KEYS[9]) or '0'
if version == ARGV[6] then return {version} end
return {
  version, redis.call('HGETALL', KEYS[4]), redis.call('HKEYS', KEYS[1]), redis.call('HGETALL', KEYS[6]),
  redis.call('ZRANGE', KEYS[3], 0, -1)
}`);
