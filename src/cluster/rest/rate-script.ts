import type { RateAnswer } from '../../ringcentral/rest/rate-limit-headers.ts';
import type { RequestClass } from '../../ringcentral/rest/rate-limiter.ts';
import type { Priority, RateRules } from '../../ringcentral/rest/rate-rules.ts';
import { defineScript } from '../redis/script.ts';

/** First argument of the script, as JSON. */
export interface SharedRateRules extends RateRules {
  /**
   * In ms, longer than a request is under way, with what is done between its admission and its leaving. A place whose
   * replica does not come back until then counts as that of a request that was answered then: RingCentral may have
   * counted it as late as that.
   */
  heldMs: number;
}

/** How a request has ended. Second argument of the script: a JSON array of them. */
export interface RequestEnd extends Pick<RequestClass, 'route'>, Partial<Pick<RateAnswer, 'stated'>> {
  /** Of the place. */
  id: string;
  /** The group that its route has in our table. */
  group: string;
  /** The group in which it has its place; absent: nobody knows whether it has one. */
  takenIn?: string;
  counted: RateAnswer['counted'];
  /** What kept it from working; empty: nothing did; absent: that is not known. */
  trouble?: string;
  /** `random`: 0 to 1, for the jitter. */
  penalty?: NonNullable<RateAnswer['penalty']> & { random: number };
}

/** A request that wants a place. Third argument of the script, as JSON; empty where only the ends are told. */
export interface WantedPlace extends RequestClass {
  id: string;
}

/** What the script answers, as JSON. */
export interface RateVerdict {
  /** Whether what is wanted has its place. */
  admitted: boolean;
  /** The group that its route has; absent where nothing is wanted. */
  group?: string;
  rooms: Record<string, Room>;
}

/** How a group stands. */
export interface Room {
  limit: number;
  windowMs: number;
  /** How long RingCentral refuses the group, ms; 0: it does not. */
  blockedMs: number;
  trouble?: string;
  of: Record<Priority, { available: number; waitMs: number }>;
}

/**
 * The rules of `RateBucket` and `MemoryRateLimiter` as one script, so that what replicas send is decided in one order:
 * the ends that a replica has to tell, then the place that it wants.
 *
 * The key is a hash with what is learned of each group and route; beside it each group has sorted sets of its requests by
 * time. Of two clocks that Redis has had, after a fail-over or when it was set, the time here never goes back: `ahead` is
 * added to it.
 */
