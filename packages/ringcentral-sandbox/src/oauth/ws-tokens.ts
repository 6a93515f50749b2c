import type { Clock } from '../clock.ts';
import { secret } from './apps.ts';
import type { LoginSession } from './sessions.ts';

export const WS_TOKEN_SECONDS = 30;
/** Tokens that are kept at most; older ones are forgotten. */
const TOKENS_KEPT = 1000;

/** Tokens that open one WebSocket each, within 30 seconds (platform.md 5.1). */
export class WebSocketTokens {
  readonly #clock: Clock;
  readonly #tokens = new Map<string, { session: LoginSession; expiresAt: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns a new token of that login. */
  issue(session: LoginSession): string {
    const [oldest] = this.#tokens.keys();
    if (this.#tokens.size >= TOKENS_KEPT && oldest !== undefined) this.#tokens.delete(oldest);
    const token = secret(24);
    this.#tokens.set(token, { session, expiresAt: this.#clock.now() + WS_TOKEN_SECONDS * 1000 });
    return token;
  }

  /** Uses a token up and returns its login; undefined if it is unknown, used or expired. */
  redeem(token: string): LoginSession | undefined {
    const issued = this.#tokens.get(token);
    this.#tokens.delete(token);
    return issued && issued.expiresAt > this.#clock.now() ? issued.session : undefined;
  }

  /** Forgets the tokens of a login. */
  revoke(session: LoginSession): void {
    for (const [token, issued] of this.#tokens) if (issued.session === session) this.#tokens.delete(token);
  }
}
