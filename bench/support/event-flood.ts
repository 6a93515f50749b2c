import type { Control } from '../../test/e2e/support/control.ts';
import { frame } from './frames.ts';

/** Ids of the calls that a flood tells of begin so: calls of the sandbox's own never do. */
export const floodPrefix = 's-f100d';

const tickMs = 50;
/** More than a line keeps. */
const calls = 1_000;
const codes = ['Proceeding', 'Answered', 'Hold', 'Answered', 'Disconnected'];

export interface FloodOptions {
  control: Control;
  /** Whose events they are. */
  extensionId: string;
  perSecond: number;
}

/** So many events a second of one extension, of a thousand calls that begin, change and end. */
export class EventFlood {
  /** Events sent so far. */
  sent = 0;
  readonly #options: FloodOptions;
  readonly #ended: Promise<void>;
  readonly #begun = performance.now();
  #running = true;

  constructor(options: FloodOptions) {
    this.#options = options;
    this.#ended = this.#run();
  }

  /** Answers how many events a second there were. */
  async stop(): Promise<number> {
    this.#running = false;
    await this.#ended;
    return (this.sent * 1_000) / (performance.now() - this.#begun);
  }

  async #run(): Promise<void> {
    const { control, perSecond } = this.#options;
    while (this.#running) {
      const due = ((performance.now() - this.#begun + tickMs) * perSecond) / 1_000;
      const events = Array.from({ length: Math.max(1, Math.floor(due) - this.sent) }, (_, nth) =>
        this.#event(this.sent + nth),
      );
      await control.events(events);
      this.sent += events.length;
      const next = (this.sent * 1_000) / perSecond - (performance.now() - this.#begun);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, next)));
    }
  }

  #event(nth: number): object {
    const call = nth % calls;
    const turn = Math.floor(nth / calls);
    const [, { body }] = JSON.parse(frame(call, 2, 5 + turn, codes[turn % codes.length] ?? 'Answered'));
    const [party] = body.parties;
    return {
      ...body,
      telephonySessionId: body.telephonySessionId.replace('s-a0d17', floodPrefix),
      parties: [{ ...party, extensionId: this.#options.extensionId }],
    };
  }
}
