/** A map of at most `limit` entries: one that is set becomes the newest, and the oldest makes room for it. */
export class BoundedMap<Key, Value> extends Map<Key, Value> {
  readonly #limit: number;

  constructor(limit: number) {
    super();
    this.#limit = limit;
  }

  override set(key: Key, value: Value): this {
    this.delete(key);
    super.set(key, value);
    dropOldest(this, this.#limit);
    return this;
  }
}

/** A set of at most `limit` things: one that is added becomes the newest, and the oldest makes room for it. */
export class BoundedSet<Thing> extends Set<Thing> {
  readonly #limit: number;

  constructor(limit: number) {
    super();
    this.#limit = limit;
  }

  override add(thing: Thing): this {
    this.delete(thing);
    super.add(thing);
    dropOldest(this, this.#limit);
    return this;
  }
}

function dropOldest<Key>(kept: Map<Key, unknown> | Set<Key>, limit: number): void {
  for (const oldest of kept.keys()) {
    if (kept.size <= limit) return;
    kept.delete(oldest);
  }
}
