import { setTimeout as pause } from 'node:timers/promises';
import type { Control, LoggedRequest } from '../test/e2e/support/control.ts';

/** All requests that the sandbox received, also those that its own log has dropped or that it forgot at a restart. */
export class RequestLog {
  readonly #requests = new Map<string, LoggedRequest>();
  readonly #control: Control;
  #next = 0;
  #restarts = 0;

  constructor(control: Control) {
    this.#control = control;
  }

  get requests(): LoggedRequest[] {
    return [...this.#requests.values()];
  }

  /** Reads what is new, and again what had no answer yet. */
  async read(): Promise<void> {
    const restarts = this.#restarts;
    const { requests, next } = await this.#control.requests(this.#next);
    if (restarts !== this.#restarts) return;
    for (const request of requests) this.#requests.set(`${restarts} ${request.seq}`, request);
    this.#next = requests.find(({ status }) => status === null)?.seq ?? next;
  }

  /** The sandbox counts from the beginning. */
  noteRestart(): void {
    this.#restarts += 1;
    this.#next = 0;
  }
}

/** Reads each second until `quiet` aborts, and once more then. */
export async function readOn(log: RequestLog, quiet: AbortSignal): Promise<void> {
  while (!quiet.aborted) {
    // A sandbox that was killed answers when it is back.
    await log.read().catch(() => {});
    await pause(1_000, undefined, { signal: quiet }).catch(() => {});
  }
  await log.read();
}
