import { parseArgs } from 'node:util';
import { foldStatus } from '../src/ringcentral/wire/session.ts';
import { connect } from '../test/e2e/support/agents.ts';
import { environmentOf, run, startSandboxProcess } from '../test/e2e/support/process.ts';

import type { Subject } from './harness/subject.ts';
import { type Sample, tabulate } from './harness/table.ts';
import { residentMiB } from './support/stdio-server.ts';

/** The account is reconciled every five minutes; a call that was lost is read within the next one. */
const settleMs = 11 * 60_000;
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

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** `party state muted` of every live party: what must be the same. */
const lines = (calls: readonly Call[]): string[] =>
  calls
    .flatMap(({ parties }) => parties)
    .map(({ id, status, muted = false }) => `${id} ${foldStatus(status.code)}${muted ? ' muted' : ''}`)
    .filter((line) => !/ (Disconnected|Gone)/.test(line))
    .sort();

export const subject: Subject = {
  about:
    'A call center for as long as you like, through faults: the sandbox and `serve --scope account` as two processes. Then the ' +
    'faults end, the people stop, and what the server shows must be what is true, or the run fails. Behind `--`: --minutes 60 ' +
    '--calls 20 --rate 5 --rate-limits platform --chaos 0.01 --seed 1, --calm SECONDS without faults before people stop (0), ' +
    '--fresh to ask instead of waiting for the next reconciling.',
  async run({ args }) {
    const { values } = parseArgs({
      args,
      options: {
        minutes: { type: 'string', default: '60' },
        calls: { type: 'string', default: '20' },
        rate: { type: 'string', default: '5' },
        'rate-limits': { type: 'string', default: 'platform' },
        chaos: { type: 'string', default: '0.01' },
        seed: { type: 'string', default: '1' },
        calm: { type: 'string', default: '0' },
        fresh: { type: 'boolean', default: false },
      },
    });
    const { minutes, calm, fresh, ...load } = values;

    const sandbox = await startSandboxProcess(
      ...[
        '--scenario',
        'call-center',
        ...Object.entries(load).flatMap(([flag, value]) => [`--${flag}`, value]),
      ],
    );
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
    const agent = await connect('v2 client, 2025', { http: String(url) });

    const control = async <T>(method: string, path: string): Promise<T> => {
      const response = await fetch(`${sandbox.address.controlUrl}${path}`, { method });
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
      return (response.status === 204 ? undefined : await response.json()) as T;
    };

    const truth = async () => lines((await control<{ calls: Call[] }>('GET', '/state')).calls);

    async function picture(asked: { fresh?: boolean } = {}) {
      const calls: Call[] = [];
      for (;;) {
        const page = { ...(calls.length === 0 && asked), limit: pageSize, offset: calls.length };
        const { structuredContent: shown } = await agent.call('list_active_calls', page);
        calls.push(...(shown?.calls ?? []));
        if (calls.length >= (shown?.total ?? 0) || shown?.calls?.length === 0) {
          const stale = calls.filter(
            (call) => call.stale || call.parties.some((party) => party.stale),
          ).length;
          return { calls: calls.length, lines: lines(calls), stale, feed: shown?.feed };
        }
      }
    }

    const samples: Sample[] = [];
    let since = 0;
    const requests = new Map<string, number>();
    async function countRequests(): Promise<void> {
      const news = await control<{ requests: Request[]; next: number }>('GET', `/requests?since=${since}`);
      since = news.next;
      for (const { status } of news.requests) {
        const kind = status >= 500 ? '5xx' : status === 429 ? '429' : status >= 400 ? '4xx' : 'good';
        requests.set(kind, (requests.get(kind) ?? 0) + 1);
      }
    }

    function differences(): string[] {
      const missing = facts.filter((line) => !shown.lines.includes(line)).map((line) => `not shown: ${line}`);
      const wrong = shown.lines.filter((line) => !facts.includes(line)).map((line) => `not true: ${line}`);
      return [...missing, ...wrong];
    }
    function isTrue(): boolean {
      return differences().length === 0 && shown.stale === 0 && shown.feed?.stale === false;
    }

    const begun = Date.now();
    const elapsed = () => `${((Date.now() - begun) / 60_000).toFixed(1).padStart(5)} min`;
    async function report(): Promise<void> {
      const { calls, stale, feed } = await picture();
      await countRequests();
      const counted = ['good', '4xx', '429', '5xx']
        .map((kind) => `${requests.get(kind) ?? 0} ${kind}`)
        .join(', ');
      console.log(
        `${elapsed()}  ${calls} calls shown, ${stale} of them stale; feed ${feed?.state}; requests: ${counted}; ` +
          `server ${Math.round(residentMiB(server.child.pid))} MiB, sandbox ${Math.round(residentMiB(sandbox.child.pid))} MiB`,
      );
      samples.push({
        'calls shown': calls,
        'stale ones': stale,
        'server resident, MiB': residentMiB(server.child.pid),
        'sandbox resident, MiB': residentMiB(sandbox.child.pid),
      });
    }

    console.log(`call-center for ${minutes} min: ${JSON.stringify(load)}`);
    const until = begun + Number(minutes) * 60_000;
    while (Date.now() < until) {
      await report();
      await pause(Math.min(60_000, Math.max(0, until - Date.now())));
    }

    await control('DELETE', '/faults');
    await pause(Number(calm) * 1000);
    await control('DELETE', '/scenario');
    // Phones ring on until nobody has answered; then nothing happens any more.
    while ((await truth()).some((line) => / (Setup|Proceeding)/.test(line))) await pause(500);
    await report();

    const quietAt = Date.now();
    let shown = await picture({ fresh });
    let facts = await truth();
    console.log(
      `${elapsed()}  quiet, ${facts.length} live parties, ${differences().length} shown differently`,
    );
    while (!isTrue() && Date.now() - quietAt < settleMs) {
      await pause(fresh ? 1000 : 5000);
      shown = await picture({ fresh });
      facts = await truth();
    }
    await report();
    const logged = server.logs.filter(
      ({ level }) => Number(level) >= 40 || level === 'warn' || level === 'error',
    );
    const settledMs = Date.now() - quietAt;
    console.log(`warnings in the server's log: ${logged.length}`);
    await agent.close();
    const code = await server.stop();
    await sandbox.stop();
    if (code !== 0) throw new Error(`the server ended with ${code}: ${server.stderr().slice(-2000)}`);
    if (!isTrue())
      throw new Error(
        `${differences().join('; ')}; ${shown.stale} stale, feed ${JSON.stringify(shown.feed)}`,
      );
    console.log(`${elapsed()}  the picture is true, ${Math.round(settledMs / 1000)} s after it was quiet`);
    return [
      tabulate(`${minutes} minutes`, new Map([['at each minute', samples]])),
      tabulate(
        'At the end',
        new Map([['', [{ 'true again after, s': settledMs / 1_000, ...Object.fromEntries(requests) }]]]),
      ),
    ];
  },
};
