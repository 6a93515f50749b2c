import type { Clock } from '../../shared/clock.ts';
import type { KeptTokens, LoginTokens, TokenStore, TokenTurn } from './token-store.ts';

/** The tokens of a login that one process has for itself. */
export class MemoryTokenStore implements TokenStore {
  readonly isShared = false;
  readonly #clock: Clock;
  #kept: (KeptTokens & { at: number }) | undefined;
  /** Resolves when whoever has the turn ends it. */
  #turn: Promise<void> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async claim(known: number, signal: AbortSignal): Promise<KeptTokens | TokenTurn> {
    while (this.#turn) {
      await Promise.race([this.#turn, rejection(signal)]);
    }
    if (this.#kept && this.#kept.generation !== known) return this.#asOfNow(this.#kept);
    return this.#begin();
  }

  #begin(): TokenTurn {
    let end = (): void => {};
    this.#turn = new Promise((resolve) => {
      end = () => {
        this.#turn = undefined;
        resolve();
      };
    });
    return {
      keep: async (tokens) => {
        const generation = (this.#kept?.generation ?? 0) + 1;
        this.#kept = { generation, tokens, at: this.#clock.now() };
        end();
        return generation;
      },
      release: async () => end(),
    };
  }

  #asOfNow({ generation, tokens, at }: KeptTokens & { at: number }): KeptTokens {
    return { generation, tokens: afterMs(tokens, this.#clock.now() - at) };
  }
}

/** The same tokens, so much later. */
export function afterMs(tokens: LoginTokens, ms: number): LoginTokens {
  const { expiresInMs, refreshExpiresInMs } = tokens;
  return {
    ...tokens,
    expiresInMs: expiresInMs - ms,
    ...(refreshExpiresInMs !== undefined && { refreshExpiresInMs: refreshExpiresInMs - ms }),
  };
}

const rejection = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
