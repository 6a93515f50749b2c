import { BoundedMap } from '../shared/bounded.ts';
import type { Clock } from '../shared/clock.ts';
import { endedWithin } from '../shared/delay.ts';
import { countedDown, Failure, waitWords } from '../shared/failure.ts';
import { Listeners } from '../shared/listeners.ts';
import type { Logger } from '../shared/log.ts';
import type { Where } from './artefacts.ts';
import { createPersonLock, type PersonLock } from './person-lock.ts';
import type { RingCentralOAuth, TokenPair } from './ringcentral-oauth.ts';
import type { Sealer } from './seal.ts';
import { UpstreamError } from './upstream-error.ts';
import type { StoredRecord, VaultStore } from './vault-store.ts';

/** How a person is called beside the subject. */
export interface PersonName {
  name: string;
  extensionNumber: string;
}

/** What a person has chosen on their own page. */
export interface PersonChoices {
  /**
   * Id of the phone whose microphone agents may open; null: none, the person is asked. Absent: the person has not chosen.
   */
  phone?: string | null;
  /** Since when agents see nothing and do nothing, epoch ms; null or absent: they may. */
  pausedAt?: number | null;
}

/** What others are shown of a person's sign-in. Times are epoch milliseconds. */
export interface PersonStatus extends PersonName {
  subject: string;
  /** `needs_login`: RingCentral has ended the sign-in; nothing works until the person signs in again. */
  state: 'active' | 'needs_login';
  /** Which sign-in this is: what was given out for another one counts no more. */
  generation: number;
  signedInAt: number;
  lastUsedAt: number;
  /** Of RingCentral, separated by blanks. */
  scope: string;
  choices: PersonChoices;
}

export interface VaultOptions {
  store: VaultStore;
  sealer: Sealer;
  ringcentral: Pick<RingCentralOAuth, 'refresh' | 'revoke' | 'whoIs'>;
  clock: Clock;
  log: Logger;
  /** Absent: a lock within this process. */
  lock?: PersonLock;
}

/** Has a revocation at RingCentral wait for what is taken back with the sign-in. */
type Until = (done: Promise<unknown>) => void;

interface PersonRecord extends PersonStatus {
  revision: number;
  /** Absent in `needs_login`. */
  pair?: TokenPair;
  /** When the pair was renewed; 0: it is that of the sign-in. */
  renewedAt: number;
}

/** Which of a person's records; a later sign-in counts its revisions anew. */
type Position = Pick<PersonRecord, 'generation' | 'revision'>;

type Known = Position & Pick<PersonRecord, 'state' | 'choices'>;

const purpose = 'sign-in at RingCentral';
const goneKept = 10_000;
/** Others are told of uses once in so long. */
const useNotedMs = 60_000;
/** A pair is renewed this long before its access token expires. */
const renewAheadMs = 2 * 60_000;
/** How long a failed renewal is not repeated: each costs one of five requests a minute (platform.md 7). */
const failureMemoryMs = 20_000;
/** A token that is refused within this time after it was given is not the reason for the refusal. */
const newPairMs = 30_000;
const revokeAllMs = 5_000;
/** How long RingCentral is told late that a sign-in has ended, for the sake of what is still taken back with it. */
const lettingGoMs = 8_000;

/**
 * The sign-ins of people at RingCentral: gives their access tokens, renews the pairs, and forgets them. Tokens leave it
 * for requests to RingCentral only.
 */
export class Vault {
  readonly #options: VaultOptions;
  readonly #lock: PersonLock;
  readonly #lastUse = new Map<string, number>();
  readonly #failures = new Map<string, { failure: Failure; at: number }>();
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
  readonly #ended: Listeners<[subject: string, until: Until, where: Where]>;
  readonly #forgotten: Listeners<[subject: string, where: Where]>;
  readonly #paused: Listeners<[subject: string]>;

