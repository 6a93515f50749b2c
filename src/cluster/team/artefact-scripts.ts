import { defineScript } from '../redis/redis.ts';
import { notifyInLua } from './notices.ts';

/**
 * KEYS[1] is what all keys begin with, KEYS[2] the stream of notices. By `REF`, which is `MODEL:NAME`:
 *
 * - `REF`: hash of `p`, the payload, sealed; `used`, when it was used; `g`, the name of its permission; `u`, the key of
 *   its uid; of a permission `id` and `a`, whose it is
 * - `all:MODEL`: names in the order of their writing; `unknown-apps`: those of apps that nobody has permitted anything
 * - `of:NAME` and `person:NAME`: refs that belong to a permission and to a person, by their end
 * - `used:NAME`: names of used refresh tokens of a permission
 */
const helpers = `
${notifyInLua}
local base = KEYS[1]
local function at(ref) return base .. ':' .. ref end
local function modelOf(ref) return string.match(ref, '^(%a+):') end
local function nameOf(ref) return string.match(ref, '^%a+:(.+)$') end
local function drop(ref)
  local uid = redis.call('HGET', at(ref), 'u')
  if uid then redis.call('DEL', uid) end
  redis.call('DEL', at(ref))
  redis.call('ZREM', at('all:' .. modelOf(ref)), nameOf(ref))
  if modelOf(ref) == 'Client' then redis.call('ZREM', at('unknown-apps'), nameOf(ref)) end
end
local function dropOf(index, except)
  for _, ref in ipairs(redis.call('ZRANGE', index, 0, -1)) do
    if not except[modelOf(ref)] then
      drop(ref)
      redis.call('ZREM', index, ref)
    end
  end
end
local function endGrant(name)
  dropOf(at('of:' .. name), {})
  redis.call('DEL', at('of:' .. name), at('used:' .. name))
  drop('Grant:' .. name)
end
local function endGrantOf(name, replica)
  local of = redis.call('HMGET', at('Grant:' .. name), 'a', 'id')
  endGrant(name)
  if not of[1] then return {} end
  notify(replica, 'grant', of[1], of[2])
  return of
end
local function keepUntil(index, ref, ends)
  redis.call('ZREMRANGEBYSCORE', index, '-inf', now)
  redis.call('ZADD', index, ends, ref)
  if redis.call('PTTL', index) < ends - now then redis.call('PEXPIREAT', index, string.format('%.0f', ends)) end
end
`;

/** ARGV: model, name, payload, ms to live or 0, permission, its id, person's name, person, uid, client, most, most unknown. */
export const upsert = defineScript(`${helpers}
local model, name, payload, life, grant, id, owner, person, uid, client =
  ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10]
local ref = model .. ':' .. name
local order = redis.call('INCR', at('order'))
if model == 'Grant' and redis.call('ZREM', at('unknown-apps'), client) == 1 then
  redis.call('ZADD', at('all:Client'), order, client)
end
local list, most = at('all:' .. model), tonumber(ARGV[11])
if model == 'Client' and not redis.call('ZSCORE', list, name) then
  list, most = at('unknown-apps'), tonumber(ARGV[12])
end
redis.call('DEL', at(ref))
redis.call('HSET', at(ref), 'p', payload)
if grant ~= '' then redis.call('HSET', at(ref), 'g', grant) end
if model == 'Grant' then redis.call('HSET', at(ref), 'id', id, 'a', person) end
local ends = now + (life > 0 and life or 90 * 24 * 3600000)
if life > 0 then redis.call('PEXPIRE', at(ref), life) end
if uid ~= '' then
  local key = at('uid:' .. model .. ':' .. uid)
  redis.call('HSET', at(ref), 'u', key)
  redis.call('SET', key, name, 'PXAT', string.format('%.0f', ends))
end
if grant ~= '' then keepUntil(at('of:' .. grant), ref, ends) end
if owner ~= '' then keepUntil(at('person:' .. owner), ref, ends) end
redis.call('ZADD', list, order, name)
local over = redis.call('ZCARD', list) - most
if over > 0 then
  for _, oldest in ipairs(redis.call('ZRANGE', list, 0, over - 1)) do drop(model .. ':' .. oldest) end
end`);

/** ARGV: model, name, replica, epoch seconds, how many used refresh tokens are kept. */
export const consume = defineScript(`${helpers}
local model, name = ARGV[1], ARGV[2]
local ref = model .. ':' .. name
local found = redis.call('HMGET', at(ref), 'p', 'used', 'g')
if not found[1] or found[2] then
  local of = found[3] and endGrantOf(found[3], ARGV[3]) or {}
  return {'used', of[1] or '', of[2] or ''}
end
redis.call('HSET', at(ref), 'used', ARGV[4])
if model == 'RefreshToken' and found[3] then
  local used = at('used:' .. found[3])
  redis.call('RPUSH', used, name)
  redis.call('PEXPIRE', used, 90 * 24 * 3600000)
  while redis.call('LLEN', used) > tonumber(ARGV[5]) do
    local oldest = 'RefreshToken:' .. redis.call('LPOP', used)
    drop(oldest)
    redis.call('ZREM', at('of:' .. found[3]), oldest)
  end
end
return {'ok'}`);

/** ARGV: model, name, replica. Answers whose permission has ended, and its id. */
export const destroy = defineScript(`${helpers}
if ARGV[1] == 'Grant' then return endGrantOf(ARGV[2], ARGV[3]) end
drop(ARGV[1] .. ':' .. ARGV[2])
return {}`);

/** ARGV: the permission. */
export const revokeOf = defineScript(`${helpers}
dropOf(at('of:' .. ARGV[1]), {})`);

/** ARGV: the permission, replica, the person. Answers as `destroy`. */
export const endPermission = defineScript(`${helpers}
if redis.call('HGET', at('Grant:' .. ARGV[1]), 'a') ~= ARGV[3] then return {} end
return endGrantOf(ARGV[1], ARGV[2])`);

/** ARGV: the person's name. */
export const endSessions = defineScript(`${helpers}
dropOf(at('person:' .. ARGV[1]), {Grant = true, RefreshToken = true})`);

/** ARGV: the person's name. */
export const endPerson = defineScript(`${helpers}
local theirs = at('person:' .. ARGV[1])
for _, ref in ipairs(redis.call('ZRANGE', theirs, 0, -1)) do
  if modelOf(ref) == 'Grant' then endGrant(nameOf(ref)) end
end
dropOf(theirs, {})
redis.call('DEL', theirs)`);

/** ARGV: the person's name. Answers ids of the permissions with which something can still be done. */
export const grantsOf = defineScript(`${helpers}
local found = {}
local tokens = {AuthorizationCode = true, RefreshToken = true}
for _, ref in ipairs(redis.call('ZRANGE', at('person:' .. ARGV[1]), 0, -1)) do
  local id = modelOf(ref) == 'Grant' and redis.call('HGET', at(ref), 'id')
  if id then
    for _, other in ipairs(redis.call('ZRANGE', at('of:' .. nameOf(ref)), 0, -1)) do
      if tokens[modelOf(other)] and redis.call('EXISTS', at(other)) == 1 then
        table.insert(found, id)
        break
      end
    end
  end
end
return found`);

/** ARGV: the ref, its payload before, and the one instead. */
export const replacePayload = defineScript(`${helpers}
if redis.call('HGET', at(ARGV[1]), 'p') == ARGV[2] then redis.call('HSET', at(ARGV[1]), 'p', ARGV[3]) end`);
