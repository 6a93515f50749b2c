import type { Clock } from '../../shared/clock.ts';
import { Failure } from '../../shared/failure.ts';
import type { Logger } from '../../shared/log.ts';

const windowMs = 10 * 60_000;

/** Codes of a token that has simply expired; other codes on a young token mean that the login was ended. */
const expired: ReadonlySet<string> = new Set(['OAU-128', 'TokenExpired', 'OAU-210']);

/** Whether one of the codes with which tokens were refused says that a token had simply expired. */
export const isExpiry = (codes: readonly (string | undefined)[]): boolean =>
  codes.some((code) => expired.has(code ?? ''));

/**
 * Counts how often RingCentral ended this login before its time: a user has about five logins for each app, and a
 * sixth ends the oldest (platform.md 1.6). Who then logs in again ends another's.
 */
export class Evictions {
  readonly #clock: Clock;
  readonly #log: Logger;
  #lastAt: number | undefined;

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  /** How long ago the last one was, ms; undefined where there was none. */
  get sinceMs(): number | undefined {
    return this.#lastAt === undefined ? undefined : this.#clock.now() - this.#lastAt;
  }

  /** Takes one that another user of the login has met. */
  learn(sinceMs: number): void {
    this.#lastAt = Math.max(this.#lastAt ?? Number.NEGATIVE_INFINITY, this.#clock.now() - sinceMs);
  }

  /** @returns why this login should not be made again: it was the second time within ten minutes */
  note(): Failure | undefined {
    const now = this.#clock.now();
    const isSecond = this.#lastAt !== undefined && now - this.#lastAt <= windowMs;
    this.#lastAt = now;
    this.#log.warn('RingCentral ended this login before its time: a user has about five logins per app');
    return isSecond ? tooManyLogins() : undefined;
  }
}

const tooManyLogins = (): Failure =>
  new Failure(
    'forbidden',
    'RingCentral ended this login twice within ten minutes: more than five servers use this login (user and ' +
      'app), and a sixth ends the oldest. This one has stopped trying, so that the others can work. Stop those ' +
      'that are not needed, or give this server a user or app of its own, then restart it.',
    { errorCode: 'OAU-213' },
  );