  constructor(options: VaultOptions) {
    this.#options = options;
    this.#lock = options.lock ?? createPersonLock();
    const onDefect = (err: unknown) => options.log.error({ err }, 'a listener for ended sign-ins failed');
    this.#ended = new Listeners(onDefect);
    this.#forgotten = new Listeners(onDefect);
    this.#paused = new Listeners(onDefect);
    options.store.onChange?.((subject) => this.#hear(subject));
  }

  /**
   * Keeps a new sign-in, unless one that is there works and can do as much: a person has about five at RingCentral
   * (platform.md 1.6), and other clients use that one.
   * @returns whether it was kept; where not, the caller revokes it
   */
  signIn(subject: string, pair: TokenPair, { name, extensionNumber }: PersonName): Promise<boolean> {
    return this.#lock(subject, async () => {
      const before = await this.#read(subject);
      if (before?.pair && before.scope === pair.scope && (await this.#works(before.pair))) return false;
      const now = this.#options.clock.now();
      const written = await this.#write(
        {
          ...{ subject, name, extensionNumber, state: 'active', pair, scope: pair.scope },
          generation: before?.state === 'active' ? before.generation : this.#nextGeneration(subject, before),
          ...{ signedInAt: now, lastUsedAt: now, renewedAt: 0, revision: 0 },
          choices: before?.choices ?? {},
        },
        before,
      );
      if (!written)
        throw new Failure('unavailable', 'Somebody else signed in as this person at this moment.');
      this.#failures.delete(subject);
      if (before?.pair) await this.#revokeUpstream(subject, before.pair);
      return true;
    });
  }

  /**
   * An access token of RingCentral's that is good for the next minutes.
   * @param use `refused`: a token that RingCentral has answered 401 to: another one is given. `unnoticed`: it does not
   * count as a use by the person
   * @throws Failure `forbidden`, `needs_login` where the person has to sign in again; `rate_limited` and `unavailable` where RingCentral
   * cannot be asked now, which changes nothing
   */
  async accessToken(
    subject: string,
    { refused, unnoticed = false }: { refused?: string; unnoticed?: boolean } = {},
  ): Promise<string> {
    const record = await this.#read(subject);
    const token = this.#usableToken(record, refused) ?? (await this.#renewed(subject, record, refused));
    if (!unnoticed) this.#noteUse(subject);
    return token;
  }

  /** Undefined where nobody of this subject has signed in. */
  async status(subject: string): Promise<PersonStatus | undefined> {
    const record = await this.#read(subject);
    return record && this.#statusOf(record);
  }

