import { setTimeout as pause } from 'node:timers/promises';
import { Control } from '../test/e2e/support/control.ts';
import type { Leg } from '../test/e2e/support/operations.ts';
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
import { inGroups } from './support/in-groups.ts';
import { layCalls, seatsOf } from './support/lay-calls.ts';
import { preparePeers } from './support/peers.ts';
import { Platform } from './support/platform.ts';
import { startedBefore } from './support/started-before.ts';
import { StdioServer } from './support/stdio-server.ts';

const plainFetch = 'plain fetch';
const reads = 100;
const oneByOne = 16;
const atOnce = 16;
const bursts = 2;
const holds = oneByOne + bursts * atOnce;
/** One is read, and the others are held. */
const perContender = 1 + holds;
/** Background reads of a call end within this; a reading that is older than two seconds serves no act. */
const quietMs = 2_500;

/** Most background reads that follow an act are over within this. */
const settleMs = 1_000;

async function timed(run: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await run();
  return performance.now() - begun;
}

/** Median time of a call of each leg, one after the other. */
async function middle(legs: readonly Leg[], call: (leg: Leg) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (const leg of legs) times.push(await timed(() => call(leg)));
  return median(times);
}

/** Time of all bursts, one after the other. */
const inBursts = (legs: readonly Leg[], call: (leg: Leg) => Promise<unknown>) =>
  timed(async () => {
    for (let at = 0; at < legs.length; at += atOnce) await Promise.all(legs.slice(at, at + atOnce).map(call));
  });

function ownCpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Whoever reads and holds the calls of one person, which nobody else touches. */
interface Contender {
  read(leg: Leg): Promise<unknown>;
  hold(leg: Leg): Promise<unknown>;
  /** Time on processors so far, in ms. */
  cpu(): number;
  /** Looks at each call before it acts. */
  looks?: true;
  legs: Leg[];
}

interface Tools {
  read: string;
  hold: string;
  /** What these tools take beside the leg. */
  args?: object;
}

function through(server: StdioServer, { read, hold, args }: Tools, legs: Leg[]): Contender {
  return {
    read: ({ telephonySessionId }) => server.call(read, { telephonySessionId, ...args }),
    hold: (leg) => server.call(hold, { ...leg, ...args }),
    cpu: () => server.cpu(),
    legs,
  };
}

/** As ours and the plain server call them. */
const ownTools: Tools = { read: 'read_call_session_status', hold: 'hold_call_party' };

/** A server, its tools, and its resident memory before the first call. */
interface Opened {
  server: StdioServer;
  tools: Tools;
  idleMiB: number;
}

async function open(args: string[], env: Record<string, string>, tools = ownTools): Promise<Opened> {
  const server = new StdioServer(args, env);
  await server.open();
  return { server, tools, idleMiB: server.rss() };
}

/** The servers that are no more than wrappers: the SDK alone, and the bridges. */
async function openWrappers(address: SandboxAddress, { token }: Platform) {
  const bundled = await bundle('sdk-server');
  const { peers, remove } = await preparePeers(address, token);
  const servers = new Map<string, Opened>();
  const env = { RC_SERVER_URL: address.serverUrl, RC_ACCESS_TOKEN: token };
  servers.set('plain SDK server', await open([bundled.file], env));
  for (const { name, args, env, read, hold } of peers)
    servers.set(name, await open(args, env, { read, hold, args: { accountId: '~' } }));
  return {
    servers,
    remove() {
      bundled.remove();
      remove();
    },
  };
}

