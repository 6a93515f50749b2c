import { Control } from '../test/e2e/support/control.ts';
import { type Leg, Stage } from '../test/e2e/support/operations.ts';
import { binary, environmentOf, startSandboxProcess } from '../test/e2e/support/process.ts';
import { compare } from './harness/compare.ts';
import { median } from './harness/statistics.ts';
import type { Subject } from './harness/subject.ts';
import { tabulate } from './harness/table.ts';
import { bundle } from './support/bundle.ts';
import { Platform } from './support/platform.ts';
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

function ownCpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
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

/** Sandbox, contenders' servers, and live calls of each contender that nobody else touches. */
async function setUp() {
  const sandbox = await startSandboxProcess('--rate-limits', 'off');
  const control = new Control(sandbox.address.controlUrl);
  const platform = await Platform.login(sandbox.address);
  const environment = environmentOf(sandbox.address);
  const bundled = await bundle('sdk-server');
  const plain = new StdioServer([bundled.file], { ...environment, RC_ACCESS_TOKEN: platform.token });
  const ours = new StdioServer([binary, 'serve'], environment);
  for (const server of [plain, ours]) await server.open();
  const idle = { plain: plain.rss(), ours: ours.rss() };

  // Events tell it of every call from here on; of calls that were there before, presence lists seven.
  await ours.call('list_active_calls');
  const stage = new Stage(control);
  const legs = await Promise.all(Array.from({ length: 3 * perContender }, () => stage.talking()));
  const shown = async () => (await ours.call('list_active_calls', { limit: 1 })).structuredContent?.total;
  while ((await shown()) !== legs.length) await pause(100);

  const close = async () => {
    for (const server of [plain, ours]) await server.close();
    await sandbox.stop();
    bundled.remove();
  };
  return { control, platform, plain, ours, idle, legs, close };
}
type Place = Awaited<ReturnType<typeof setUp>>;

function contendersOf({ platform, plain, ours, legs }: Place): Record<string, Contender> {
  const share = (index: number) => legs.slice(index * perContender, (index + 1) * perContender);
  return {
    [plainFetch]: { read: platform.read, hold: platform.hold, cpu: ownCpu, legs: share(0) },
    'plain SDK server': through(plain, share(1)),
    ours: { ...through(ours, share(2)), looks: true },
  };
}

/** Takes samples of reads and holds; counts the requests of holds by the sandbox's log. */
function sampler({ control, platform }: Place) {
  let since = 0;
  async function newRequests(): Promise<number> {
    const { requests, next } = await control.requests(since);
    since = next;
    return requests.length;
  }
  return async ({ read, hold, cpu, looks, legs }: Contender) => {
    const single = legs.slice(0, oneByOne);
    const readMs = await middle(reads, legs.slice(0, 1), read);
    await newRequests();
    const cpuBefore = cpu();
    const holdMs = await middle(oneByOne, single, hold);
    const burstMs = await timed(() => Promise.all(legs.slice(oneByOne).map(hold)));
    const cpuMs = cpu() - cpuBefore;
    const requests = await newRequests();
    const lookMs = looks ? await middle(oneByOne, single, platform.read) : 0;
    return {
      'read, ms': readMs,
      'hold, ms': holdMs,
      'hold without the look, ms': holdMs - lookMs,
      [`${atOnce} holds at once, ms`]: burstMs,
      'processor time per hold, ms': cpuMs / perContender,
      'requests per hold': requests / perContender,
    };
  };
}

export const subject: Subject = {
  about:
    'Tool calls on stdio, beside the same requests by plain `fetch`. Each hold is on another call, whose last reading is ' +
    'too old to act on. The plain server is the MCP SDK v2 with one `fetch` in each tool. Ours reads live calls from ' +
    'memory, and looks at a call before it acts on it: "without the look" is less what a plain read takes.',
  async run({ quick }) {
    const place = await setUp();
    const { platform, plain, ours, idle, legs } = place;
    const sample = sampler(place);
    const contenders = Object.entries(contendersOf(place)).map(
      ([name, contender]) => [name, () => sample(contender)] as const,
    );
    const calls = await compare({
      title: 'Reads and holds',
      reference: plainFetch,
      rounds: quick ? 2 : 15,
      async prepare() {
        // Before the first round nothing is held, which is refused.
        await Promise.all(legs.map((leg) => platform.unhold(leg).catch(() => undefined)));
        await pause(quietMs);
      },
      contenders: {
        ...Object.fromEntries(contenders),
        'plain SDK server, echo': async () => ({
          'read, ms': await middle(reads, legs, (leg) => plain.call('echo', leg)),
        }),
      },
    });
    const memory = tabulate(
      'Resident memory',
      new Map([
        ['plain SDK server', [{ 'idle, MiB': idle.plain, 'after the calls, MiB': plain.rss() }]],
        ['ours', [{ 'idle, MiB': idle.ours, 'after the calls, MiB': ours.rss() }]],
      ]),
    );
    await place.close();
    return [calls, memory];
  },
};
