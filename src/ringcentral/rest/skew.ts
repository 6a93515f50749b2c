import type { HttpHeaders } from './http-headers.ts';

/** Less is the network's and the header's own inexactness, and nothing that anybody sees. */
const leastMs = 5_000;
/** Half of a longer exchange says too little about when the platform wrote its time. */
const longestExchangeMs = 4_000;

/**
 * How far the host's clock is ahead of the platform's, learned from the `Date` of its answers; 0 until it is known.
 */
export class Skew {
  #aheadMs = 0;

  /** Takes an answer. Times in epoch ms of the host's clock. */
  note(headers: HttpHeaders, sentAt: number, answeredAt: number): void {
    const date = Date.parse(headers.get('date') ?? '');
    const exchangeMs = answeredAt - sentAt;
    if (Number.isNaN(date) || exchangeMs < 0 || exchangeMs > longestExchangeMs) return;
    // The header has whole seconds, cut off.
    const aheadMs = sentAt + exchangeMs / 2 - (date + 500);
    // Small changes are left: what is of one moment must not be of two.
    if (Math.abs(aheadMs - this.#aheadMs) < leastMs) return;
    this.#aheadMs = Math.abs(aheadMs) < leastMs ? 0 : Math.round(aheadMs);
  }

  /** What the host's clock showed at a time of the platform; both in epoch ms. */
  hostTime(platformTime: number): number {
    return platformTime + this.#aheadMs;
  }
}
