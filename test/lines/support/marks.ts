/** A call's id in the middle of those of the call and its parties. */
const callMiddle = /[0-9a-f]{13}z[0-9a-f]{11}z[0-9a-f]{10}/g;
const callWord = /[sp]-([0-9a-f]{13}z[0-9a-f]{11}z[0-9a-f]{10})(?:-\d+)?/g;
const run = /[A-Za-z0-9]{5,}/g;
const encoded = /[A-Za-z0-9_-]{24,}/g;

/** Somebody whom something may be told: `login:NAME`, or `key:NAME` for what is one principal's alone. */
export type Owner = string;

/** Who has which mark: what is in the data of some people alone, and so shows a leak wherever else it turns up. */
export class Marks {
  readonly #owners = new Map<string, Set<Owner>>();

  /** Adds owners of the marks in a text: runs of at least five letters and digits, of which the longest counts. */
  add(text: string, ...owners: readonly Owner[]): void {
    const [longest] = (text.match(run) ?? []).sort((one, other) => other.length - one.length);
    if (longest === undefined) throw new Error(`${text} is no mark`);
    const known = this.#owners.get(longest) ?? new Set();
    for (const owner of owners) known.add(owner);
    this.#owners.set(longest, known);
  }

  isMark = (text: string): boolean => (text.match(run) ?? []).some((one) => this.#owners.has(one));

  /**
   * Marks in `text` that belong to none of `to`, and were not `given` in the texts that they sent themselves.
   * @param kind only marks that this kind of owner has
   */
  foreign(text: string, to: ReadonlySet<Owner>, given: readonly string[], kind = ''): string[] {
    const said = given.map(withDecoded);
    const isGiven = (word: string) => said.some((one) => one.includes(word));
    const found = new Set<string>();
    const whole = withDecoded(text);
    const isForeign = (mark: string) => {
      const owners = this.#owners.get(mark);
      return owners !== undefined && ![...owners].some((owner) => to.has(owner) || !owner.startsWith(kind));
    };
    for (const [word, middle = ''] of whole.matchAll(callWord)) {
      // Of a party's id the id of its call is made. A call that nobody here has is of another server.
      const isOthers = isForeign(middle) || !this.#owners.has(middle);
      if (isOthers && !isGiven(word.startsWith('s-') ? middle : word)) found.add(word);
    }
    for (const [mark] of whole.matchAll(run)) {
      if (isForeign(mark) && !isGiven(mark)) found.add(mark);
    }
    return [...found];
  }
}

/** With what cursors and the like say in base64. */
function withDecoded(text: string): string {
  const decoded = (text.match(encoded) ?? []).map((word) =>
    Buffer.from(word, 'base64url').toString('latin1'),
  );
  return [text, ...decoded].join(' ');
}

/**
 * What is said of a thing, whichever it is: without ids, numbers, times and what counts. Two answers that are the same
 * then tell no more of one thing than of the other.
 */
export function withoutIds(value: unknown, ...ids: readonly string[]): string {
  let text = JSON.stringify(value) ?? '';
  for (const id of ids) text = text.replaceAll(id, '#').replaceAll(encodeURIComponent(id), '#');
  return text
    .replace(/"requestId":"[^"]*",?/g, '')
    .replace(callMiddle, '#')
    .replace(/\d+/g, '#');
}
