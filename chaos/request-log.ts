import { setTimeout as pause } from 'node:timers/promises';
import type { Control, LoggedRequest } from '../test/e2e/support/control.ts';

/** All requests that the sandbox received, also those that its own log has dropped. */
export class RequestLog {
  readonly requests = new Map<number, LoggedRequest>();
  readonly #control: Control;
  #next = 0;

  constructor(control: Control) {
    this.#control = control;
  }

  /** Reads what is new, and again what had no answer yet. */
  async read(): Promise<void> {
    const { requests, next } = await this.#control.requests(this.#next);
    for (const request of requests) this.requests.set(request.seq, request);
    this.#next = requests.find(({ status }) => status === null)?.seq ?? next;
  }
}

/** Reads each second until `quiet` aborts, and once more then. */
export async function readOn(log: RequestLog, quiet: AbortSignal): Promise<void> {
  while (!quiet.aborted) {
    await log.read();
    await pause(1_000, undefined, { signal: quiet }).catch(() => {});
  }
  await log.read();
}
