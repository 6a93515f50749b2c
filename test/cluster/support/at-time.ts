import { createHash } from 'node:crypto';
import type { Redis, Script } from '../../../src/cluster/redis/redis.ts';
import type { Clock } from '../../../src/shared/clock.ts';

/** That Redis, at the time of `clock`: its scripts are given it as one more argument. */
export function atTime(redis: Redis, clock: Clock): Redis {
  return {
    clock,
    replica: redis.replica,
    get isUp() {
      return redis.isUp;
    },
    key: (...parts) => redis.key(...parts),
    run: (script, keys, args = []) => redis.run(timed(script), keys, [...args, clock.now()]),
    send: (...command) => redis.send(...command),
    onChange: (listener) => redis.onChange(listener),
    createReader: (ready) => redis.createReader(ready),
  };
}

function timed({ lua }: Script): Script {
  const start = 'local function main()';
  if (!lua.includes(start)) throw new Error('the frame of scripts has changed');
  const changed = lua.replace(start, `${start}\nlocal now = tonumber(ARGV[#ARGV - 1])`);
  return { lua: changed, sha: createHash('sha1').update(changed).digest('hex') };
}

/** Waits until a Redis has answered all that was sent so far, and the answers have been taken. */
export async function answered(redis: Redis): Promise<void> {
  // Twice: a script that Redis does not know yet is sent again.
  for (const _ of [1, 2]) {
    await redis.send('PING');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