  /** Everybody who has signed in. */
  async people(): Promise<PersonStatus[]> {
    const { store } = this.#options;
    const subjects = [...(await store.all()).keys()];
    const uses = await store.lastUse?.all();
    const records = await Promise.all(subjects.map((subject) => this.#read(subject)));
    return records.flatMap((record) => {
      if (!record) return [];
      const status = this.#statusOf(record);
      return [{ ...status, lastUsedAt: Math.max(status.lastUsedAt, uses?.get(status.subject) ?? 0) }];
    });
  }

  /**
   * Changes what a person has chosen; what `change` leaves out stays.
   * @returns false where nobody of this subject has signed in
   * @throws Failure `unavailable` where it cannot be stored; nothing has changed then
   */
  choose(subject: string, change: PersonChoices): Promise<boolean> {
    return this.#lock(subject, async () => {
      const record = await this.#read(subject);
      if (!record) return false;
      const choices = { ...record.choices, ...change };
      if (await this.#write({ ...record, choices }, record)) return true;
      throw new Failure('unavailable', 'This was changed elsewhere at the same moment. Try again.');
    });
  }

  /** What a person has chosen, as it was last read: every request of an app reads it. */
  choicesOf(subject: string): PersonChoices {
    return this.#known.get(subject)?.choices ?? {};
  }

  /**
   * Forgets the person at once, then ends the sign-in at RingCentral. Nothing is done for somebody unknown. Where the
   * store cannot be written that holds all the same, and the log says that a restart would find the record; where other
   * processes use the store, too, they would not know: nothing is done then.
   *
   * RingCentral comes last: however slow it is, the person is out, and who was put on hold can be taken back only while
   * the token is good there.
   * @throws Failure `unavailable` where other processes cannot be told
   */
  async revoke(subject: string): Promise<void> {
    const takenBack: Promise<unknown>[] = [];
    const record = await this.#lock(subject, async () => {
      const found = await this.#read(subject);
      this.#ending.add(subject);
      try {
        await this.#remove(subject);
        this.#forget(subject, found?.generation);
        // Before anybody can sign in anew: what they open then is not meant.
        this.#ended.emit(subject, (done) => void takenBack.push(done), 'here');
        this.#forgotten.emit(subject, 'here');
      } finally {
        this.#ending.delete(subject);
      }
      takenBack.push(this.#options.store.othersLetGo?.(subject) ?? Promise.resolve());
      return found;
    });
    if (!record?.pair) return;
    await endedWithin(this.#options.clock, lettingGoMs, Promise.allSettled(takenBack));
    await this.#revokeUpstream(subject, record.pair);
  }

  /**
   * Is called with each person whose sign-in has ended, by RingCentral or by `revoke`. For what is handed to `until`
   * `revoke` waits some seconds before RingCentral is told.
   * @returns stops that
   */
  onEnd(listener: (subject: string, until: Until, where: Where) => void): () => void {
    return this.#ended.add(listener);
  }

  /** Is called with each person who is forgotten, by `revoke`. @returns stops that */
  onForget(listener: (subject: string, where: Where) => void): () => void {
    return this.#forgotten.add(listener);
  }

  /** Is called with each person who has paused at another process. @returns stops that */
  onPauseElsewhere(listener: (subject: string) => void): () => void {
    return this.#paused.add(listener);
  }

  /** Puts every record under the current team key. @returns how many were not */
  async rewrap(): Promise<number> {
    const { store, sealer } = this.#options;
    let changed = 0;
    for (const [subject, record] of await store.all()) {
      const { generation, revision, sealed } = record;
      if (!sealer.isOutdated(sealed)) continue;
      const rewrapped = sealer.rewrap(sealed, { owner: subject, purpose, generation });
      // Where the record has been written meanwhile, it was under the current key.
      await store.write(subject, { generation, revision: revision + 1, sealed: rewrapped }, revision);
      changed += 1;
    }
    return changed;
  }

  /** Closes the store. What a restart would lose is revoked before. */
  async close(): Promise<void> {
    const { store } = this.#options;
    for (const subject of this.#leftInStore) await this.#remove(subject);
    const records = await Promise.all([...(await store.all()).keys()].map((subject) => this.#read(subject)));
    const known = records.filter((record) => record !== undefined);
    if (store.lasting) await Promise.allSettled(known.map((record) => this.#keepLastUse(record)));
    else await this.#revokeAll(known);
    await store.close();
  }

  async #renewed(subject: string, record: PersonRecord | undefined, refused: string | undefined) {
    try {
      return await this.#lock(subject, () => this.#renewedToken(subject, refused));
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'unavailable' || !record) throw error;
      return this.#orStillGood(record, refused, error);
    }
  }

  async #renewedToken(subject: string, refused: string | undefined): Promise<string> {
    const { clock, ringcentral } = this.#options;
    const record = await this.#read(subject);
    const token = this.#usableToken(record, refused);
    if (token !== undefined) return token;
    if (!record?.pair) throw signedOut();
    const { pair } = record;
    const now = clock.now();
    const failed = this.#failures.get(subject);
    if (failed && now - failed.at < failureMemoryMs)
      return this.#orStillGood(record, refused, countedDown(failed.failure, failed.at, now));
    if (refused === pair.accessToken && now - record.renewedAt < newPairMs)
      return this.#remember(
        subject,
        new Failure('unavailable', 'RingCentral refuses a token it has just given.'),
      );
    if (pair.refreshToken === undefined || (pair.refreshExpiresAt ?? now + 1) <= now)
      return this.#end(record);
    try {
      const next = await ringcentral.refresh(pair.refreshToken);
      this.#failures.delete(subject);
      return await this.#keepRenewed(record, next, refused);
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      if (error.kind === 'invalid_grant') return this.#refusedGrant(record, refused);
      const failure = failureOf(error);
      this.#failures.set(subject, { failure, at: clock.now() });
      return this.#orStillGood(record, refused, failure);
    }
  }

  /**
   * Stores a new pair before anybody uses it: until then RingCentral gives the same one for the old refresh token
   * (platform.md 1.6), so that nothing is lost where this fails.
   */
  async #keepRenewed(record: PersonRecord, pair: TokenPair, refused: string | undefined): Promise<string> {
    const now = this.#options.clock.now();
    const next = { ...record, pair, scope: pair.scope, renewedAt: now };
    if (await this.#write(next, record)) return pair.accessToken;
    const there = await this.#read(record.subject);
    // Something else has changed, such as its seal: the pair is still the one that was renewed.
    if (there?.pair && there.pair.refreshToken === record.pair?.refreshToken)
      return this.#keepRenewed(there, pair, refused);
    // Another process was faster; it got the same pair, or the person has signed in anew.
    const token = this.#usableToken(there, refused);
    if (token === undefined) throw signedOut();
    return token;
  }

  /** The refresh token is refused. Another process may have used it; else the sign-in has ended. */
  async #refusedGrant(record: PersonRecord, refused: string | undefined): Promise<string> {
    const now = await this.#read(record.subject);
    const token = now?.revision === record.revision ? undefined : this.#usableToken(now, refused);
    if (token !== undefined) return token;
    return this.#end(record);
  }

  /** Notes that the person has to sign in again. */
  async #end(record: PersonRecord): Promise<never> {
    const { pair: _, ...rest } = record;
    const generation = this.#nextGeneration(record.subject, record);
    if (await this.#write({ ...rest, state: 'needs_login', generation }, record)) {
      this.#options.log.info({ subject: record.subject }, 'RingCentral has ended a sign-in');
      this.#ended.emit(record.subject, () => {}, 'here');
    }
    throw signedOut();
  }

