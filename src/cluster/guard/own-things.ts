import type { OwnThings } from '../../guard/assessment/people/own-endings.ts';
import { idOf, type LineStore } from './line-store.ts';

/** In ms: longer than a call that an agent placed rings, or that one listens to lasts. */
const KEPT_MS = 24 * 60 * 60_000;

/** What an agent began through one replica it ends through any. */
export const createRedisOwnThings = ({ redis, key, seal, open }: LineStore): OwnThings => ({
  async add(thing, id, principal) {
    const place = idOf(thing, id);
    await redis.send('SET', key('own', place), seal(`own ${place}`, { principal }), 'PX', KEPT_MS);
  },
  async isOwn(thing, id, principal) {
    const place = idOf(thing, id);
    const own = open<{ principal: string }>(`own ${place}`, await redis.send('GET', key('own', place)));
    return own?.principal === principal;
  },
});
