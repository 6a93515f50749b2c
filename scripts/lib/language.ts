/** Parts of patterns that were expanded before: `\d{6}` is in most of them. */
const known = new Map<string, Set<string>>();

/**
 * What a regular expression of the numbering metadata matches, cut off after `length` characters. Understands what
 * these patterns are made of: digits, `\d`, classes, groups, alternatives and counted repetition. Throws for anything
 * else.
 */
export function beginnings(pattern: string, length: number): string[] {
  let at = 0;
  const isFull = (texts: Set<string>) => [...texts].every((text) => text.length === length);
  function join(heads: Set<string>, tails: Set<string>): Set<string> {
    if (isFull(heads)) return heads;
    const found = new Set<string>();
    const cut = Array.from(
      { length: length + 1 },
      (_, room) => new Set([...tails].map((tail) => tail.slice(0, room))),
    );
    for (const head of heads) for (const tail of cut[length - head.length] ?? []) found.add(head + tail);
    return found;
  }
  const expect = (text: string) => {
    if (!pattern.startsWith(text, at)) throw new Error(`expected ${text} at ${at} of ${pattern}`);
    at += text.length;
  };

  function alternatives(): Set<string> {
    const found = sequence();
    while (pattern[at] === '|') {
      at += 1;
      for (const text of sequence()) found.add(text);
    }
    return found;
  }

  function sequence(): Set<string> {
    let found = new Set(['']);
    while (at < pattern.length && pattern[at] !== '|' && pattern[at] !== ')') found = join(found, repeated());
    return found;
  }

  function repeated(): Set<string> {
    const start = at;
    const one = atom();
    const [least, most] = count();
    const key = `${length} ${pattern.slice(start, at)}`;
    const all = known.get(key) ?? repeat(one, least, most);
    known.set(key, all);
    return all;
  }

  function repeat(one: Set<string>, least: number, most: number): Set<string> {
    let found = new Set(['']);
    for (let times = 0; times < least; times += 1) found = join(found, one);
    const all = new Set(found);
    for (let times = least; times < most; times += 1) {
      found = join(found, one);
      for (const text of found) all.add(text);
    }
    return all;
  }

  function count(): [number, number] {
    const [text, least, most = least] = /^(?:\{(\d+)(?:,(\d+))?\})/.exec(pattern.slice(at)) ?? [];
    if (text) {
      at += text.length;
      return [Number(least), Number(most)];
    }
    if (pattern[at] !== '?') return [1, 1];
    at += 1;
    return [0, 1];
  }

  function atom(): Set<string> {
    if (pattern.startsWith('(?:', at)) {
      at += 3;
      const inner = alternatives();
      expect(')');
      return inner;
    }
    const [text, members, digit] = /^(?:\[([\d-]+)\]|(\d)|\\d)/.exec(pattern.slice(at)) ?? [];
    if (!text) throw new Error(`cannot read ${pattern} at ${at}`);
    at += text.length;
    if (digit) return new Set([digit]);
    const one = new RegExp(members ? `[${members}]` : '\\d');
    return new Set([...'0123456789'].filter((character) => one.test(character)));
  }

  const found = alternatives();
  if (at !== pattern.length) throw new Error(`cannot read ${pattern} at ${at}`);
  return [...found].sort();
}
