import { Control } from '../test/e2e/support/control.ts';
import { type Leg, Stage } from '../test/e2e/support/operations.ts';
import {
  binary,
  environmentOf,
  type SandboxAddress,
  startSandboxProcess,
} from '../test/e2e/support/process.ts';
import { compare } from './harness/compare.ts';
import { median } from './harness/statistics.ts';
import type { Subject } from './harness/subject.ts';
import { tabulate } from './harness/table.ts';
import { bundle } from './support/bundle.ts';
import { StdioServer } from './support/stdio-server.ts';

const plainFetch = 'plain fetch';
const reads = 50;
const oneByOne = 8;
const atOnce = 16;
const perContender = oneByOne + atOnce;
/** Background reads of a call end within this; a reading that is older than two seconds serves no act. */
const quietMs = 2_500;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function timed(run: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await run();
  return performance.now() - begun;
}

/** Median time of a call, of so many one after the other on these legs in turn. */
async function middle(count: number, legs: readonly Leg[], call: (leg: Leg) => Promise<unknown>) {
  const times: number[] = [];
  for (let turn = 0; turn < count; turn += 1) {
    const leg = legs[turn % legs.length];
    if (leg) times.push(await timed(() => call(leg)));
  }
  return median(times);
}

/** The platform without anything between. */
class Platform {
  readonly #sessions: string;
  readonly token: string;

  private constructor({ serverUrl }: SandboxAddress, token: string) {
    this.#sessions = `${serverUrl}/restapi/v1.0/account/~/telephony/sessions`;
    this.token = token;
  }

  static async login(address: SandboxAddress): Promise<Platform> {
    const answer = await fetch(`${address.serverUrl}/restapi/oauth/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${address.clientId}:${address.clientSecret}`).toString('base64')}`,
      },
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: address.jwt,
      }),
    });
    return new Platform(address, ((await answer.json()) as { access_token: string }).access_token);
  }

  async #send(method: string, path: string): Promise<unknown> {
    const response = await fetch(`${this.#sessions}/${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}` },
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
    return response.json();
  }

  read = ({ telephonySessionId }: Leg) => this.#send('GET', telephonySessionId);
  hold = ({ telephonySessionId, partyId }: Leg) =>
    this.#send('POST', `${telephonySessionId}/parties/${partyId}/hold`);
  unhold = ({ telephonySessionId, partyId }: Leg) =>
    this.#send('POST', `${telephonySessionId}/parties/${partyId}/unhold`);
}

interface Contender {
  read(leg: Leg): Promise<unknown>;
  hold(leg: Leg): Promise<unknown>;
  /** Time on processors so far, in ms. */
  cpu(): number;
  /** Looks at each call before it acts. */
  looks?: true;
  legs: Leg[];
}

const through = (server: StdioServer, legs: Leg[]): Contender => ({
  read: (leg) => server.call('read_call_session_status', leg),
  hold: (leg) => server.call('hold_call_party', leg),
  cpu: () => server.cpu(),
  legs,
});

export const subject: Subject = {
  about:
    'Tool calls on stdio, beside the same requests by plain `fetch`. Each hold is on another call, whose last reading is ' +
    'too old to act on. The plain server is the MCP SDK v2 with one `fetch` in each tool. Ours reads live calls from ' +
    'memory, and looks at a call before it acts on it: "without the look" is less what a plain read takes.',
  async run({ quick }) {
    const sandbox = await startSandboxProcess('--rate-limits', 'off');
    const control = new Control(sandbox.address.controlUrl);
    const stage = new Stage(control);
    const platform = await Platform.login(sandbox.address);
    const environment = environmentOf(sandbox.address);
    const bundled = await bundle('sdk-server');
    const plain = new StdioServer([bundled.file], { ...environment, RC_ACCESS_TOKEN: platform.token });
    const server = new StdioServer([binary, 'serve'], environment);
    const servers = { 'plain SDK server': plain, ours: server };
    for (const one of Object.values(servers)) await one.open();
    const idle = Object.values(servers).map((one) => one.rss());

    // Events tell it of every call from here on; of calls that were there before, presence lists seven.
    await server.call('list_active_calls');
    const legs = await Promise.all(Array.from({ length: 3 * perContender }, () => stage.talking()));
    const share = () => legs.splice(0, perContender);
    const contenders: Record<string, Contender> = {
      [plainFetch]: {
        read: platform.read,
        hold: platform.hold,
        cpu: () => process.cpuUsage().user / 1_000 + process.cpuUsage().system / 1_000,
        legs: share(),
      },
      'plain SDK server': through(plain, share()),
      ours: { ...through(server, share()), looks: true },
    };
    while (
      (await server.call('list_active_calls', { limit: 1 })).structuredContent?.total !==
      3 * perContender
    )
      await pause(100);

    let since = 0;
    async function requestsSoFar(): Promise<number> {
      const { requests, next } = await control.requests(since);
      since = next;
      return requests.length;
    }
    async function sample({ read, hold, cpu, looks, legs: own }: Contender) {
      const [first, single, rest] = [own.slice(0, 1), own.slice(0, oneByOne), own.slice(oneByOne)];
      const readMs = await middle(reads, first, read);
      await requestsSoFar();
      const cpuBefore = cpu();
      const holdMs = await middle(oneByOne, single, hold);
      const burstMs = await timed(() => Promise.all(rest.map(hold)));
      const cpuMs = cpu() - cpuBefore;
      const requests = await requestsSoFar();
      const lookMs = looks ? await middle(oneByOne, single, platform.read) : 0;
      return {
        'read, ms': readMs,
        'hold, ms': holdMs,
        'hold without the look, ms': holdMs - lookMs,
        [`${atOnce} holds at once, ms`]: burstMs,
        'processor time per hold, ms': cpuMs / perContender,
        'requests per hold': requests / perContender,
      };
    }

    const echo = async () => ({
      'read, ms': await middle(reads, contenders[plainFetch]?.legs ?? [], (leg) => plain.call('echo', leg)),
    });
    const table = await compare({
      title: 'Reads and holds',
      reference: plainFetch,
      rounds: quick ? 2 : 15,
      async prepare() {
        const held = Object.values(contenders).flatMap(({ legs: own }) => own);
        await Promise.all(held.map((leg) => platform.unhold(leg).catch(() => undefined)));
        await pause(quietMs);
      },
      contenders: {
        ...Object.fromEntries(
          Object.entries(contenders).map(([name, contender]) => [name, () => sample(contender)]),
        ),
        'plain SDK server, echo': echo,
      },
    });
    const memory = Object.entries(servers).map(
      ([name, one], index) =>
        [name, [{ 'idle, MiB': idle[index] ?? Number.NaN, 'after the calls, MiB': one.rss() }]] as const,
    );
    for (const one of Object.values(servers)) await one.close();
    await sandbox.stop();
    bundled.remove();
    return [table, tabulate('Resident memory', new Map(memory.map(([name, sample]) => [name, [...sample]])))];
  },
};
