/** A person's record as it is kept: all that is secret in it is sealed. */
export interface StoredRecord {
  /** Which sign-in of the person this is; bound to the sealed text. */
  generation: number;
  /** Grows with each write, so that a writer who has read an older one is found out. */
  revision: number;
  sealed: string;
}

/** Where records of people are kept, by subject. Methods reject where the medium fails, and change nothing then. */
export interface VaultStore {
  /** Whether records are still there after a restart. */
  readonly lasting: boolean;
  read(subject: string): Promise<StoredRecord | undefined>;
  all(): Promise<ReadonlyMap<string, StoredRecord>>;
  /**
   * Writes a record in place of the one with the revision `replaces`; 0 stands for none.
   * @returns false, without a change, where another one is there by now
   */
  write(subject: string, record: StoredRecord, replaces: number): Promise<boolean>;
  /** @returns what was removed; undefined where there was none */
  remove(subject: string): Promise<StoredRecord | undefined>;
  /**
   * Calls `listener` with each person whose record another process has changed; without a subject where some may have
   * been missed. Absent where no other process writes.
   * @param listener resolves when what this process had open for the person has ended, if it had to
   */
  onChange?(listener: (subject: string | undefined) => Promise<void>): void;
  /**
   * Notes when a person has used their sign-in last, epoch ms, without waiting for it, and tells of all. Absent where
   * no other process is used.
   */
  lastUse?: { note(subject: string, at: number): void; all(): Promise<ReadonlyMap<string, number>> };
  /** Resolves when the other processes have ended what they had open for somebody whose record was just removed. */
  othersLetGo?(subject: string): Promise<void>;
  close(): Promise<void>;
}

/** A store in memory, which a restart empties. */
export function createMemoryStore(records = new Map<string, StoredRecord>()): VaultStore {
  return {
    lasting: false,
    read: async (subject) => records.get(subject),
    all: async () => new Map(records),
    async write(subject, record, replaces) {
      if ((records.get(subject)?.revision ?? 0) !== replaces) return false;
      records.set(subject, record);
      return true;
    },
    async remove(subject) {
      const removed = records.get(subject);
      records.delete(subject);
      return removed;
    },
    close: async () => {},
  };
}
