import { z } from 'zod';
import type { StateDirectory } from './state-directory.ts';
import { createMemoryStore, type StoredRecord, type VaultStore } from './vault-store.ts';

const records = z.record(
  z.string(),
  z.object({ generation: z.number(), revision: z.number(), sealed: z.string() }),
);

type People = Map<string, StoredRecord>;

/** Changes that are written together. */
interface Batch {
  changes: ((next: People) => void)[];
  written: Promise<void>;
}

/**
 * Keeps records of people in a state directory.
 * @throws ConfigError as `StateDirectory.open`
 */
export async function openFileStore(directory: StateDirectory): Promise<VaultStore> {
  const document = await directory.open('sign-ins', records);
  const people: People = new Map(Object.entries(document.content ?? {}));
  let last: Promise<unknown> = Promise.resolve();
  let waiting: Batch | undefined;
  /** Memory shows what is on the disk, and nothing that failed to get there. */
  const nextBatch = (): Batch => {
    const changes: Batch['changes'] = [];
    const written = last.then(async () => {
      waiting = undefined;
      const next = new Map(people);
      for (const change of changes) change(next);
      await document.write(Object.fromEntries(next));
      people.clear();
      for (const [subject, record] of next) people.set(subject, record);
    });
    last = written.catch(() => {});
    return { changes, written };
  };
  /** Whoever comes while one is written waits for the next, which has what all of them change: each costs a sync. */
  const change = async <T>(run: (next: People) => T): Promise<T> => {
    waiting ??= nextBatch();
    const { changes, written } = waiting;
    const results: T[] = [];
    changes.push((next) => results.push(run(next)));
    await written;
    return results[0] as T;
  };
  return {
    ...createMemoryStore(people),
    lasting: true,
    write: (subject, record, replaces) =>
      change((next) => {
        if ((next.get(subject)?.revision ?? 0) !== replaces) return false;
        next.set(subject, record);
        return true;
      }),
    remove: (subject) =>
      change((next) => {
        const removed = next.get(subject);
        next.delete(subject);
        return removed;
      }),
    async close() {
      await last;
    },
  };
}
