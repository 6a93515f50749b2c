import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createKey } from '../../src/transports/identity/keys.ts';
import { Control } from '../../test/e2e/support/control.ts';
import { environmentOf } from '../../test/e2e/support/process.ts';
import { median, quantile } from '../harness/statistics.ts';
import type { Sample } from '../harness/table.ts';
import { closing } from './closing.ts';
import { stop } from './command.ts';
import { callLegacy, callModern, type LoadSession, openSession } from './http-load.ts';
import { layCalls, seatsOf } from './lay-calls.ts';
import { addressOf, startSandbox } from './lines-place.ts';
import { ProbedServer } from './probed-server.ts';
import type { Scale } from './scale.ts';

const sizes = { quick: [1, 10, 100], whole: [1, 10, 100, 1_000] };
const principals = 5;
const liveCalls = 10;
/** What follows a change is over by then. */
const settleMs = 500;
/** Below what the server takes of a principal: 50 requests a second. A session is opened by four. */
const callsPerSecond = 40;
const sessionsPerSecond = 40;
const sessionsUri = 'ringcentral://telephony/sessions';

/** Begins so many things a second, whether or not those before have ended; resolves when all have. */
async function paced(perSecond: number, count: number, run: (nth: number) => Promise<void>): Promise<void> {
  const begun = performance.now();
  const running: Promise<void>[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    await pause(Math.max(0, begun + (nth * 1_000) / perSecond - performance.now()));
    running.push(run(nth));
  }
  await Promise.all(running);
}

/** A server for some principals with a key each, and their sessions. */
class ClientsPlace {
  readonly server: ProbedServer;
  readonly sessions: LoadSession[] = [];
  readonly #control: Control;
  readonly #keys: readonly string[];
  /** Changes that clients were told of. */
  #told = 0;

  constructor(server: ProbedServer, control: Control, keys: readonly string[]) {
    this.server = server;
    this.#control = control;
    this.#keys = keys;
  }

  headers(nth: number): Record<string, string> {
    return { authorization: `Bearer ${this.#keys[nth % this.#keys.length]}` };
  }

  /** Until there are so many sessions of 2025, each with a subscription and a stream. */
  async grow(count: number): Promise<void> {
    const open = this.sessions.length;
    const onNews = () => {
      this.#told += 1;
    };
    await paced(sessionsPerSecond, count - open, async (nth) => {
      const headers = this.#headers(open + nth);
      this.sessions.push(await openSession(this.server.url, sessionsUri, onNews, headers));
    });
  }

  /** What the clients' calls cost, one client after the other, in sessions or in the modern era without any. */
  async cost(era: '2025' | '2026', seconds: number): Promise<Sample> {
    const times: number[] = [];
    const perSecond = callsPerSecond * Math.min(this.sessions.length, principals);
    const count = perSecond * seconds;
    const before = this.server.processorMs();
    await paced(perSecond, count, async (nth) => {
      const client = nth % this.sessions.length;
      const session = this.sessions[client] as LoadSession;
      const begun = performance.now();
      if (era === '2025') await callLegacy(this.server.url, session, 'list_active_calls');
      else await callModern(this.server.url, nth, 'list_active_calls', { headers: this.#headers(client) });
      times.push(performance.now() - begun);
    });
    return {
      [`call of ${era}, ms of processor`]: (this.server.processorMs() - before) / count,
      [`call of ${era}, p50, ms`]: median(times),
      [`call of ${era}, p99, ms`]: quantile(times, 0.99),
    };
  }

  /** What it costs to tell all sessions of a new call, and how long it takes until all are told. */
  async news(count: number): Promise<Sample> {
    const times: number[] = [];
    const before = this.server.processorMs();
    for (let nth = 0; nth < count; nth += 1) {
      const all = this.#told + this.sessions.length;
      const begun = performance.now();
      const id = await this.#control.dial({ phoneNumber: '+14155559999' }, { extensionNumber: '101' });
      while (this.#told < all) await pause(1);
      times.push(performance.now() - begun);
      await this.#control.drop(id);
      await pause(settleMs);
    }
    return {
      'new call told to all, ms of processor': (this.server.processorMs() - before) / count,
      'new call told to all, ms': median(times),
    };
  }

  #headers(nth: number): Record<string, string> {
    return { authorization: `Bearer ${this.#keys[nth % this.#keys.length]}` };
  }
}

/** The file of so many keys, and the keys. */
function writeKeys(folder: string): { file: string; keys: string[] } {
  const made = Array.from({ length: principals }, (_, nth) =>
    createKey(`agent-${nth}`, ['calls:read', 'calls:control']),
  );
  const file = join(folder, 'keys.json');
  writeFileSync(file, JSON.stringify(made.map(({ entry }) => entry)));
  return { file, keys: made.map(({ key }) => key) };
}

/** What it costs that there are more clients. */
export function scaleClients(quick: boolean): Promise<Scale> {
  return closing(async (keep) => {
    const folder = mkdtempSync(join(tmpdir(), 'bench-'));
    keep({ close: async () => rmSync(folder, { recursive: true }) });
    const sandbox = await startSandbox();
    keep({ close: async () => void (await stop(sandbox)) });
    const address = addressOf(sandbox);
    const { file, keys } = writeKeys(folder);
    const server = await ProbedServer.start({ ...environmentOf(address), RC_MCP_KEYS_FILE: file });
    keep({ close: async () => void (await server.stop()) });
    const control = new Control(address.controlUrl);
    const place = new ClientsPlace(server, control, keys);
    await place.grow(1);
    // Opens the line, so that it hears of the calls.
    await place.cost('2025', 1);
    await layCalls(control, await seatsOf(control, '101', liveCalls));
    // Compiled code is what is measured, also at the first size.
    for (const era of ['2025', '2026'] as const) await place.cost(era, quick ? 5 : 20);
    const seconds = quick ? 2 : 5;
    const samples = new Map<number, Sample>();
    for (const size of quick ? sizes.quick : sizes.whole) {
      await place.grow(size);
      await pause(settleMs);
      const { heapMB, residentMB } = await server.held();
      samples.set(size, {
        ...(await place.cost('2025', seconds)),
        ...(await place.cost('2026', seconds)),
        ...(await place.news(quick ? 2 : 5)),
        'heap, MB': heapMB,
        'resident, MB': residentMB,
      });
    }
    return {
      name: 'clients',
      unit: 'HTTP clients',
      samples,
      charts: [
        {
          name: 'cost',
          title: 'What a call costs, and to tell all clients of a new call',
          y: 'ms of processor',
          measures: ['call of 2025', 'call of 2026', 'new call told to all'].map(
            (name) => `${name}, ms of processor`,
          ),
        },
        { name: 'memory', title: 'Memory', y: 'MB', measures: ['heap, MB', 'resident, MB'] },
      ],
    };
  });
}
