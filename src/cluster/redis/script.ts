import { createHash } from 'node:crypto';

/** A Lua script that Redis runs as one step: what it checks and what it changes cannot come apart. */
export interface Script {
  readonly lua: string;
  /** By which Redis knows a script that it has seen. */
  readonly sha: string;
}

/**
 * Makes a script of its body, in which `now` is Redis' time in epoch ms, and which must not run after its deadline, the
 * last argument: what a caller has given up must not happen later. It answers the time and what the body returns.
 */
export function defineScript(body: string): Script {
  const lua = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
if now > tonumber(ARGV[#ARGV]) then return {now, 'late'} end
local function main()
${body}
end
return {now, 'ran', main()}`;
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}
