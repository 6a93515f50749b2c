import { type Agent, connect } from '../../test/e2e/support/agents.ts';
import type { Truth } from '../../test/e2e/support/control.ts';
import { environmentOf, type Running, run, startSandboxProcess } from '../../test/e2e/support/process.ts';
import type { Sample } from '../harness/table.ts';
import { linesOf, type Picture, pictureOf } from './pictures.ts';
import { residentMiB } from './stdio-server.ts';

interface Request {
  method: string;
  path: string;
  status: number;
}

type SandboxProcess = Awaited<ReturnType<typeof startSandboxProcess>>;

/** A sandbox and a server of the whole account as two processes, and what is seen of both. */
export class SoakRun {
  /** One at each `report`. */
  readonly samples: Sample[] = [];
  /** Requests that the sandbox answered so far, by kind of status. */
  readonly requests = new Map<string, number>();
  readonly #sandbox: SandboxProcess;
  readonly #server: Running;
  readonly #agent: Agent;
  readonly #begun = Date.now();
  #nextRequest = 0;

  private constructor(sandbox: SandboxProcess, server: Running, agent: Agent) {
    this.#sandbox = sandbox;
    this.#server = server;
    this.#agent = agent;
  }

  /** @param load flags of the sandbox's `call-center` */
  static async start(load: Record<string, string>): Promise<SoakRun> {
    const flags = Object.entries(load).flatMap(([flag, value]) => [`--${flag}`, value]);
    const sandbox = await startSandboxProcess('--scenario', 'call-center', ...flags);
    const server = run(
      ['serve', '--http', '127.0.0.1:0', '--scope', 'account'],
      environmentOf(sandbox.address),
    );
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        for (const { child } of [server, sandbox]) child.kill();
        process.exit(1);
      });
    }
    const { url } = await server.logged('listening');
    return new SoakRun(sandbox, server, await connect('v2 client, 2025', { http: String(url) }));
  }

  /** `party state muted` of every live party, as the sandbox has it. */
  async facts(): Promise<string[]> {
    return linesOf((await this.control<Truth>('GET', '/state')).calls);
  }

  /** @param fresh the server reads every call again before it answers */
  picture(options: { fresh?: boolean } = {}): Promise<Picture> {
    return pictureOf(this.#agent, options);
  }

  /** Prints a line, and keeps a sample, of what is shown, requested and resident. */
  async report(): Promise<void> {
    const { calls, stale, feed } = await this.picture();
    await this.#countRequests();
    const counted = ['good', '4xx', '429', '5xx']
      .map((kind) => `${this.requests.get(kind) ?? 0} ${kind}`)
      .join(', ');
    const server = residentMiB(this.#server.child.pid);
    const sandbox = residentMiB(this.#sandbox.child.pid);
    this.print(
      `${calls} calls shown, ${stale} of them stale; feed ${feed?.state}; requests: ${counted}; ` +
        `server ${Math.round(server)} MiB, sandbox ${Math.round(sandbox)} MiB`,
    );
    this.samples.push({
      'calls shown': calls,
      'stale ones': stale,
      'server resident, MiB': server,
      'sandbox resident, MiB': sandbox,
    });
  }

  /** Prints a line with the minutes since the start before it. */
  print(text: string): void {
    console.log(`${((Date.now() - this.#begun) / 60_000).toFixed(1).padStart(5)} min  ${text}`);
  }

  /** A request to the sandbox's control interface. */
  async control<T>(method: string, path: string): Promise<T> {
    const response = await fetch(`${this.#sandbox.address.controlUrl}${path}`, { method });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  /**
   * Ends both processes.
   *
   * @returns how many warnings and errors the server has logged
   * @throws Error where the server did not end well
   */
  async stop(): Promise<number> {
    const warnings = this.#server.logs.filter(
      ({ level }) => Number(level) >= 40 || level === 'warn' || level === 'error',
    ).length;
    await this.#agent.close();
    const code = await this.#server.stop();
    await this.#sandbox.stop();
    if (code !== 0) throw new Error(`the server ended with ${code}: ${this.#server.stderr().slice(-2000)}`);
    return warnings;
  }

  async #countRequests(): Promise<void> {
    const path = `/requests?since=${this.#nextRequest}`;
    const news = await this.control<{ requests: Request[]; next: number }>('GET', path);
    this.#nextRequest = news.next;
    for (const { status } of news.requests) {
      const kind = kindOf(status);
      this.requests.set(kind, (this.requests.get(kind) ?? 0) + 1);
    }
  }
}

function kindOf(status: number): string {
  if (status >= 500) return '5xx';
  if (status === 429) return '429';
  return status >= 400 ? '4xx' : 'good';
}
