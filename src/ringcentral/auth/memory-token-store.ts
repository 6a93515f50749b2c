import type { Clock } from '../../shared/clock.ts';
import {
  afterMs,
  type Claim,
  type KeptTokens,
  type LoginRefusal,
  refusalMs,
  type TokenStore,
  type TokenTurn,
} from './token-store.ts';

/** The tokens of a login that one process has for itself. */
export class MemoryTokenStore implements TokenStore {
  readonly isShared = false;
  readonly #clock: Clock;
  #kept: (KeptTokens & { at: number }) | undefined;
  /** Resolves when whoever has the turn ends it. */
  #turn: Promise<void> | undefined;
  #refused: { refusal: LoginRefusal; until: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async claim(known: number, signal: AbortSignal): Promise<Claim> {
    while (this.#turn) {
      await Promise.race([this.#turn, rejection(signal)]);
    }
    if (this.#kept && this.#kept.generation !== known) return this.#asOfNow(this.#kept);
    if (this.#refused && this.#refused.until > this.#clock.now()) return { refusal: this.#refused.refusal };
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
        this.#refused = undefined;
        this.#kept = { generation, tokens, at: this.#clock.now() };
        end();
        return generation;
      },
      release: async (refusal) => {
        if (refusal) this.#refused = { refusal, until: this.#clock.now() + refusalMs };
        end();
      },
    };
  }

  #asOfNow({ generation, tokens, at }: KeptTokens & { at: number }): KeptTokens {
    return { generation, tokens: afterMs(tokens, this.#clock.now() - at) };
  }
}

const rejection = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
