import { randomUUID } from 'node:crypto';
import { type ActsOfPeople, mostActs, type RecentAct } from '../../app/recent-acts.ts';
import { BoundedMap } from '../../shared/bounded.ts';
import { createSealer } from '../../team/seal.ts';
import { openJson, sealJson } from '../../team/sealed-json.ts';
import type { TeamKeys } from '../../team/team-keys.ts';
import { pairsOf } from '../redis/pairs.ts';
import { defineScript, type Redis } from '../redis/redis.ts';
import { idOf } from './line-store.ts';

/** In ms, since a person's agents did anything. */
const KEPT_MS = 30 * 24 * 60 * 60_000;
/** Acts of this replica whose outcome is to come. */
const LIMIT = 10_000;

/** KEYS: the acts by id, when each was. ARGV: id, text. */
const add = defineScript(`
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], now, ARGV[1])
for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, ${-mostActs - 1})) do
  redis.call('HDEL', KEYS[1], id)
  redis.call('ZREM', KEYS[2], id)
end
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ${KEPT_MS}) end
return nil`);
/** Not of an act that is forgotten. */
const replace = defineScript(`
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
return nil`);
const list = defineScript(`
local texts = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  texts[#texts + 1] = id
  texts[#texts + 1] = redis.call('HGET', KEYS[1], id) or ''
end
return texts`);

/** What agents did through any replica. What cannot be written down is missing on the page; it is in the audit log. */
export function createRedisActsOfPeople(redis: Redis, keys: TeamKeys): ActsOfPeople {
  const sealer = createSealer(keys);
  const open = new BoundedMap<string, RecentAct>(LIMIT);
  const keysOf = (person: string) => [
    redis.key('acts', idOf(person)),
    redis.key('acts', idOf(person), 'times'),
  ];
  const placeOf = (person: string, id: string) => ({ owner: person, purpose: `act ${id}`, generation: 0 });
  const seal = (person: string, id: string, act: RecentAct) => sealJson(sealer, act, placeOf(person, id));
  const read = (person: string, id: string, text: string) =>
    openJson<RecentAct>(sealer, text, placeOf(person, id));
  const write = (run: Promise<unknown>): void => void run.catch(() => {});

  return {
    add(person, act, begun) {
      const id = begun ?? randomUUID();
      if (begun !== undefined) open.set(begun, act);
      write(redis.run(add, keysOf(person), [id, seal(person, id, act)]));
    },
    setOutcome(person, id, outcome) {
      const act = open.get(id);
      open.delete(id);
      if (act) write(redis.run(replace, keysOf(person), [id, seal(person, id, { ...act, outcome })]));
    },
    async of(person) {
      const texts = (await redis.run(list, keysOf(person))) as string[];
      return pairsOf(texts).flatMap(([id, text]) => read(person, id, text) ?? []);
    },
    forget: (person) => write(redis.send('DEL', ...keysOf(person))),
  };
}
