import { BoundedMap } from '../shared/bounded.ts';
import type { Clock } from '../shared/clock.ts';
import { Failure } from '../shared/failure.ts';
import type { Logger } from '../shared/log.ts';
import type { PersonChoices, PersonRecord, PersonStatus } from './person-record.ts';
import { SealError, type Sealer } from './seal.ts';
import { openJson } from './sealed-json.ts';
import type { StoredRecord, VaultStore } from './vault-store.ts';

/** Has a revocation at RingCentral wait for what is taken back with the sign-in. */
export type Until = (done: Promise<unknown>) => void;

export interface PersonRecordsOptions {
  store: VaultStore;
  sealer: Sealer;
  clock: Clock;
  log: Logger;
  /** A person's sign-in has ended at another process. */
  onEndedElsewhere: (subject: string, until: Until) => void;
  /** Another process has forgotten a person, after `onEndedElsewhere`. */
  onForgottenElsewhere: (subject: string) => void;
  onPausedElsewhere: (subject: string) => void;
}

/** Which of a person's records; a later sign-in counts its revisions anew. */
type Position = Pick<PersonRecord, 'generation' | 'revision'>;

type Known = Position & Pick<PersonRecord, 'state' | 'choices'>;

const purpose = 'sign-in at RingCentral';
const goneKept = 10_000;
/** Others are told of uses once in so long. */
const useNotedMs = 60_000;

/**
 * The records of people's sign-ins: sealed in the store, and in memory what every request asks for. Where other processes
 * use the store, too, a reading also shows what they have ended.
 */
export class PersonRecords {
  readonly #options: PersonRecordsOptions;
  readonly #lastUse = new Map<string, number>();
  /** As they were last read or written. */
  readonly #known = new Map<string, Known>();
  /** Generations of those who were forgotten last: a reading that was overtaken by that does not bring one back. */
  readonly #gone = new BoundedMap<string, number>(goneKept);
  /** Those whose sign-in this process is ending. */
  readonly #ending = new Set<string>();
  /** What is still taken back of people whose sign-in another process has ended. */
  readonly #lettingGo = new Map<string, Promise<void>>();
  /** Those who are forgotten, and whose records are still in the store because it could not be written. */
  readonly #leftInStore = new Set<string>();

