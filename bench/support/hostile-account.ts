import { setTimeout as pause } from 'node:timers/promises';
import { EventFlood, floodPrefix } from './event-flood.ts';
import { callModern } from './http-load.ts';
import type { Seat } from './lay-calls.ts';
import type { LinesPlace } from './lines-place.ts';

const callers = 8;
const betweenCallsMs = 50;

/**
 * One person whose account sends events without end, whose calls RingCentral never answers reads of, and whose agents
 * have all of them read again and again.
 */
export class HostileAccount {
  readonly #place: LinesPlace;
  readonly #seat: Seat;
  readonly #flood: EventFlood;
  #running = true;

  private constructor(place: LinesPlace, seat: Seat, perSecond: number) {
    this.#place = place;
    this.#seat = seat;
    this.#flood = new EventFlood({ control: place.control, extensionId: seat.extensionId, perSecond });
    for (let id = 0; id < callers; id += 1) void this.#callOnAndOn(id);
  }

  /** The last of the people turns hostile. */
  static async begin(place: LinesPlace, perSecond: number): Promise<HostileAccount> {
    const seat = place.seats.at(-1);
    if (!seat) throw new Error('nobody is there');
    await place.control.fault({
      kind: 'http',
      pathPattern: `/telephony/sessions/${floodPrefix}`,
      hang: true,
    });
    return new HostileAccount(place, seat, perSecond);
  }

  /** Answers how many events a second it was. */
  async stop(): Promise<number> {
    this.#running = false;
    const perSecond = await this.#flood.stop();
    await this.#place.control.clearFaults();
    return perSecond;
  }

  async #callOnAndOn(id: number): Promise<void> {
    const { headers } = this.#seat;
    while (this.#running) {
      const call = { arguments: { fresh: true }, headers };
      // Refusals are what it deserves.
      await callModern(this.#place.url, id, 'list_active_calls', call).catch(() => undefined);
      await pause(betweenCallsMs);
    }
  }
}