export const rateScript = defineScript(`
local rules = cjson.decode(ARGV[1])
local ended = cjson.decode(ARGV[2])
local wanted = ARGV[3] ~= '' and cjson.decode(ARGV[3]) or nil
local root = KEYS[1]
local remembered = 86400000

local function number(field, otherwise) return tonumber(redis.call('HGET', root, field) or otherwise) end
local function set(field, value) redis.call('HSET', root, field, value) end
local function text(value) return string.format('%.17g', value) end
local function key(group, what) return root .. ':' .. group .. ':' .. what end
local function since(time) return '(' .. text(time) end

local at = now + number('ahead', 0)
local last = number('last', 0)
if at < last then
  if wanted or #ended > 0 then redis.call('HINCRBY', root, 'ahead', text(last - at)) end
  at = last
end

local function limitOf(group) return number('limit:' .. group, rules.limits[group] or rules.limits.heavy) end
local function windowOf(group) return number('window:' .. group, rules.windowMs) end

local function counted(group, window)
  local answered = redis.call('ZCOUNT', key(group, 'answered'), since(at - window), '+inf')
  local under = redis.call('ZCOUNT', key(group, 'sent'), since(at - rules.heldMs - window), '+inf')
  return answered + under
end

local function foreignOf(group)
  return number('foreign-until:' .. group, 0) > at and number('foreign:' .. group, 0) or 0
end

-- When so many and one more no longer count.
local function freeAt(group, window, excess)
  local ends = {}
  local function collect(what, lifetime, until_)
    local found = redis.call('ZRANGEBYSCORE', key(group, what), since(at - lifetime), until_, 'WITHSCORES', 'LIMIT', 0, excess + 1)
    for i = 2, #found, 2 do ends[#ends + 1] = tonumber(found[i]) + lifetime end
  end
  collect('answered', window, '+inf')
  collect('doubtful', rules.doubtfulMs, '+inf')
  collect('sent', rules.heldMs + window, text(at - rules.heldMs))
  table.sort(ends)
  if ends[excess + 1] then return ends[excess + 1] end
  return foreignOf(group) > 0 and number('foreign-until:' .. group, 0) or at + window
end

local function roomOf(group)
  local limit, window = limitOf(group), windowOf(group)
  local blocked = math.max(number('blocked:' .. group, 0), number('blocked', 0)) - at
  local doubtful = redis.call('ZCOUNT', key(group, 'doubtful'), since(at - rules.doubtfulMs), '+inf')
  local used = counted(group, window) + doubtful + foreignOf(group)
  local room = { limit = limit, windowMs = window, blockedMs = math.max(0, blocked), of = {} }
  room.trouble = redis.call('HGET', root, 'trouble:' .. group) or nil
  for priority, share in pairs(rules.keptShares) do
    local available = math.max(1, limit - math.ceil(limit * share)) - used
    local wait = 0
    if blocked > 0 then
      wait = blocked
    elseif available <= 0 then
      wait = math.max(1, freeAt(group, window, -available) - at)
    end
    room.of[priority] = { available = wait > 0 and 0 or available, waitMs = wait }
  end
  return room
end

local function note(group, what, id, lifetime)
  local name = key(group, what)
  redis.call('ZREMRANGEBYSCORE', name, '-inf', text(at - lifetime))
  local added = redis.call('ZADD', name, 'NX', text(at), id)
  redis.call('PEXPIRE', name, string.format('%.0f', lifetime + 60000))
  return added == 1
end

local function learn(one, takenIn)
  local stated = one.stated
  local group = stated.group or one.group
  if group ~= one.group then set('route:' .. one.route, group) end
  set('limit:' .. group, text(stated.limit))
  if stated.windowMs then set('window:' .. group, text(stated.windowMs)) end
  if group ~= takenIn or not stated.remaining then return end
  local window = windowOf(group)
  local foreign = stated.limit - stated.remaining - counted(group, window)
  if foreign > 0 then
    set('foreign:' .. group, text(foreign))
    set('foreign-until:' .. group, text(at + window))
  end
end

local function penalise(penalty, takenIn)
  local till = math.ceil(at + penalty.ms * (1 + rules.leastJitter + penalty.random * rules.jitterSpread))
  local field = penalty.isOfGroup and 'blocked:' .. takenIn or 'blocked'
  set(field, text(math.max(number(field, 0), till)))
end

local rooms = {}
local function groupOf(route, group) return redis.call('HGET', root, 'route:' .. route) or group end

local function finish(one)
  local group = one.takenIn or groupOf(one.route, one.group)
  rooms[group] = true
  local isNews = redis.call('ZREM', key(group, 'sent'), one.id) == 1
  if one.counted == 'answered' then isNews = note(group, 'answered', one.id, windowOf(group)) end
  if one.counted == 'doubtful' then isNews = note(group, 'doubtful', one.id, rules.doubtfulMs) end
  -- It may be told twice, where an answer of this script was lost.
  if not isNews then return end
  if one.trouble == '' then redis.call('HDEL', root, 'trouble:' .. group)
  elseif one.trouble then set('trouble:' .. group, one.trouble) end
  if one.stated then learn(one, group) end
  if one.penalty then penalise(one.penalty, group) end
end

for _, one in ipairs(ended) do finish(one) end

local verdict = { admitted = false, rooms = {} }
if wanted then
  local group = groupOf(wanted.route, wanted.group)
  verdict.group = group
  rooms[group] = true
  if roomOf(group).of[wanted.priority].waitMs == 0 then
    note(group, 'sent', wanted.id, rules.heldMs + windowOf(group))
    verdict.admitted = true
  end
end
if wanted or #ended > 0 then
  set('last', text(at))
  redis.call('PEXPIRE', root, remembered)
end

for group in pairs(rules.limits) do rooms[group] = true end
for _, field in ipairs(redis.call('HKEYS', root)) do
  local group = string.match(field, '^limit:(.+)$')
  if group then rooms[group] = true end
end
for group in pairs(rooms) do verdict.rooms[group] = roomOf(group) end
return cjson.encode(verdict)
`);