  constructor(options: PersonRecordsOptions) {
    this.#options = options;
    options.store.onChange?.((subject) => this.#hear(subject));
  }

  /**
   * The record of a person, as the store has it now; undefined where there is none. What cannot be opened is no sign-in:
   * the person signs in anew.
   */
  async read(subject: string): Promise<PersonRecord | undefined> {
    const stored = await this.#options.store.read(subject);
    if (!stored) this.#noteGone(subject);
    if (!stored || this.#leftInStore.has(subject) || this.#isGone(subject, stored)) return undefined;
    const record = this.#opened(subject, stored);
    if (record) this.#note(record);
    return record;
  }

  /** Undefined, with a line in the log, for what cannot be opened. */
  #opened(subject: string, { generation, revision, sealed }: StoredRecord): PersonRecord | undefined {
    const { sealer, log } = this.#options;
    const context = { owner: subject, purpose, generation };
    const kept = openJson<Omit<PersonRecord, 'choices'>>(sealer, sealed, context, ({ message }) =>
      log.error(
        { subject, reason: message },
        'the record of a sign-in cannot be opened: the person has to sign in again',
      ),
    );
    return kept && { choices: {}, ...kept, subject, generation, revision };
  }

  /** Of everybody who has signed in. */
  async all(): Promise<PersonRecord[]> {
    const subjects = [...(await this.#options.store.all()).keys()];
    const records = await Promise.all(subjects.map((subject) => this.read(subject)));
    return records.filter((record) => record !== undefined);
  }

  /**
   * Writes a record in place of the one that was read before, if any.
   * @returns false where another record is there by now, or the person was forgotten
   * @throws Failure `unavailable` where it cannot be stored
   */
  async write(record: PersonRecord, before: PersonRecord | undefined): Promise<boolean> {
    const { store, sealer } = this.#options;
    const { subject, generation, revision: _, ...rest } = record;
    if (before && this.#leftInStore.has(subject)) return false;
    const lastUsedAt = Math.max(rest.lastUsedAt, this.#lastUse.get(subject) ?? 0);
    const text = JSON.stringify({ ...rest, lastUsedAt });
    const sealed = sealer.seal(text, { owner: subject, purpose, generation });
    const stored = before?.revision ?? (await store.read(subject))?.revision ?? 0;
    const revision = stored + 1;
    const written = await store
      .write(subject, { generation, revision, sealed }, stored)
      .catch((error: NodeJS.ErrnoException) => {
        // Of a store that others use, too: it says itself what is the matter.
        if (error instanceof Failure) throw error;
        this.#options.log.error(
          { subject, reason: error.code ?? error.message },
          'a sign-in cannot be stored',
        );
        throw new Failure('unavailable', 'This server cannot store sign-ins now; nothing was changed.');
      });
    if (written) {
      this.#known.set(subject, { generation, revision, state: rest.state, choices: rest.choices });
      this.#leftInStore.delete(subject);
    }
    return written;
  }

  /**
   * Removes the record of a person and forgets them: who writes in place of one that was read before writes nothing any
   * more. Where the store cannot be written, that holds all the same, and the log says that a restart would find the
   * record.
   * @param ended runs once it is so, before anybody else can be told by a reading
   * @returns the record as it was last; undefined where there was none
   * @throws Failure where the store cannot be written and other processes use it, too: nothing is changed then
   */
  async end(subject: string, ended: () => void): Promise<PersonRecord | undefined> {
    this.#ending.add(subject);
    try {
      const last = await this.#remove(subject);
      this.#forget(subject, last?.generation);
      ended();
      return last && this.#opened(subject, last);
    } finally {
      this.#ending.delete(subject);
    }
  }

  /** Which sign-in the next one of this person is: later than all before, also after a restart that has lost them. */
  nextGeneration(subject: string, before: PersonRecord | undefined): number {
    const last = Math.max(before?.generation ?? 0, this.#gone.get(subject) ?? 0);
    return Math.max(this.#options.clock.now(), last + 1);
  }

  /** What a person has chosen, as it was last read or written. */
  choicesOf(subject: string): PersonChoices {
    return this.#known.get(subject)?.choices ?? {};
  }

  /** What others are shown of a record. */
  statusOf(record: PersonRecord): PersonStatus {
    const { subject, name, extensionNumber, state, generation, signedInAt, scope, choices } = record;
    const lastUsedAt = this.#lastUse.get(subject) ?? record.lastUsedAt;
    return { subject, name, extensionNumber, state, generation, signedInAt, lastUsedAt, scope, choices };
  }

  /** Notes that a person uses their sign-in. */
  noteUse(subject: string): void {
    const { clock, store } = this.#options;
    const [now, before = 0] = [clock.now(), this.#lastUse.get(subject)];
    this.#lastUse.set(subject, now);
    // Each request of a line comes by here.
    if (Math.floor(now / useNotedMs) !== Math.floor(before / useNotedMs)) store.lastUse?.note(subject, now);
  }

  /** Puts every record under the current team key; one that cannot be opened stays. @returns how many were not */
  async rewrap(): Promise<number> {
    const outdated = [...(await this.#options.store.all())].flatMap(([subject, stored]) => {
      const rewrapped = this.#rewrapped(subject, stored);
      return rewrapped ? [{ subject, rewrapped, replaces: stored.revision }] : [];
    });
    // Together, because a store may write all that comes at once in one go. Where a record has been written meanwhile,
    // it was under the current key.
    await Promise.all(
      outdated.map(({ subject, rewrapped, replaces }) =>
        this.#options.store.write(subject, rewrapped, replaces),
      ),
    );
    return outdated.length;
  }

  /** Undefined where it is under the current team key, or cannot be opened: the log has that from whoever reads it. */
  #rewrapped(subject: string, { generation, revision, sealed }: StoredRecord): StoredRecord | undefined {
    const { sealer } = this.#options;
    try {
      if (!sealer.isOutdated(sealed)) return undefined;
      const rewrapped = sealer.rewrap(sealed, { owner: subject, purpose, generation });
      return { generation, revision: revision + 1, sealed: rewrapped };
    } catch (error) {
      if (error instanceof SealError) return undefined;
      throw error;
    }
  }

  /** Removes what could not be removed before, as well as it can be done now. */
  async removeLeft(): Promise<void> {
    await Promise.all([...this.#leftInStore].map((subject) => this.#remove(subject)));
  }

  /** Writes when these people have used their sign-ins last, as well as it can be done. */
  async keepLastUses(records: readonly PersonRecord[]): Promise<void> {
    await Promise.allSettled(records.map((record) => this.#keepLastUse(record)));
  }

  async #keepLastUse(record: PersonRecord): Promise<void> {
    // Where others use the store, too, they are told while it is used.
    if (this.#lastUse.has(record.subject) && !this.#options.store.lastUse) await this.write(record, record);
  }

  /** @returns what was removed, or is left in a store that cannot be written */
  async #remove(subject: string): Promise<StoredRecord | undefined> {
    const { store, log } = this.#options;
    try {
      const removed = await store.remove(subject);
      this.#leftInStore.delete(subject);
      return removed;
    } catch (error) {
      if (store.onChange) throw error;
      this.#leftInStore.add(subject);
      const { code, message } = error as NodeJS.ErrnoException;
      log.error({ subject, reason: code ?? message }, 'a sign-in has ended, and that cannot be stored');
      return store.read(subject);
    }
  }

  #forget(subject: string, generation = this.#known.get(subject)?.generation): void {
    if (generation !== undefined && this.#options.store.onChange) this.#gone.set(subject, generation);
    this.#lastUse.delete(subject);
    this.#known.delete(subject);
  }

  /** What is known of a person from a reading, which ends here what another process has ended. */
  #note({ subject, generation, revision, state, choices }: PersonRecord): void {
    const { store, onEndedElsewhere, onPausedElsewhere } = this.#options;
    const known = this.#known.get(subject);
    // A reading that was overtaken by a later write says nothing new.
    if (known && isLater(known, { generation, revision })) return;
    this.#known.set(subject, { generation, revision, state, choices });
    if (!known || !store.onChange) return;
    if (known.state === 'active' && known.generation !== generation)
      onEndedElsewhere(subject, this.#letGoOf(subject));
    else if (!known.choices.pausedAt && choices.pausedAt) onPausedElsewhere(subject);
  }

  /** There is no record of a person: another process may have forgotten them. */
  #noteGone(subject: string): void {
    const { store, onEndedElsewhere, onForgottenElsewhere } = this.#options;
    if (!store.onChange || this.#ending.has(subject) || !this.#known.has(subject)) return;
    this.#forget(subject);
    onEndedElsewhere(subject, this.#letGoOf(subject));
    onForgottenElsewhere(subject);
  }

  #isGone(subject: string, { generation }: StoredRecord): boolean {
    return generation <= (this.#gone.get(subject) ?? -1);
  }

  #letGoOf(subject: string): Until {
    return (done) => {
      const before = this.#lettingGo.get(subject);
      const ended = Promise.allSettled([before, done]).then(() => {
        if (this.#lettingGo.get(subject) === ended) this.#lettingGo.delete(subject);
      });
      this.#lettingGo.set(subject, ended);
    };
  }

  /** Another process has changed a record; undefined: some may have. */
  async #hear(subject: string | undefined): Promise<void> {
    const subjects = subject === undefined ? [...this.#known.keys()] : [subject];
    for (const one of subjects) {
      if (this.#known.has(one)) await this.read(one);
      await this.#lettingGo.get(one);
    }
  }
}

const isLater = (one: Position, other: Position): boolean =>
  one.generation > other.generation || (one.generation === other.generation && one.revision > other.revision);
