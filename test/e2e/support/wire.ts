import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import type { Running } from './process.ts';

/** What comes back for a message. */
export interface Answer {
  id?: unknown;
  result?: Record<string, unknown>;
  error?: { code: number; message: string };
}

/** Lines in, lines out; without a client that would make well-formed messages of them. */
export class Wire {
  readonly #running: Running;
  readonly #answers: (Answer | Answer[])[] = [];
  #look: () => void = () => {};

  constructor(running: Running) {
    this.#running = running;
    if (!running.child.stdout) throw new Error('no stdout');
    createInterface({ input: running.child.stdout }).on('line', (line) => {
      this.#answers.push(JSON.parse(line));
      this.#look();
    });
  }

  write(message: unknown): void {
    this.#running.child.stdin?.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`);
  }

  /** The first answer that fits; whatever comes before it stays. */
  async next(fits: (answer: Answer | Answer[]) => boolean): Promise<Answer | Answer[]> {
    while (!this.#answers.some(fits)) {
      await new Promise<void>((resolve) => {
        this.#look = resolve;
      });
    }
    return this.#answers.splice(this.#answers.findIndex(fits), 1)[0] as Answer;
  }

  async ask(message: { id: unknown; [member: string]: unknown }): Promise<Answer> {
    const { id } = message;
    this.write(message);
    return (await this.next((answer) => !Array.isArray(answer) && answer.id === id)) as Answer;
  }

  /** Shakes hands as a client of 2025-11-25 that can do nothing. */
  initialize(): Promise<Answer> {
    const clientInfo = { name: 'wire', version: '1.0.0' };
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
    return this.ask({ jsonrpc: '2.0', id: 'initialize', method: 'initialize', params });
  }

  /** `ping` answered: the server has read everything before it. */
  async alive(): Promise<void> {
    expect((await this.ask({ jsonrpc: '2.0', id: 'alive', method: 'ping' })).result).toEqual({});
  }
}
