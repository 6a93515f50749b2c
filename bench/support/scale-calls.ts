import { setTimeout as pause } from 'node:timers/promises';
import { Control } from '../../test/e2e/support/control.ts';
import type { Leg } from '../../test/e2e/support/operations.ts';
import { environmentOf } from '../../test/e2e/support/process.ts';
import { median } from '../harness/statistics.ts';
import type { Sample } from '../harness/table.ts';
import { closing } from './closing.ts';
import { stop } from './command.ts';
import { changes, frame, take } from './frames.ts';
import { callModern } from './http-load.ts';
import { layCalls, seatsOf } from './lay-calls.ts';
import { addressOf, startSandbox } from './lines-place.ts';
import { ProbedServer } from './probed-server.ts';
import type { Scale } from './scale.ts';

const sizes = { quick: [10, 100, 1_000], whole: [10, 100, 1_000, 10_000, 20_000] };
const eventsAtOnce = 5_000;
/** Of the platform: room for the acts, and for few of the reads by which the server looks after so many calls. */
const limits = 'light=1500,medium=100,heavy=100';
const turns = { reads: 100, acts: 40 };
const warmUps = 5;
/** What was told is in the picture by then. */
const settleMs = 2_000;
/** Whose calls the many are: a colleague's, whom the server of the account sees. */
const colleague = '102';

/** A server of the account, whose user talks on one call while others are told of by events. */
class CallsPlace {
  readonly control: Control;
  readonly server: ProbedServer;
  readonly leg: Leg;
  readonly #extensionId: string;

  private constructor(control: Control, server: ProbedServer, leg: Leg, extensionId: string) {
    this.control = control;
    this.server = server;
    this.leg = leg;
    this.#extensionId = extensionId;
  }

  static async open(address: ReturnType<typeof addressOf>, server: ProbedServer): Promise<CallsPlace> {
    const control = new Control(address.controlUrl);
    await callModern(server.url, 0, 'list_active_calls');
    const [leg] = await layCalls(control, await seatsOf(control, '101', 1));
    await server.metric('rc_mcp_live_calls', 1);
    return new CallsPlace(control, server, leg as Leg, await control.extensionId(colleague));
  }

  /** Has the platform tell of calls from this number on to that one, both of whose parties have answered. */
  async add(from: number, to: number): Promise<void> {
    const texts: string[] = [];
    for (let call = from; call < to; call += 1)
      texts.push(frame(call, 1, 2, 'Answered'), frame(call, 2, 3, 'Answered'));
    await this.tell(texts);
    await pause(settleMs);
  }

  async tell(texts: readonly string[]): Promise<void> {
    for (let at = 0; at < texts.length; at += eventsAtOnce) {
      const bodies = texts.slice(at, at + eventsAtOnce).map((text) => {
        const { body } = JSON.parse(text)[1];
        const [party] = body.parties;
        const owner = party.extensionId === undefined ? {} : { extensionId: this.#extensionId };
        return { ...body, parties: [{ ...party, ...owner }] };
      });
      await this.control.events(bodies);
    }
  }

  /** How many live calls the server has. */
  async live(): Promise<number> {
    const text = await (await fetch(new URL('/metrics', this.server.url))).text();
    return Number(/^rc_mcp_live_calls (\d+)$/m.exec(text)?.[1]);
  }

  /** Of each of so many calls of a tool: the median time, and the server's time on processors. */
  async cost(name: string, turns: number, tools: readonly string[], args: object = {}): Promise<Sample> {
    const times: number[] = [];
    const before = this.server.processorMs();
    for (let turn = 0; turn < turns; turn += 1) {
      const begun = performance.now();
      await callModern(this.server.url, turn, tools[turn % tools.length] ?? '', { arguments: args });
      times.push(performance.now() - begun);
    }
    const processor = (this.server.processorMs() - before) / turns;
    return { [`${name}, ms`]: median(times), [`${name}, ms of processor`]: processor };
  }

  /** The server's time on processors for an event of one of so many calls. */
  async event(live: number, perRound: number): Promise<Sample> {
    const texts = take(changes(live), perRound);
    const before = this.server.processorMs();
    await this.tell(texts);
    await pause(settleMs);
    return { 'event, ms of processor': (this.server.processorMs() - before) / perRound };
  }
}

async function measureAt(place: CallsPlace, size: number): Promise<Sample> {
  const { telephonySessionId } = place.leg;
  const { heapMB, residentMB } = await place.server.held();
  return {
    'live calls': await place.live(),
    ...(await place.cost('list', turns.reads, ['list_active_calls'])),
    ...(await place.cost('read', turns.reads, ['read_call_session_status'], { telephonySessionId })),
    ...(await place.cost('hold', turns.acts, ['hold_call_party', 'unhold_call_party'], {
      telephonySessionId,
    })),
    ...(await place.event(size - 1, 10_000)),
    'heap, MB': heapMB,
    'resident, MB': residentMB,
  };
}

/** What it costs that there are more live calls. */
export function scaleCalls(quick: boolean): Promise<Scale> {
  return closing(async (keep) => {
    const sandbox = await startSandbox('--rate-limits', limits);
    keep({ close: async () => void (await stop(sandbox)) });
    const address = addressOf(sandbox);
    const server = await ProbedServer.start(environmentOf(address), ['--scope', 'account']);
    keep({ close: async () => void (await server.stop()) });
    const place = await CallsPlace.open(address, server);
    // Compiled code is what is measured, also at the first size.
    for (let nth = 0; nth < warmUps; nth += 1) await measureAt(place, 2);
    const samples = new Map<number, Sample>();
    let told = 0;
    for (const size of quick ? sizes.quick : sizes.whole) {
      // One is the user's own.
      await place.add(told, size - 1);
      told = size - 1;
      samples.set(size, await measureAt(place, size));
    }
    return {
      name: 'calls',
      unit: 'live calls',
      samples,
      charts: [
        {
          name: 'cost',
          title: 'What a call of a tool and an event cost',
          y: 'ms of processor',
          measures: ['list', 'read', 'hold', 'event'].map((name) => `${name}, ms of processor`),
        },
        { name: 'memory', title: 'Memory', y: 'MB', measures: ['heap, MB', 'resident, MB'] },
      ],
    };
  });
}