  /** The token at hand where it is still good, although a new one was not to be had. */
  #orStillGood({ pair }: PersonRecord, refused: string | undefined, failure: Failure): string {
    const now = this.#options.clock.now();
    if (pair === undefined || pair.accessToken === refused || pair.accessExpiresAt <= now) throw failure;
    return pair.accessToken;
  }

  #noteUse(subject: string): void {
    const { clock, store } = this.#options;
    const [now, before = 0] = [clock.now(), this.#lastUse.get(subject)];
    this.#lastUse.set(subject, now);
    // Each request of a line comes by here.
    if (Math.floor(now / useNotedMs) !== Math.floor(before / useNotedMs)) store.lastUse?.note(subject, now);
  }

  #remember(subject: string, failure: Failure): never {
    this.#failures.set(subject, { failure, at: this.#options.clock.now() });
    throw failure;
  }

  /** @throws Failure where there is no sign-in */
  #usableToken(record: PersonRecord | undefined, refused: string | undefined): string | undefined {
    if (!record?.pair) throw signedOut();
    const now = this.#options.clock.now();
    const { accessToken, accessExpiresAt } = record.pair;
    if (accessToken === refused || accessExpiresAt - now <= renewAheadMs) return undefined;
    return accessToken;
  }

  /**
   * Whether RingCentral takes the access token now. People also sign in because it does not, and then the new sign-in
   * is the one to keep.
   */
  async #works({ accessToken, accessExpiresAt }: TokenPair): Promise<boolean> {
    const { ringcentral, clock } = this.#options;
    if (accessExpiresAt - clock.now() <= renewAheadMs) return false;
    return ringcentral.whoIs(accessToken).then(
      () => true,
      () => false,
    );
  }

  /** Best effort: errors of a revocation are ignored and not repeated (platform.md 1.7). */
  async #revokeUpstream(subject: string, { refreshToken, accessToken }: TokenPair): Promise<void> {
    const { ringcentral, log } = this.#options;
    await ringcentral.revoke(refreshToken ?? accessToken).catch(({ message }: Error) => {
      log.warn({ subject, reason: message }, 'a sign-in could not be revoked at RingCentral');
    });
  }

  async #revokeAll(records: PersonRecord[]): Promise<void> {
    const revoked = records.map(({ subject, pair }) => pair && this.#revokeUpstream(subject, pair));
    await endedWithin(this.#options.clock, revokeAllMs, Promise.all(revoked));
  }

  async #keepLastUse(record: PersonRecord): Promise<void> {
    // Where others use the store, too, they are told while it is used.
    if (this.#lastUse.has(record.subject) && !this.#options.store.lastUse) await this.#write(record, record);
  }

  async #remove(subject: string): Promise<void> {
    const { store, log } = this.#options;
    try {
      await store.remove(subject);
      this.#leftInStore.delete(subject);
    } catch (error) {
      if (store.onChange) throw error;
      this.#leftInStore.add(subject);
      const { code, message } = error as NodeJS.ErrnoException;
      log.error({ subject, reason: code ?? message }, 'a sign-in has ended, and that cannot be stored');
    }
  }

  #forget(subject: string, generation = this.#known.get(subject)?.generation): void {
    if (generation !== undefined && this.#options.store.onChange) this.#gone.set(subject, generation);
    this.#lastUse.delete(subject);
    this.#known.delete(subject);
    this.#failures.delete(subject);
  }

  #statusOf(record: PersonRecord): PersonStatus {
    const { subject, name, extensionNumber, state, generation, signedInAt, scope, choices } = record;
    const lastUsedAt = this.#lastUse.get(subject) ?? record.lastUsedAt;
    return { subject, name, extensionNumber, state, generation, signedInAt, lastUsedAt, scope, choices };
  }

  /** What cannot be opened is no sign-in: the person signs in anew. */
  async #read(subject: string): Promise<PersonRecord | undefined> {
    const { store, sealer, log } = this.#options;
    const stored = await store.read(subject);
    if (!stored) this.#noteGone(subject);
    if (!stored || this.#leftInStore.has(subject) || this.#isGone(subject, stored)) return undefined;
    const { generation, revision, sealed } = stored;
    try {
      const text = sealer.open(sealed, { owner: subject, purpose, generation });
      const record = { choices: {}, ...JSON.parse(text), subject, generation, revision } as PersonRecord;
      this.#note(record);
      return record;
    } catch (error) {
      log.error({ subject, reason: (error as Error).message }, 'the record of a sign-in cannot be opened');
      return undefined;
    }
  }

  /** What is known of a person from a reading, which ends here what another process has ended. */
  #note({ subject, generation, revision, state, choices }: PersonRecord): void {
    const known = this.#known.get(subject);
    // A reading that was overtaken by a later write says nothing new.
    if (known && isLater(known, { generation, revision })) return;
    this.#known.set(subject, { generation, revision, state, choices });
    if (!known || !this.#options.store.onChange) return;
    if (known.state === 'active' && known.generation !== generation)
      this.#ended.emit(subject, this.#letGoOf(subject), 'elsewhere');
    else if (!known.choices.pausedAt && choices.pausedAt) this.#paused.emit(subject);
  }

  /** There is no record of a person: another process may have forgotten them. */
  #noteGone(subject: string): void {
    if (!this.#options.store.onChange || this.#ending.has(subject) || !this.#known.has(subject)) return;
    this.#forget(subject);
    this.#ended.emit(subject, this.#letGoOf(subject), 'elsewhere');
    this.#forgotten.emit(subject, 'elsewhere');
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
      if (this.#known.has(one)) await this.#read(one);
      await this.#lettingGo.get(one);
    }
  }

  /** Later than all before, also after a restart that has lost them. */
  #nextGeneration(subject: string, before: PersonRecord | undefined): number {
    const last = Math.max(before?.generation ?? 0, this.#gone.get(subject) ?? 0);
    return Math.max(this.#options.clock.now(), last + 1);
  }

  /** @returns false where another record is there by now */
  async #write(record: PersonRecord, before: PersonRecord | undefined): Promise<boolean> {
    const { store, sealer } = this.#options;
    const { subject, generation, revision: _, ...rest } = record;
    const lastUsedAt = Math.max(rest.lastUsedAt, this.#lastUse.get(subject) ?? 0);
    const text = JSON.stringify({ ...rest, lastUsedAt });
    const sealed = sealer.seal(text, { owner: subject, purpose, generation });
    const stored = before?.revision ?? (await store.read(subject))?.revision ?? 0;
    const revision = stored + 1;
    const written = await store
      .write(subject, { generation, revision, sealed }, stored)
      .catch((error: NodeJS.ErrnoException) => {
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
}

const isLater = (one: Position, other: Position): boolean =>
  one.generation > other.generation || (one.generation === other.generation && one.revision > other.revision);

/** What requests fail with once a sign-in has ended. */
export const signedOut = (): Failure =>
  new Failure('forbidden', 'Your sign-in at RingCentral has ended. Sign in again to go on.', {
    reason: 'needs_login',
  });

function failureOf({ kind, message, retryAfterSeconds }: UpstreamError): Failure {
  const limited = kind === 'rate_limited';
  return new Failure(
    limited ? 'rate_limited' : 'unavailable',
    `${message}${retryAfterSeconds === undefined ? '' : waitWords(retryAfterSeconds)}`,
    retryAfterSeconds === undefined ? {} : { retryAfterSeconds },
  );
}
