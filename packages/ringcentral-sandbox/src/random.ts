/** Pseudo-random numbers: the same seed gives the same sequence. Not for secrets. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number from `min` to `max`, both possible. */
  integer(min: number, max: number): number;
  /** One of the items. Throws RangeError if there are none. */
  pick<T>(items: readonly T[]): T;
  /** `length` lower-case hex digits. */
  hex(length: number): string;
  /** `length` decimal digits, the first not 0. */
  digits(length: number): string;
}

/**
 * One of the options, always the same for this seed and key, whatever was drawn or chosen before.
 *
 * @throws RangeError without options
 */
export function chooseBySeed<T>(seed: number, key: string, options: readonly T[]): T {
  let hash = 0x811c9dc5 ^ seed;
  for (const character of key) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return createRandom(hash).pick(options);
}

/** A generator for that seed: Mulberry32, whose 32 bits of state are enough for ids and choices. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;

  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  function integer(min: number, max: number): number {
    return min + Math.floor(next() * (max - min + 1));
  }

  return {
    next,
    integer,
    pick(items) {
      const item = items[integer(0, items.length - 1)];
      if (item === undefined) throw new RangeError('nothing to pick from');
      return item;
    },
    hex: (length) => Array.from({ length }, () => integer(0, 15).toString(16)).join(''),
    digits: (length) => Array.from({ length }, (_, i) => String(integer(i === 0 ? 1 : 0, 9))).join(''),
  };
}
