import type { Clock } from '../clock.ts';
import type { Faults } from '../control/faults.ts';
import type { Random } from '../random.ts';
import type { ConnectionContext } from './context.ts';
import type { Envelope } from './subscriptions.ts';

/** A shuffle that gets too few notifications is delivered after this time. */
const SHUFFLE_PATIENCE_MS = 1000;

/** Applies the faults of notifications to WebSockets: lost, duplicated, shuffled; by chaos the connection breaks. */
export class NotificationFaults {
  readonly #faults: Faults;
  readonly #random: Random;
  readonly #clock: Clock;
  #held: { context: ConnectionContext; envelope: Envelope }[] = [];
  #stopWaiting: (() => void) | undefined;

  constructor(faults: Faults, random: Random, clock: Clock) {
    this.#faults = faults;
    this.#random = random;
    this.#clock = clock;
  }

  /** Passes a notification on to a connection, unless a fault loses it or holds it back. */
  deliver(context: ConnectionContext, envelope: Envelope): void {
    if (this.#faults.take('ws-lose')) return;
    if (this.#faults.take('ws-shuffle')) {
      this.#held.push({ context, envelope });
      if (this.#faults.left('ws-shuffle') === 0) this.release();
      else this.#stopWaiting ??= this.#clock.setTimeout(() => this.release(), SHUFFLE_PATIENCE_MS);
      return;
    }
    if (this.#faults.breaksConnection()) context.sink?.close();
    context.notify(envelope);
    if (this.#faults.take('ws-duplicate')) context.notify(envelope);
  }

  /** Delivers what is held back, in another order than it came. */
  release(): void {
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
    const inOrder = this.#held;
    this.#held = [];
    const shuffled = [...inOrder];
    for (let last = shuffled.length - 1; last > 0; last--) {
      const other = this.#random.integer(0, last);
      const [a, b] = [shuffled[last], shuffled[other]];
      if (a && b) [shuffled[last], shuffled[other]] = [b, a];
    }
    // The shuffled order can be the original one.
    if (shuffled.every((item, index) => item === inOrder[index])) shuffled.reverse();
    for (const { context, envelope } of shuffled) context.notify(envelope);
  }
}
