import { uris } from '../../src/resources/uris.ts';
import type { Leg } from '../../test/e2e/support/operations.ts';
import type { Sample } from '../harness/table.ts';
import { listenDirectly } from './gateway-listener.ts';
import { listen } from './http-load.ts';
import type { LinesPlace } from './lines-place.ts';

/** So long, in ms, may clients wait for what they are told. */
const patienceMs = 30_000;

/** The calls of a platform, and a server that tells of them. */
export type EventPlace = Pick<LinesPlace, 'address' | 'control' | 'seats' | 'url'>;

/**
 * How long it takes from the platform's sending of an event until a client is told (`resources/updated`): some of the
 * calls of a place are probes, each with a client of its own that listens to the own party of the call.
 */
export class EventLag {
  readonly #place: EventPlace;
  readonly #legs: readonly Leg[];
  readonly #probes: ReadonlySet<string>;
  readonly #stop: () => void;
  /** When the first event of each probe was sent in this round, and when its client was told. */
  readonly #sent = new Map<string, number>();
  readonly #told = new Map<string, number>();
  /** The probes of this round. */
  #awaited: ReadonlySet<string> = new Set();
  #onNews: () => void = () => undefined;

  private constructor(place: EventPlace, legs: readonly Leg[], probes: number, stop: () => void) {
    this.#place = place;
    this.#legs = legs;
    this.#probes = new Set(legs.slice(0, probes).map(({ telephonySessionId }) => telephonySessionId));
    this.#stop = stop;
  }

  /** @param legs of the calls, the probes first */
  static async begin(place: EventPlace, legs: readonly Leg[], probes: number): Promise<EventLag> {
    let lag: EventLag | undefined;
    const ids = new Set(place.seats.slice(0, probes).map(({ extensionId }) => extensionId));
    const stop = await listenDirectly(place.address, ids, (telephonySessionId) =>
      lag?.note(lag.#sent, telephonySessionId),
    );
    const begun = new EventLag(place, legs, probes, stop);
    lag = begun;
    for (const [nth, { telephonySessionId, partyId }] of legs.slice(0, probes).entries()) {
      const onNews = () => begun.note(begun.#told, telephonySessionId);
      const { headers } = place.seats[nth] ?? {};
      await listen(place.url, nth, [uris.party(telephonySessionId, partyId)], onNews, headers);
    }
    return begun;
  }

  /**
   * Everybody does this at once: holds the call at the phone, or takes it back.
   * @returns a sample of each probe
   */
  async all(act: 'hold' | 'unhold'): Promise<Sample[]> {
    return this.#round(this.#legs, this.#probes, act);
  }

  /** The probes do this one after the other. */
  async oneByOne(act: 'hold' | 'unhold'): Promise<Sample[]> {
    const samples: Sample[] = [];
    for (const leg of this.#legs.slice(0, this.#probes.size)) {
      samples.push(...(await this.#round([leg], new Set([leg.telephonySessionId]), act)));
    }
    return samples;
  }

  /** The clients' streams stay open until the server ends. */
  stop(): void {
    this.#stop();
  }

  note(when: Map<string, number>, telephonySessionId: string): void {
    if (!this.#awaited.has(telephonySessionId) || when.has(telephonySessionId)) return;
    when.set(telephonySessionId, performance.now());
    this.#onNews();
  }

  async #round(legs: readonly Leg[], probes: ReadonlySet<string>, act: string): Promise<Sample[]> {
    this.#awaited = probes;
    this.#sent.clear();
    this.#told.clear();
    const complete = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(this.#missing(probes))), patienceMs);
      this.#onNews = () => {
        if (this.#sent.size < probes.size || this.#told.size < probes.size) return;
        clearTimeout(timer);
        resolve();
      };
    });
    const begun = performance.now();
    const done = legs.map(({ telephonySessionId, partyId }) =>
      this.#place.control.act(telephonySessionId, partyId, act),
    );
    await Promise.all([complete, ...done]);
    return [...probes].map((id) => {
      const [sent = 0, told = 0] = [this.#sent.get(id), this.#told.get(id)];
      // Within about a millisecond what was told can be read before what was sent.
      return { 'from event to update, ms': Math.max(0, told - sent), 'from act to update, ms': told - begun };
    });
  }

  #missing(probes: ReadonlySet<string>): string {
    const missing = (from: Map<string, number>) => [...probes].filter((id) => !from.has(id)).length;
    return `of ${probes.size} probes ${missing(this.#sent)} had no event, and ${missing(this.#told)} were told of none`;
  }
}
