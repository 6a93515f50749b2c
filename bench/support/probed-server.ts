import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { binary } from '../../test/e2e/support/process.ts';
import { bundle } from './bundle.ts';
import { type Started, start, stop } from './command.ts';
import type { Question } from './server-probe.ts';
import { processorMs, residentMiB } from './stdio-server.ts';

const pollMs = 20;
const patienceMs = 180_000;

/** What a server holds, garbage left out. */
export interface Held {
  heapMB: number;
  residentMB: number;
}

/** A server over HTTP, in a process of its own that answers what it holds and how long it works. */
export class ProbedServer {
  readonly url: string;
  /** Of the line that it leads, or led last; 0 where it never led. */
  term = 0;
  readonly #started: Started;
  #onTerm = (): void => undefined;

  private constructor(started: Started) {
    this.#started = started;
    this.url = started.line.url ?? '';
    const { stderr } = started.child;
    if (!stderr) throw new Error('no stderr');
    createInterface({ input: stderr }).on('line', (text) => {
      const { msg, term } = text.startsWith('{') ? JSON.parse(text) : {};
      if (msg !== 'this replica leads') return;
      this.term = term;
      this.#onTerm();
    });
  }

  /**
   * @param args of `serve`, beside the address
   * @param build the `dist/cli.js` that is measured
   */
  static async start(
    env: Record<string, string>,
    args: readonly string[] = [],
    build = binary,
  ): Promise<ProbedServer> {
    const probe = await bundle('server-probe');
    try {
      const command = ['--import', probe.file, build, 'serve', '--http', '127.0.0.1:0', ...args];
      // The line that it listens has this member, unlike the one of the address for other replicas.
      return new ProbedServer(await start(command, 'environment', env));
    } finally {
      probe.remove();
    }
  }

  /** Collects its garbage, and answers what is left. */
  async held(): Promise<Held> {
    const { heapUsed } = await this.#ask<NodeJS.MemoryUsage>('memory');
    return { heapMB: heapUsed / 1e6, residentMB: residentMiB(this.#started.child.pid) * 1.048_576 };
  }

  /** Begins to watch how long it works without looking at what else there is to do. */
  watchTurns(): void {
    this.#started.child.send('watch turns' satisfies Question);
  }

  /** The longest that it did since, in ms of its processor; at most ten more than one turn of its event loop. */
  longestTurn(): Promise<number> {
    return this.#ask('longest turn');
  }

  /** Its time on processors so far, in ms. */
  processorMs(): number {
    return processorMs(this.#started.child.pid);
  }

  /**
   * Waits until a metric has this value.
   * @param headers what lets the bench in
   */
  async metric(name: string, value: number, headers: Record<string, string> = {}): Promise<void> {
    let text = '';
    for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await pause(pollMs)) {
      const answer = await fetch(new URL('/metrics', this.url), { headers });
      text = await answer.text();
      if (text.includes(`\n${name} ${value}\n`)) return;
    }
    const lines = text.split('\n').filter((line) => line.startsWith('rc_mcp_'));
    throw new Error(`${name} did not become ${value}: ${lines.join('; ')}`);
  }

  /** Resolves when it leads in a term after this one. */
  async leadsAfter(term: number): Promise<void> {
    if (this.term > term) return;
    await new Promise<void>((resolve) => {
      this.#onTerm = () => this.term > term && resolve();
    });
  }

  freeze(): void {
    this.#started.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#started.child.kill('SIGCONT');
  }

  /** kill -9. */
  kill(): void {
    this.#started.child.removeAllListeners('exit');
    this.#started.child.kill('SIGKILL');
  }

  /** Ends it as the system does; answers its exit code. */
  stop(): Promise<number | null> {
    return stop(this.#started);
  }

  async #ask<T>(question: Question): Promise<T> {
    const { child } = this.#started;
    child.send(question);
    const [answer] = await once(child, 'message');
    return answer as T;
  }
}
