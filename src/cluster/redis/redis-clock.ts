import type { Clock } from '../../shared/clock.ts';
import { systemClock } from '../../shared/clock.ts';

/**
 * Redis' clock, which all replicas share, whatever their own say: its last answer, carried on by this machine's
 * monotonic clock. It moves only as far as an answer proves it wrong, so that the time that answers take does not make
 * it jump.
 */
export class RedisClock implements Clock {
  /** Redis' epoch ms where the monotonic clock is 0; undefined before the first answer. */
  #offset: number | undefined;
  readonly #monotonic: () => number;

  constructor(monotonic: () => number = () => performance.now()) {
    this.#monotonic = monotonic;
  }

  now(): number {
    return this.#offset === undefined ? Date.now() : Math.floor(this.#monotonic() + this.#offset);
  }

  after(ms: number, run: () => void): () => void {
    return systemClock.after(ms, run);
  }

  uptime(): number {
    return systemClock.uptime?.() ?? 0;
  }

  /** The mark to give to `answered`: take it before a request is sent. */
  asked(): number {
    return this.#monotonic();
  }

  /** @param redisNow Redis' time in whole ms, taken between `askedAt` and now */
  answered(redisNow: number, askedAt: number): void {
    const least = redisNow - this.#monotonic();
    const most = redisNow + 1 - askedAt;
    const offset = this.#offset ?? least;
    this.#offset = Math.min(Math.max(offset, least), most);
  }
}
