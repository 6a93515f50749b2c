import type { Clock } from '../../shared/clock.ts';
import { Failure } from '../../shared/failure.ts';
import type { Logger } from '../../shared/log.ts';
import { toFailure } from '../rest/errors.ts';
import { HttpError } from '../rest/http-error.ts';
import { refusalMs } from './token-store.ts';

/**
 * Added, in ms, to the wait that is told, so that whoever waits as long does not meet the remembered refusal again.
 */
const marginMs = 2_000;

export interface LoginRefusalsOptions {
  clock: Clock;
  log: Logger;
  /** Milliseconds until the platform's limits allow the next login. */
  waitMs: () => number;
  /** What helps where the login is refused, a sentence; absent: to check the credentials of the environment. */
  renewal?: string;
}

const checkEnvironment = 'Check RC_USER_JWT, RC_APP_CLIENT_ID and RC_APP_CLIENT_SECRET.';

/**
 * Remembers the last refused login for twenty seconds, in which it is not repeated: each try costs one of five Auth
 * requests a minute (platform.md 1.9, 7). Says in the log when logins begin to be refused, and when they are accepted
 * again.
 */
export class LoginRefusals {
  readonly #options: LoginRefusalsOptions;
  #last: { error: HttpError; until: number } | undefined;
  /** The last login was refused, and the log says so. */
  #isRefused = false;

  constructor(options: LoginRefusalsOptions) {
    this.#options = options;
  }

  /** Whether the last login was refused. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /** Throws the failure of the last refusal while it is remembered. */
  check(): void {
    if (this.#last && this.#last.until > this.#options.clock.now()) throw this.#explain(this.#last.error);
  }

  /** Notes what a login failed with. @returns it in words, with the wait where there is one */
  note(error: unknown): Failure {
    const { clock, log } = this.#options;
    if (!isRefusal(error)) return this.#explain(error);
    this.#last = { error, until: clock.now() + refusalMs };
    const failure = this.#explain(error);
    if (!this.#isRefused) log.warn({ reason: failure.message }, 'RingCentral refuses the login');
    this.#isRefused = true;
    return failure;
  }

  /** Notes that a login was accepted. */
  accepted(): void {
    if (this.#isRefused) this.#options.log.info('RingCentral accepts the login again');
    this.#isRefused = false;
  }

  #explain(error: unknown): Failure {
    const waitMs = this.#waitMs(error);
    const failure = toFailure(error, { what: 'Log in', acting: false }, waitMs && waitMs / 1000);
    if (!isRefusal(error) || failure.kind !== 'forbidden') return failure;
    const { message, details } = failure;
    const { renewal = checkEnvironment } = this.#options;
    return new Failure('forbidden', `${message} ${renewal}`, { ...details, reason: 'needs_login' });
  }

  #waitMs(error: unknown): number | undefined {
    const { clock, waitMs } = this.#options;
    if (this.#last && this.#last.error === error) return this.#last.until - clock.now() + marginMs;
    return error instanceof HttpError && error.answer.status === 429 ? waitMs() : undefined;
  }
}

/** Whether the platform refused the login itself, so that the same one is refused again. */
export const isRefusal = (error: unknown): error is HttpError =>
  error instanceof HttpError && [400, 401, 403].includes(error.answer.status);
