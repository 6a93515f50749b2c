import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { measuredEnvironment } from './environment.ts';

interface Answer {
  id?: number;
  result?: { isError?: boolean; tools?: unknown[]; structuredContent?: Record<string, unknown> };
  error?: { message: string };
}

/** An MCP server on stdio, with the least client that is possible: what is measured is the server. */
export class StdioServer {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #ids = 0;

  constructor(args: string[], env: Record<string, string> = {}) {
    this.#child = spawn(process.execPath, args, {
      env: measuredEnvironment(env),
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#child.once('exit', (code) => {
      if (this.#waiting.size > 0) throw new Error(`${args.join(' ')} exited with ${code}`);
    });
    if (!this.#child.stdout) throw new Error('no stdout');
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const answer: Answer = JSON.parse(line);
      if (answer.id === undefined) return;
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
  }

  #write(message: object): void {
    this.#child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }

  /** @throws Error for an answer that is an error, of the protocol or of the tool */
  async request(method: string, params: object = {}): Promise<NonNullable<Answer['result']>> {
    this.#ids += 1;
    const id = this.#ids;
    const answered = new Promise<Answer>((resolve) => {
      this.#waiting.set(id, resolve);
    });
    this.#write({ id, method, params });
    const { result, error } = await answered;
    if (!result || result.isError) throw new Error(`${method}: ${error?.message ?? JSON.stringify(result)}`);
    return result;
  }

  /** The handshake of 2025, and the list of tools. */
  async open(): Promise<void> {
    await this.request('initialize', {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'bench', version: '1.0.0' },
    });
    this.#write({ method: 'notifications/initialized' });
    await this.request('tools/list');
  }

  call = (name: string, args: object = {}) => this.request('tools/call', { name, arguments: args });

  /** Time on processors so far, in ms. */
  cpu(): number {
    return processorMs(this.#child.pid);
  }

  /** Resident memory in MiB. */
  rss(): number {
    return residentMiB(this.#child.pid);
  }

  async close(): Promise<void> {
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exit;
  }
}

/** Resident memory of a process in MiB; /proc is where the bench runs. */
export const residentMiB = (pid: number | undefined): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

/** Time of a process on processors so far, in ms. From /proc, in ns there. */
export function processorMs(pid: number | undefined): number {
  const tasks = `/proc/${pid}/task`;
  const times = readdirSync(tasks).map((task) =>
    Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0]),
  );
  return times.reduce((sum, time) => sum + time, 0) / 1e6;
}
