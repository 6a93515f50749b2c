/**
 * Remembers the ids of the last events, at least `size` and at most twice as many. A repetition follows soon; one that
 * comes later changes nothing either, because the picture knows each change by its sequence. Few, because at thousands
 * of events a second the garbage collector pays for each id that is kept.
 */
export function createSeen(size = 256): (id: string) => boolean {
  let recent = new Set<string>();
  let older = new Set<string>();
  /** True when the id was there already. */
  return (id) => {
    const { size: known } = recent;
    if (older.has(id) || recent.add(id).size === known) return true;
    if (recent.size >= size) {
      older = recent;
      recent = new Set();
    }
    return false;
  };
}