/** Sandbox, contenders' servers, and their calls: ours sees those of 101, and all others are of 102. */
async function setUp() {
  const sandbox = await startSandboxProcess('--rate-limits', 'off');
  const control = new Control(sandbox.address.controlUrl);
  const others = await Platform.login({ ...sandbox.address, ...(await control.login('102')) });
  const wrappers = await openWrappers(sandbox.address, others);
  await startedBefore(binary, environmentOf(sandbox.address), (server) => server.call('list_active_calls'));
  const ours = await open([binary, 'serve'], environmentOf(sandbox.address));

  // Events tell it of every call from here on; of calls that were there before, presence lists seven.
  await ours.server.call('list_active_calls');
  const own = await layCalls(control, await seatsOf(control, '101', perContender));
  const { size } = wrappers.servers;
  const foreign = await layCalls(control, await seatsOf(control, '102', (size + 1) * perContender));
  const shown = async () =>
    (await ours.server.call('list_active_calls', { limit: 1 })).structuredContent?.total;
  while ((await shown()) !== own.length) await pause(100);

  const share = (nth: number) => foreign.slice(nth * perContender, (nth + 1) * perContender);
  const { read, hold } = others;
  const contenders: Record<string, Contender> = {
    [plainFetch]: { read, hold, cpu: ownCpu, legs: share(0) },
    ...Object.fromEntries(
      [...wrappers.servers].map(([name, { server, tools }], nth) => [
        name,
        through(server, tools, share(nth + 1)),
      ]),
    ),
    ours: { ...through(ours.server, ours.tools, own), looks: true },
  };
  const self = await Platform.login(sandbox.address);
  const isHeld = (_: Leg, nth: number) => nth % perContender > 0;
  const each = async (act: 'hold' | 'unhold') => {
    await inGroups(atOnce, own.filter(isHeld), self[act]);
    await inGroups(atOnce, foreign.filter(isHeld), others[act]);
  };
  // As after a round: to take back what is not held is refused.
  await each('hold');
  const servers = new Map([...wrappers.servers, ['ours', ours]]);
  const close = async () => {
    for (const { server } of servers.values()) await server.close();
    await sandbox.stop();
    wrappers.remove();
  };
  return { control, others, contenders, servers, release: () => each('unhold'), close };
}
type Place = Awaited<ReturnType<typeof setUp>>;

/** Takes samples of reads and holds; counts the requests of holds by the sandbox's log. */
function sampler({ control, others, contenders }: Place) {
  let since = 0;
  async function newRequests(): Promise<number> {
    const { requests, next } = await control.requests(since);
    since = next;
    return requests.length;
  }
  return async ({ read, hold, cpu, looks, legs }: Contender) => {
    const [known, ...held] = legs as [Leg, ...Leg[]];
    const readMs = await middle(Array<Leg>(reads).fill(known), read);
    await newRequests();
    const cpuBefore = cpu();
    const holdMs = await middle(held.slice(0, oneByOne), hold);
    const burstMs = await inBursts(held.slice(oneByOne), hold);
    const cpuMs = cpu() - cpuBefore;
    const requests = await newRequests();
    const looked = contenders[plainFetch]?.legs.slice(1, 1 + oneByOne) ?? [];
    // What follows its acts is not to work in the turn of another.
    if (looks) await pause(settleMs);
    const lookMs = looks ? await middle(looked, others.read) : 0;
    return {
      'read, ms': readMs,
      'hold, ms': holdMs,
      'hold without the look, ms': holdMs - lookMs,
      [`holds/s, ${atOnce} at once`]: (bursts * atOnce * 1_000) / burstMs,
      'processor time per hold, ms': cpuMs / holds,
      'requests per hold': requests / holds,
    };
  };
}

export const subject: Subject = {
  about:
    'Tool calls on stdio, beside the same requests by plain `fetch`. Each hold is on another call, whose last reading is ' +
    'too old to act on. The plain server is the MCP SDK v2 with one `fetch` in each tool, the bridges make tools of the ' +
    'OpenAPI document of the sandbox. Ours reads live calls from memory, and looks at a call before it acts on it: ' +
    '"without the look" is less what a plain read takes.',
  async run({ quick }) {
    const place = await setUp();
    const { contenders, servers, release } = place;
    const sample = sampler(place);
    const plain = servers.get('plain SDK server')?.server;
    const calls = await compare({
      title: 'Reads and holds',
      reference: plainFetch,
      rounds: quick ? 3 : 21,
      // Some hundred holds of each: code that is interpreted is not what is measured.
      warmUps: quick ? 1 : 8,
      async prepare() {
        await release();
        await pause(quietMs);
      },
      contenders: {
        ...Object.fromEntries(
          Object.entries(contenders).map(([name, contender]) => [name, () => sample(contender)]),
        ),
        'plain SDK server, echo': async () => ({
          'read, ms': await middle(contenders.ours?.legs ?? [], (leg) =>
            Promise.resolve(plain?.call('echo', leg)),
          ),
        }),
      },
    });
    const memory = tabulate(
      'Resident memory',
      new Map(
        [...servers].map(([name, { server, idleMiB }]) => [
          name,
          [{ 'idle, MiB': idleMiB, 'after the calls, MiB': server.rss() }],
        ]),
      ),
    );
    await place.close();
    return [calls, memory];
  },
};
