import type { Clock } from '../shared/clock.ts';
import { countedDown, Failure, waitWords } from '../shared/failure.ts';
import type { Logger } from '../shared/log.ts';
import type { PersonLock } from './person-lock.ts';
import type { PersonRecord } from './person-record.ts';
import type { PersonRecords } from './person-records.ts';
import type { RingCentralOAuth, TokenPair } from './ringcentral-oauth.ts';
import { UpstreamError } from './upstream-error.ts';

export interface TokenRenewalOptions {
  records: PersonRecords;
  ringcentral: Pick<RingCentralOAuth, 'refresh'>;
  lock: PersonLock;
  clock: Clock;
  log: Logger;
  /** RingCentral has ended the sign-in of a person. */
  onEnd: (subject: string) => void;
  /** Ends at RingCentral what a pair belongs to. Never rejects. */
  revoke: (subject: string, pair: TokenPair) => Promise<void>;
}

/** A pair is renewed this long before its access token expires. */
const renewAheadMs = 2 * 60_000;
/** How long a failed renewal is not repeated: each costs one of five requests a minute (platform.md 7). */
const failureMemoryMs = 20_000;
/** A token that is refused within this time after it was given is not the reason for the refusal. */
const newPairMs = 30_000;

/** Whether an access token is good for the next minutes. */
export const isLasting = ({ accessExpiresAt }: TokenPair, clock: Clock): boolean =>
  accessExpiresAt - clock.now() > renewAheadMs;

/** Gives the access tokens of people who have signed in, and renews their pairs at RingCentral. */
export class TokenRenewal {
  readonly #options: TokenRenewalOptions;
  readonly #failures = new Map<string, { failure: Failure; at: number }>();

  constructor(options: TokenRenewalOptions) {
    this.#options = options;
  }

  /**
   * An access token of RingCentral's that is good for the next minutes.
   * @param refused a token that RingCentral has answered 401 to: another one is given
   * @throws Failure `forbidden`, `needs_login` where the person has to sign in again; `rate_limited` and `unavailable` where RingCentral
   * cannot be asked now, which changes nothing
   */
  async accessToken(subject: string, refused: string | undefined): Promise<string> {
    const { records } = this.#options;
    const record = await records.read(subject);
    const token = this.#usableToken(record, refused);
    if (token !== undefined) return token;
    const renewed = await this.#renewed(subject, record, refused);
    // RingCentral may take seconds, in which the person can sign out: not even the old token is given then.
    if ((await records.read(subject))?.generation !== record?.generation) throw signedOut();
    return renewed;
  }

  /** Forgets that a renewal has failed. */
  forget(subject: string): void {
    this.#failures.delete(subject);
  }

  async #renewed(subject: string, record: PersonRecord | undefined, refused: string | undefined) {
    try {
      return await this.#options.lock(subject, () => this.#renewedToken(subject, refused));
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'unavailable' || !record) throw error;
      return this.#orStillGood(record, refused, error);
    }
  }

  async #renewedToken(subject: string, refused: string | undefined): Promise<string> {
    const { clock, ringcentral } = this.#options;
    const record = await this.#options.records.read(subject);
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
    if (await this.#options.records.write(next, record)) return pair.accessToken;
    const there = await this.#options.records.read(record.subject);
    if (there?.generation !== record.generation) {
      // The person has signed out meanwhile, which did not wait for this.
      void this.#options.revoke(record.subject, pair);
      throw signedOut();
    }
    // Something else has changed, such as its seal: the pair is still the one that was renewed.
    if (there?.pair && there.pair.refreshToken === record.pair?.refreshToken)
      return this.#keepRenewed(there, pair, refused);
    // Another process was faster: it got the same pair, or a newer one.
    const token = this.#usableToken(there, refused);
    if (token === undefined) throw signedOut();
    return token;
  }

  /** The refresh token is refused. Another process may have used it; else the sign-in has ended. */
  async #refusedGrant(record: PersonRecord, refused: string | undefined): Promise<string> {
    const now = await this.#options.records.read(record.subject);
    const token = now?.revision === record.revision ? undefined : this.#usableToken(now, refused);
    if (token !== undefined) return token;
    return this.#end(record);
  }

  /** Notes that the person has to sign in again. */
  async #end(record: PersonRecord): Promise<never> {
    const { pair: _, ...rest } = record;
    const generation = this.#options.records.nextGeneration(record.subject, record);
    if (await this.#options.records.write({ ...rest, state: 'needs_login', generation }, record)) {
      this.#options.log.info({ subject: record.subject }, 'RingCentral has ended a sign-in');
      this.#options.onEnd(record.subject);
    }
    throw signedOut();
  }

  /** The token at hand where it is still good, although a new one was not to be had. */
  #orStillGood({ pair }: PersonRecord, refused: string | undefined, failure: Failure): string {
    const now = this.#options.clock.now();
    if (pair === undefined || pair.accessToken === refused || pair.accessExpiresAt <= now) throw failure;
    return pair.accessToken;
  }

  #remember(subject: string, failure: Failure): never {
    this.#failures.set(subject, { failure, at: this.#options.clock.now() });
    throw failure;
  }

  /** @throws Failure where there is no sign-in */
  #usableToken(record: PersonRecord | undefined, refused: string | undefined): string | undefined {
    if (!record?.pair) throw signedOut();
    const { accessToken } = record.pair;
    return accessToken === refused || !isLasting(record.pair, this.#options.clock) ? undefined : accessToken;
  }
}

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
