/** What is loaded at its first need and then kept. */
export interface LoadedOnce<T> {
  /** Loads it, once: callers at the same time share that. A load that fails is not kept: the next caller tries again. */
  load(): Promise<T>;
  /** What was loaded, or is being loaded now; undefined where nobody has asked for it, or where that fails. */
  loaded(): Promise<T | undefined>;
}

/**
 * A rejection that is kept makes of a passing failure one for good: a chunk that could not be read because too many files
 * were open, or an issuer that did not answer.
 */
export function loadOnce<T>(load: () => Promise<T>): LoadedOnce<T> {
  let kept: Promise<T> | undefined;
  const begin = (): Promise<T> => {
    const loading = load();
    loading.catch(() => {
      kept = undefined;
    });
    return loading;
  };
  return {
    load() {
      kept ??= begin();
      return kept;
    },
    loaded: async () => kept?.catch(() => undefined),
  };
}
