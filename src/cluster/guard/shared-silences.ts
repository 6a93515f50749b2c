import { randomUUID } from 'node:crypto';
import type { SharedSilences } from '../../guard/assessment/people/silences.ts';
import { SNAPSHOT_MS } from '../../guard/assessment/read-calls.ts';
import { defineScript } from '../redis/redis.ts';
import { idOf, type LineStore } from './line-store.ts';

/** How often, in ms, a replica says again that it still knows of a silence: before what it said before has ended. */
const RENEW_MS = SNAPSHOT_MS / 2.5;

/** ARGV: who caused it, and until when that is told. */
const share = defineScript(`return redis.call('SET', KEYS[1], ARGV[1], 'PXAT', ARGV[2])`);
/** KEYS: silences. ARGV: until when, then who caused each. Answers which of them are still this replica's. */
const renew = defineScript(`
local held = {}
for i, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1 + i] then held[#held + 1] = redis.call('PEXPIREAT', key, ARGV[1]) and i end
end
return held`);

interface Shared {
  key: string;
  /** Who caused it, and which telling this is. */
  value: string;
  isWatched: () => boolean;
}

/**
 * The replica that caused a silence tells so as long as it watches it, and no longer than a reading is young after it was
 * last seen to: one that dies, or hears nothing any more, falls silent, and a person is asked.
 */
export function createRedisSharedSilences({ redis, key }: LineStore): SharedSilences & { close(): void } {
  const shared = new Map<string, Shared>();
  let stop: (() => void) | undefined;
  const keyOf = (silence: string) => key('silence', idOf(silence));

  const renewLater = (): void => {
    if (shared.size === 0 || stop) return;
    stop = redis.clock.after(RENEW_MS, () => {
      stop = undefined;
      void renewAll().finally(renewLater);
    });
  };

  async function renewAll(): Promise<void> {
    for (const [silence, { isWatched }] of shared) if (!isWatched()) shared.delete(silence);
    const told = [...shared];
    if (told.length === 0) return;
    const until = redis.clock.now() + SNAPSHOT_MS;
    const keys = told.map(([, one]) => one.key);
    try {
      const held = (await redis.run(renew, keys, [until, ...told.map(([, { value }]) => value)])) as number[];
      for (const [index, [silence, one]] of told.entries()) {
        if (!held.includes(index + 1) && shared.get(silence) === one) shared.delete(silence);
      }
    } catch {
      // Redis does not answer: what was told ends by itself unless the next try comes in time.
    }
  }

  return {
    async share(silence, principal, isWatched) {
      const one = { key: keyOf(silence), value: `${idOf(principal)} ${randomUUID()}`, isWatched };
      await redis.run(share, [one.key], [one.value, redis.clock.now() + SNAPSHOT_MS]);
      shared.set(silence, one);
      renewLater();
    },
    async withdraw(silence) {
      shared.delete(silence);
      await redis.send('DEL', keyOf(silence));
    },
    async isShared(silence, principal) {
      const value = await redis.send('GET', keyOf(silence));
      return typeof value === 'string' && value.startsWith(`${idOf(principal)} `);
    },
    close() {
      shared.clear();
      stop?.();
    },
  };
}
