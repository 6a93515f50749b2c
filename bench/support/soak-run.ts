import { foldStatus } from '../../src/ringcentral/wire/session.ts';
import { type Agent, connect } from '../../test/e2e/support/agents.ts';
import { environmentOf, type Running, run, startSandboxProcess } from '../../test/e2e/support/process.ts';
import type { Sample } from '../harness/table.ts';
import { residentMiB } from './stdio-server.ts';

const pageSize = 200;

interface Call {
  stale?: boolean;
  parties: { id: string; status: { code: string }; muted?: boolean; stale?: boolean }[];
}

interface Request {
  method: string;
  path: string;
  status: number;
}

type SandboxProcess = Awaited<ReturnType<typeof startSandboxProcess>>;

/** What the server shows: every call, how many of them are stale, and the state of its feed. */
export interface Picture {
  calls: number;
  /** `party state muted` of every live party. */
  lines: string[];
  stale: number;
  feed: { state?: string; stale?: boolean } | undefined;
}

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
    return lines((await this.control<{ calls: Call[] }>('GET', '/state')).calls);
  }

  /** @param fresh the server reads every call again before it answers */
  async picture({ fresh = false } = {}): Promise<Picture> {
    const calls: Call[] = [];
    for (;;) {
      const first = calls.length === 0 ? { fresh } : {};
      const { structuredContent: shown } = await this.#agent.call('list_active_calls', {
        ...first,
        detail: true,
        limit: pageSize,
        offset: calls.length,
      });
      calls.push(...(shown?.calls ?? []));
      if (calls.length < (shown?.total ?? 0) && shown?.calls?.length !== 0) continue;
      const stale = calls.filter((call) => call.stale || call.parties.some((party) => party.stale)).length;
      return { calls: calls.length, lines: lines(calls), stale, feed: shown?.feed };
    }
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

function lines(calls: readonly Call[]): string[] {
  return calls
    .flatMap(({ parties }) => parties)
    .map(({ id, status, muted = false }) => `${id} ${foldStatus(status.code)}${muted ? ' muted' : ''}`)
    .filter((line) => !/ (Disconnected|Gone)/.test(line))
    .sort();
}
