/** Remembers the ids of the last events, at least `size` and at most twice as many. */
export function createSeen(size = 2_048): (id: string) => boolean {
  let recent = new Set<string>();
  let older = new Set<string>();
  /** True when the id was there already. */
  return (id) => {
    if (recent.has(id) || older.has(id)) return true;
    recent.add(id);
    if (recent.size >= size) {
      older = recent;
      recent = new Set();
    }
    return false;
  };
}
