import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

/** How often it is looked whether a phone rings. */
const lookMs = 100;

interface Party {
  id: string;
  extensionId?: string;
  status: { code: string };
}
interface State {
  extensions: { id: string; name: string }[];
  calls: { telephonySessionId: string; parties: Party[] }[];
}

/** The people at the phones, inside the company and outside, whom the sandbox plays. */
export class SandboxPeople {
  readonly #controlUrl: string;

  private constructor(controlUrl: string) {
    this.#controlUrl = controlUrl;
  }

  /** Waits for the line of the server's log that has the address of the sandbox's control interface. */
  static async fromLog(log: Readable): Promise<SandboxPeople> {
    for await (const line of createInterface({ input: log })) {
      const entry = line.startsWith('{') ? JSON.parse(line) : {};
      if (entry.msg !== 'sandbox') continue;
      // The rest of the log is read, too: nobody is to wait for a reader.
      log.resume();
      return new SandboxPeople(entry.controlUrl);
    }
    throw new Error('The server ended before its sandbox had started.');
  }

  /** Somebody outside dials the user's direct number. */
  async dial(from: { phoneNumber: string; name: string }): Promise<void> {
    await this.#send('POST', '/calls', { from, to: { phoneNumber: '+12055550101' } });
  }

  /** A colleague picks up once their phone rings, after `picksUp` was called, unless `signal` aborts before. */
  async whenRinging(name: string, signal: AbortSignal, picksUp: () => void): Promise<void> {
    while (!signal.aborted) {
      const { extensions, calls } = (await this.#send('GET', '/state')) as State;
      const colleague = extensions.find((extension) => extension.name === name);
      for (const { telephonySessionId, parties } of calls) {
        const party = parties.find(
          ({ extensionId, status }) => extensionId === colleague?.id && status.code === 'Proceeding',
        );
        if (!party) continue;
        picksUp();
        await this.#send('POST', `/calls/${telephonySessionId}/parties/${party.id}/answer`, {});
        return;
      }
      await delay(lookMs);
    }
  }

  async #send(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.#controlUrl}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`The sandbox refuses ${method} ${path}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }
}
