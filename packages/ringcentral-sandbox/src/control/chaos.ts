import type { Random } from '../random.ts';
import type { Fault, HttpEffect } from './fault-kinds.ts';

const NOTHING: HttpEffect = { delayMs: 0, hang: false, applyThenDrop: false };

/** What goes wrong with a request. None hangs: an official client would wait without end. */
const HTTP_EFFECTS: readonly HttpEffect[] = [
  { ...NOTHING, failure: { status: 500 } },
  { ...NOTHING, failure: { status: 502 } },
  { ...NOTHING, failure: { status: 503 } },
  { ...NOTHING, failure: { status: 503, retryAfterSeconds: 1 } },
  { ...NOTHING, failure: { status: 429, retryAfterSeconds: 1 } },
  { ...NOTHING, delayMs: 1500 },
  { ...NOTHING, applyThenDrop: true },
];

/** How likely each kind is, as a multiple of the rate. Kinds that are not here do not happen by chance. */
const WEIGHTS: Partial<Record<Fault['kind'], number>> = {
  'ws-refuse': 1,
  'ws-recovery-fails': 1,
  'ws-lose': 1,
  'ws-duplicate': 1,
  'ws-close': 0.1,
};

/** Faults by chance, the same for the same seed and the same traffic. */
export class Chaos {
  readonly #rate: number;
  readonly #random: Random;

  /** @param rate the share of requests and notifications that a fault happens to, from 0 to 1 */
  constructor(rate: number, random: Random) {
    this.#rate = rate;
    this.#random = random;
  }

  /** What happens to the next request; undefined: nothing. */
  httpEffect(): HttpEffect | undefined {
    return this.#random.next() < this.#rate ? this.#random.pick(HTTP_EFFECTS) : undefined;
  }

  /** Whether that fault happens now. */
  happens(kind: Fault['kind']): boolean {
    const weight = WEIGHTS[kind];
    return weight !== undefined && this.#random.next() < this.#rate * weight;
  }
}
