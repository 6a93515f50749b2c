import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Client, type JSONRPCMessage, type Transport } from '@modelcontextprotocol/client';
import { type Question, type ToolAnswer, yes } from '../agents.ts';
import { type Running, run } from '../process.ts';

/** MCP over the pipes of a process whose pipes and life are the test's to end. */
class PipeTransport implements Transport {
  onmessage?: NonNullable<Transport['onmessage']>;
  onclose?: () => void;
  readonly #running: Running;

  constructor(running: Running) {
    this.#running = running;
  }

  async start(): Promise<void> {
    const { child } = this.#running;
    if (!child.stdout) throw new Error('no stdout');
    createInterface({ input: child.stdout }).on('line', (line) => this.onmessage?.(JSON.parse(line)));
    child.stdin?.on('error', () => {});
    child.once('exit', () => this.onclose?.());
  }

  async send(message: JSONRPCMessage): Promise<void> {
    this.#running.child.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  async close(): Promise<void> {
    this.#running.child.stdin?.end();
  }
}

/** A host with an agent and a person who says yes, over stdio; it can go, and its server can be killed. */
export class Host {
  readonly server: Running;
  readonly questions: Question[] = [];
  readonly #client: Client;

  private constructor(server: Running, client: Client) {
    this.server = server;
    this.#client = client;
  }

  static async start(args: string[], env: Record<string, string>): Promise<Host> {
    const client = new Client(
      { name: 'e2e', version: '1.0.0' },
      { capabilities: { elicitation: { form: {} } }, versionNegotiation: { mode: 'legacy' } },
    );
    const host = new Host(run(['serve', ...args], env), client);
    client.setRequestHandler('elicitation/create', async ({ params }) => {
      host.questions.push(params as Question);
      return yes(params as Question);
    });
    await client.connect(new PipeTransport(host.server));
    return host;
  }

  call(name: string, args: object = {}, signal?: AbortSignal): Promise<ToolAnswer> {
    const params = { name, arguments: args as Record<string, unknown> };
    return this.#client.callTool(params, { ...(signal && { signal }) }) as Promise<ToolAnswer>;
  }

  /** Closes the connection as a host does that ends. */
  close(): Promise<void> {
    return this.#client.close();
  }

  /** The host is killed: all its ends of the pipes are gone. */
  die(): void {
    const { stdin, stdout, stderr } = this.server.child;
    for (const pipe of [stdin, stdout, stderr]) pipe?.destroy();
  }

  /** Resolves when the server's process has ended. */
  async ended(): Promise<void> {
    const { child } = this.server;
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
}
