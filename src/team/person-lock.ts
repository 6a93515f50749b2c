/**
 * Runs one piece of work for a person at a time, in the order of the calls. Where several processes share a vault this
 * has to hold over all of them.
 */
export type PersonLock = <T>(subject: string, run: () => Promise<T>) => Promise<T>;

/** A lock within this process. */
export function createPersonLock(): PersonLock {
  const last = new Map<string, Promise<unknown>>();
  return (subject, run) => {
    const before = last.get(subject) ?? Promise.resolve();
    const result = before.then(run, run);
    // What went wrong is the business of whoever asked, not of the next in line.
    const ended = result
      .catch(() => {})
      .then(() => {
        if (last.get(subject) === ended) last.delete(subject);
      });
    last.set(subject, ended);
    return result;
  };
}
