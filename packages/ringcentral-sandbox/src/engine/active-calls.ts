import { callRecord } from './call-log.ts';
import { isOnTheLine, isOver, type Party } from './model.ts';
import type { Pbx } from './pbx.ts';
import { ACTIVE_CALLS_ENDED_MS, ACTIVE_CALLS_LAG_MS } from './timing.ts';

/** A connected leg in the list. */
interface Entry {
  leg: Party;
  connectedAt: number;
  /** How many milliseconds the list is behind for this leg. */
  lagMs: number;
  endedAt?: number;
}

/** The list of connected calls in the shape of the call log. It is some seconds behind (platform.md 8.8). */
export class ActiveCalls {
  readonly #pbx: Pbx;
  readonly #entries = new Map<Party, Entry>();

  constructor(pbx: Pbx) {
    this.#pbx = pbx;
  }

  /** Observer of every leg. */
  observe(leg: Party): void {
    if (leg.extensionId === undefined) return;
    const entry = this.#entries.get(leg);
    const now = this.#pbx.clock.now();
    if (entry === undefined && isOnTheLine(leg)) {
      const lagMs = this.#pbx.random.integer(ACTIVE_CALLS_LAG_MS[0], ACTIVE_CALLS_LAG_MS[1]);
      this.#entries.set(leg, { leg, connectedAt: now, lagMs });
    } else if (entry !== undefined && isOver(leg) && entry.endedAt === undefined) {
      entry.endedAt = now;
      this.#pbx.schedule(ACTIVE_CALLS_ENDED_MS + entry.lagMs, () => this.#entries.delete(leg));
    }
  }

  /** Records without URIs, newest first; of one extension or of the whole account. */
  records(extensionId?: string): Record<string, unknown>[] {
    const now = this.#pbx.clock.now();
    return [...this.#entries.values()]
      .filter(({ leg }) => extensionId === undefined || leg.extensionId === extensionId)
      .filter((entry) => now >= entry.connectedAt + entry.lagMs)
      .sort((a, b) => b.leg.createdAt - a.leg.createdAt)
      .map((entry) => this.#record(entry, now));
  }

  clear(): void {
    this.#entries.clear();
  }

  #record({ leg, endedAt, lagMs }: Entry, now: number): Record<string, unknown> {
    const over = endedAt !== undefined && now >= endedAt + lagMs;
    const connected = leg.direction === 'Inbound' ? 'Accepted' : 'Call connected';
    return callRecord(this.#pbx.world, leg, over ? endedAt : now, over ? connected : 'In Progress');
  }
}
