import { digest } from '../../shared/canonical.ts';
import { createSealer } from '../../team/seal.ts';
import { openJson, sealJson } from '../../team/sealed-json.ts';
import type { TeamKeys } from '../../team/team-keys.ts';
import type { Redis } from '../redis/redis.ts';

export interface LineStoreOptions {
  redis: Redis;
  /** Names the line at every replica. */
  line: string;
  keys: TeamKeys;
}

/** What all parts of one line's memory in Redis have in common: where they keep things, and how they seal them. */
export interface LineStore {
  readonly redis: Redis;
  /** A key of this line. `parts` say what is kept; what names somebody goes through `idOf` first. */
  key(...parts: string[]): string;
  /** A text for Redis that opens only at `place` of this line. */
  seal(place: string, value: unknown): string;
  /** Undefined where it was sealed for another place, with a key that is not known, or is no text. */
  open<Value>(place: string, sealed: unknown): Value | undefined;
  /** The key for one use, on this line: of the current team key first, then of the previous one. */
  derive(use: string): Buffer[];
}

export function createLineStore({ redis, line, keys }: LineStoreOptions): LineStore {
  const sealer = createSealer(keys);
  const place = (purpose: string) => ({ owner: line, purpose: `guard ${purpose}`, generation: 0 });
  return {
    redis,
    key: (...parts) => redis.key('guard', idOf(line), ...parts),
    seal: (purpose, value) => sealJson(sealer, value, place(purpose)),
    open(purpose, sealed) {
      return typeof sealed === 'string' ? openJson(sealer, sealed, place(purpose)) : undefined;
    },
    derive: (use) =>
      [keys.current, keys.previous].flatMap((key) => key?.derive(JSON.stringify(['guard', line, use])) ?? []),
  };
}

/** Names something without telling what. */
export const idOf = (...parts: readonly string[]): string => digest(parts).slice(0, 32);
