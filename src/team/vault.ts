import type { Clock } from '../shared/clock.ts';
import { endedWithin } from '../shared/delay.ts';
import { Failure } from '../shared/failure.ts';
import { Listeners } from '../shared/listeners.ts';
import type { Logger } from '../shared/log.ts';
import type { Where } from './artefacts.ts';
import { createPersonLock, type PersonLock } from './person-lock.ts';
import type { PersonChoices, PersonName, PersonRecord, PersonStatus } from './person-record.ts';
import { PersonRecords, type Until } from './person-records.ts';
import type { RingCentralOAuth, TokenPair } from './ringcentral-oauth.ts';
import type { Sealer } from './seal.ts';
import { isLasting, TokenRenewal } from './token-renewal.ts';
import type { VaultStore } from './vault-store.ts';

export interface VaultOptions {
  store: VaultStore;
  sealer: Sealer;
  ringcentral: Pick<RingCentralOAuth, 'refresh' | 'revoke' | 'whoIs'>;
  clock: Clock;
  log: Logger;
  /** Absent: a lock within this process. */
  lock?: PersonLock;
}

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
  readonly #records: PersonRecords;
  readonly #renewal: TokenRenewal;
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
    this.#records = new PersonRecords({
      ...options,
      onEndedElsewhere: (subject, until) => this.#ended.emit(subject, until, 'elsewhere'),
      onForgottenElsewhere: (subject) => {
        this.#renewal.forget(subject);
        this.#forgotten.emit(subject, 'elsewhere');
      },
      onPausedElsewhere: (subject) => this.#paused.emit(subject),
    });
    this.#renewal = new TokenRenewal({
      ...options,
      records: this.#records,
      lock: this.#lock,
      onEnd: (subject) => this.#ended.emit(subject, () => {}, 'here'),
      revoke: (subject, pair) => this.#revokeUpstream(subject, pair),
    });
  }

  /**
   * Keeps a new sign-in, unless one that is there works and can do as much: a person has about five at RingCentral
   * (platform.md 1.6), and other clients use that one.
   * @returns whether it was kept; where not, the caller revokes it
   */
  signIn(subject: string, pair: TokenPair, { name, extensionNumber }: PersonName): Promise<boolean> {
    return this.#lock(subject, async () => {
      const before = await this.#records.read(subject);
      if (before?.pair && before.scope === pair.scope && (await this.#works(before.pair))) return false;
      const now = this.#options.clock.now();
      const written = await this.#records.write(
        {
          ...{ subject, name, extensionNumber, state: 'active', pair, scope: pair.scope },
          generation:
            before?.state === 'active' ? before.generation : this.#records.nextGeneration(subject, before),
          ...{ signedInAt: now, lastUsedAt: now, renewedAt: 0, revision: 0 },
          choices: before?.choices ?? {},
        },
        before,
      );
      if (!written)
        throw new Failure('unavailable', 'This person signed in or out elsewhere at this moment. Try again.');
      this.#renewal.forget(subject);
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
    const token = await this.#renewal.accessToken(subject, refused);
    if (!unnoticed) this.#records.noteUse(subject);
    return token;
  }

  /** Undefined where nobody of this subject has signed in. */
  async status(subject: string): Promise<PersonStatus | undefined> {
    const record = await this.#records.read(subject);
    return record && this.#records.statusOf(record);
  }

  /** Everybody who has signed in. */
  async people(): Promise<PersonStatus[]> {
    const uses = await this.#options.store.lastUse?.all();
    return (await this.#records.all()).map((record) => {
      const status = this.#records.statusOf(record);
      return { ...status, lastUsedAt: Math.max(status.lastUsedAt, uses?.get(status.subject) ?? 0) };
    });
  }

  /**
   * Changes what a person has chosen; what `change` leaves out stays.
   * @returns false where nobody of this subject has signed in
   * @throws Failure `unavailable` where it cannot be stored; nothing has changed then, unless a store that others use,
   * too, took it and could not say so
   */
  choose(subject: string, change: PersonChoices): Promise<boolean> {
    return this.#lock(subject, async () => {
      const record = await this.#records.read(subject);
      if (!record) return false;
      const choices = { ...record.choices, ...change };
      if (await this.#records.write({ ...record, choices }, record)) return true;
      throw new Failure('unavailable', 'This was changed elsewhere at the same moment. Try again.');
    });
  }

  /** What a person has chosen, as it was last read: every request of an app reads it. */
  choicesOf(subject: string): PersonChoices {
    return this.#records.choicesOf(subject);
  }

  /**
   * Forgets the person at once, then ends the sign-in at RingCentral. Nothing is done for somebody unknown. Where the
   * store cannot be written that holds all the same, and the log says that a restart would find the record; where other
   * processes use the store, too, they would not know: nothing is done then.
   *
   * RingCentral comes last: however slow it is, the person is out, and who was put on hold can be taken back only while
   * the token is good there. So nothing that is under way for the person is waited for: a renewal gives its token to
   * nobody then, and has it revoked.
   * @throws Failure `unavailable` where other processes cannot be told
   */
  async revoke(subject: string): Promise<void> {
    const takenBack: Promise<unknown>[] = [];
    const record = await this.#records.end(subject, () => {
      this.#renewal.forget(subject);
      // Before anybody can sign in anew: what they open then is not meant.
      this.#ended.emit(subject, (done) => void takenBack.push(done), 'here');
      this.#forgotten.emit(subject, 'here');
    });
    takenBack.push(this.#options.store.othersLetGo?.(subject) ?? Promise.resolve());
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
  rewrap(): Promise<number> {
    return this.#records.rewrap();
  }

  /** Closes the store. What a restart would lose is revoked before. */
  async close(): Promise<void> {
    const { store } = this.#options;
    await this.#records.removeLeft();
    const known = await this.#records.all();
    if (store.lasting) await this.#records.keepLastUses(known);
    else await this.#revokeAll(known);
    await store.close();
  }

  /**
   * Whether RingCentral takes the access token now. People also sign in because it does not, and then the new sign-in
   * is the one to keep.
   */
  async #works(pair: TokenPair): Promise<boolean> {
    const { ringcentral, clock } = this.#options;
    if (!isLasting(pair, clock)) return false;
    return ringcentral.whoIs(pair.accessToken).then(
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
}
