import { createHash } from 'node:crypto';

/** A Lua script that Redis runs as one step: what it checks and what it changes cannot come apart. */
export interface Script {
  readonly lua: string;
  /** By which Redis knows a script that it has seen. */
  readonly sha: string;
}

/**
 * Makes a script of its body, in which `now` is Redis' time in epoch ms, and which must not run after its deadline, the
 * last argument: what a caller has given up must not happen later. It answers the time and what the body returns, or
 * the key that has another type than the body takes it for: Redis itself does not tell which of its keys that was.
 */
export function defineScript(body: string): Script {
  const lua = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
if now > tonumber(ARGV[#ARGV]) then return {now, 'late'} end
local plain, touched = redis, nil
local redis = {call = function(...)
  touched = select(2, ...)
  return plain.call(...)
end}
local function main()
${body}
end
local ran, answer = pcall(main)
if ran then return {now, 'ran', answer} end
if string.find(answer, 'WRONGTYPE', 1, true) then return {now, 'wrong type', touched} end
return plain.error_reply(answer)`;
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}
