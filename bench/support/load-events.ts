import { setTimeout as pause } from 'node:timers/promises';

/**
 * Calls from outside, one after the other, that each ring for a quarter of a second and are dropped: events all the
 * time.
 */
export class LoadEvents {
  /** Calls placed so far. */
  dialled = 0;
  readonly #controlUrl: string;
  readonly #ended: Promise<void>;
  #running = true;

  /** @param controlUrl the sandbox's control interface */
  constructor(controlUrl: string) {
    this.#controlUrl = controlUrl;
    this.#ended = this.#run();
  }

  /** Ends with the call that is live. */
  async stop(): Promise<void> {
    this.#running = false;
    await this.#ended;
  }

  async #run(): Promise<void> {
    while (this.#running) {
      const answer = await fetch(`${this.#controlUrl}/calls`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          from: { phoneNumber: '+14155550123', name: 'Load' },
          to: { phoneNumber: '+12055550101' },
        }),
      });
      const { telephonySessionId } = (await answer.json()) as { telephonySessionId: string };
      this.dialled += 1;
      await pause(250);
      await fetch(`${this.#controlUrl}/calls/${telephonySessionId}`, { method: 'DELETE' });
      await pause(250);
    }
  }
}
