import pino from 'pino';
import { describe, onTestFinished } from 'vitest';
import { redisGuardMemory } from '../../../src/cluster/guard/redis-guard-memory.ts';
import type { OpenRedis, Redis } from '../../../src/cluster/redis/redis.ts';
import { createLocalMemory } from '../../../src/guard/local-memory.ts';
import type { GuardMemory } from '../../../src/guard/memory.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { teamKey } from '../../../src/team/team-keys.ts';
import { manualClock } from '../../support/clock.ts';
import { hasRedis, openTestRedis, type RedisServer, withoutRedis } from '../../support/redis.ts';

export const testKeys = { current: teamKey(new Uint8Array(32).fill(7)) };

/** The memories that several replicas have of one line; in memory it is one. */
export interface MemoryBed {
  /** The memory of one more replica. */
  replica(changed?: () => void): Promise<GuardMemory>;
  /** Lets time pass for all of them. */
  pass(ms: number): Promise<void>;
}

/** Runs the same tests on both forms of the guard's memory. `server` is there once a test runs. */
export function onBothForms(server: () => RedisServer, tests: (bed: () => Promise<MemoryBed>) => void): void {
  describe('in memory', () => tests(async () => memoryBed()));
  describe.skipIf(!hasRedis)(hasRedis ? 'on Redis' : withoutRedis, () => tests(() => redisBed(server().url)));
}

function memoryBed(): MemoryBed {
  const clock = manualClock();
  const listeners = new Set<() => void>();
  const memory = createLocalMemory({
    ...{ policyHash: 'policy', clock, log: pino({ level: 'silent' }) },
    changed: () => {
      for (const listener of listeners) listener();
    },
  });
  return {
    async replica(changed) {
      if (changed) listeners.add(changed);
      return memory;
    },
    pass: (ms) => clock.advanceAsync(ms),
  };
}

/** Of one line on a real Redis, each replica with a connection of its own. */
export async function redisBed(url: string): Promise<MemoryBed & { open(): Promise<TimedRedis> }> {
  const first = await openTestRedis(url);
  onTestFinished(() => first.close());
  const prefix = first.key();
  const clocks: TimedRedis[] = [];
  const open = async () => {
    const redis = await openTestRedis(url, prefix);
    onTestFinished(() => redis.close());
    const timed = withTime(redis);
    clocks.push(timed);
    return timed;
  };
  return {
    open,
    async replica(changed = () => {}) {
      const memory = redisGuardMemory({ redis: await open(), line: 'rc:1:2', keys: testKeys })({
        ...{ policyHash: 'policy', changed, clock: systemClock, log: pino({ level: 'silent' }) },
      });
      onTestFinished(() => memory.close());
      return memory;
    },
    async pass(ms) {
      await first.send('EVAL', age, 0, `${prefix}*`, ms);
      for (const clock of clocks) clock.pass(ms);
    },
  };
}

/** Makes all that Redis keeps older: times of members, the begin of runs, and what is left of each key's time. */
const age = `
for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
  local kind = redis.call('TYPE', key).ok
  if kind == 'zset' then
    for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do redis.call('ZINCRBY', key, -ARGV[2], member) end
  elseif kind == 'hash' and redis.call('HEXISTS', key, 'since') == 1 then
    redis.call('HINCRBY', key, 'since', -ARGV[2])
  end
  local left = redis.call('PTTL', key)
  if left >= 0 then redis.call('PEXPIRE', key, left - ARGV[2]) end
end`;

/** Redis, where time also passes when a test says so. */
export interface TimedRedis extends Redis {
  pass(ms: number): void;
}

function withTime(redis: OpenRedis): TimedRedis {
  let passed = 0;
  const timers = new Set<{ at: number; fire: () => void }>();
  return {
    replica: redis.replica,
    get isUp() {
      return redis.isUp;
    },
    key: (...parts) => redis.key(...parts),
    run: (script, keys, args) => redis.run(script, keys, args),
    send: (...command) => redis.send(...command),
    onChange: (listener) => redis.onChange(listener),
    createReader: (ready) => redis.createReader(ready),
    clock: {
      now: () => redis.clock.now() + passed,
      after(ms, run) {
        const timer = { at: passed + ms, fire: () => void (timers.delete(timer) && run()) };
        timers.add(timer);
        const stop = redis.clock.after(ms, timer.fire);
        return () => {
          timers.delete(timer);
          stop();
        };
      },
    },
    pass(ms) {
      passed += ms;
      for (const timer of timers) if (timer.at <= passed) timer.fire();
    },
  };
}
