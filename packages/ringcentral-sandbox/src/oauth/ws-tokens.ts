import type { Clock } from '../clock.ts';
import { secret } from './apps.ts';
import type { LoginSession } from './sessions.ts';

export const WS_TOKEN_SECONDS = 30;
const TOKENS_KEPT = 1000;

/** Tokens for opening one WebSocket each (platform.md 5.1). */
export class WebSocketTokens {
  readonly #clock: Clock;
  readonly #tokens = new Map<string, { session: LoginSession; expiresAt: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  issue(session: LoginSession): string {
    const [oldest] = this.#tokens.keys();
    if (this.#tokens.size >= TOKENS_KEPT && oldest !== undefined) this.#tokens.delete(oldest);
    const token = secret(24);
    this.#tokens.set(token, { session, expiresAt: this.#clock.now() + WS_TOKEN_SECONDS * 1000 });
    return token;
  }

  /** The login that the token was issued to; undefined if it is unknown, used or expired. */
  redeem(token: string): LoginSession | undefined {
    const issued = this.#tokens.get(token);
    this.#tokens.delete(token);
    return issued && issued.expiresAt > this.#clock.now() ? issued.session : undefined;
  }

  /** A login that ended opens no more sockets. */
  revoke(session: LoginSession): void {
    for (const [token, issued] of this.#tokens) if (issued.session === session) this.#tokens.delete(token);
  }
}
