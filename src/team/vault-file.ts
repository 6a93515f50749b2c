import { z } from 'zod';
import type { StateDirectory } from './state-directory.ts';
import { createMemoryStore, type StoredRecord, type VaultStore } from './vault-store.ts';

const records = z.record(
  z.string(),
  z.object({ generation: z.number(), revision: z.number(), sealed: z.string() }),
);

/**
 * Keeps records of people in a state directory.
 * @throws ConfigError as `StateDirectory.open`
 */
export async function openFileStore(directory: StateDirectory): Promise<VaultStore> {
  const document = await directory.open('sign-ins', records);
  const people = new Map<string, StoredRecord>(Object.entries(document.content ?? {}));
  let last: Promise<unknown> = Promise.resolve();
  /** One after the other: memory shows what is on the disk, and nothing that failed to get there. */
  const change = <T>(run: (next: Map<string, StoredRecord>) => T): Promise<T> => {
    const changed = last.then(async () => {
      const next = new Map(people);
      const result = run(next);
      await document.write(Object.fromEntries(next));
      people.clear();
      for (const [subject, record] of next) people.set(subject, record);
      return result;
    });
    last = changed.catch(() => {});
    return changed;
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
    remove: (subject) => change((next) => void next.delete(subject)),
    async close() {
      await last;
    },
  };
}
