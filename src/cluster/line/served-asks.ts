import type { Clock } from '../../shared/clock.ts';
import type { Leader } from './leader.ts';
import type { Ask } from './log-entry.ts';

/** In ms: a wait of a follower that is not told again ends after this; it is told twice as often. */
export const watchMs = 20_000;

/** Does at the leader what followers ask. */
export class ServedAsks {
  readonly #clock: Clock;
  /** Ends of the waits of followers, by their ids. */
  readonly #watches = new Map<string, () => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param id of the answer; empty where nobody waits for one */
  async serve(id: string, what: Ask, leader: Leader): Promise<void> {
    try {
      const result = await this.#do(what, leader);
      if (id !== '') leader.answer(id, result);
    } catch (error) {
      if (id !== '') leader.answer(id, undefined, error);
    }
  }

  /** Another leads: the followers ask it again. */
  end(): void {
    for (const end of [...this.#watches.values()]) end();
  }

  async #do(what: Ask, leader: Leader): Promise<boolean | undefined> {
    const { sync } = leader;
    switch (what.do) {
      case 'checkpoint':
        leader.checkpoint();
        return undefined;
      case 'watch':
        this.#watch(what, leader);
        return undefined;
      case 'unwatch':
        this.#watches.get(what.watch)?.();
        return undefined;
      case 'lookLast':
        return sync.lookLast(what.telephonySessionId, what.partyId);
      case 'lookLastAtAll':
        return sync.lookLastAtAll();
      default:
        await sync[what.do]();
        return undefined;
    }
  }

  #watch({ watch, telephonySessionId, partyId, ms }: Extract<Ask, { do: 'watch' }>, { sync }: Leader): void {
    this.#watches.get(watch)?.();
    const stop =
      telephonySessionId === undefined ? sync.watchAll(ms) : sync.watch(telephonySessionId, partyId, ms);
    const cancel = this.#clock.after(Math.min(ms, watchMs), () => this.#watches.get(watch)?.());
    this.#watches.set(watch, () => {
      cancel();
      stop();
      this.#watches.delete(watch);
    });
  }
}
