import { compare } from './harness/compare.ts';
import type { Subject } from './harness/subject.ts';
import { tabulate } from './harness/table.ts';
import { type Started, start, stop } from './support/command.ts';
import { type Caller, callModern, load, openSession, Tally } from './support/http-load.ts';
import { residentMiB } from './support/stdio-server.ts';

const workers = 16;
/** Sessions that are open before memory is measured: what there is once per process is there then. */
const warmUps = 50;
const reference = 'plain SDK server';

/** Of 2026-07-28, because the plain server has no sessions. */
async function perSecond({ line }: Started, tool: string, ms: number) {
  const callers = Array.from(
    { length: workers },
    (_, id): Caller =>
      () =>
        callModern(line.url ?? '', id, tool),
  );
  return { 'calls/s': await load(callers, new Tally(), ms) };
}

const serve = () => start(['dist/cli.js', 'serve', '--sandbox', '--http', '127.0.0.1:0'], 'url');

/** What each idle session of 2025 takes that has a subscription and an open stream. */
async function sessionMemory(count: number) {
  const server = await serve();
  const open = async (sessions: number) => {
    for (let opened = 0; opened < sessions; opened += 1)
      await openSession(server.line.url ?? '', 'ringcentral://telephony/sessions', () => undefined);
  };
  await open(warmUps);
  const before = residentMiB(server.child.pid);
  await open(count);
  const grown = residentMiB(server.child.pid) - before;
  await stop(server);
  return { 'per session, MiB': grown / count };
}

export const subject: Subject = {
  about:
    'Sixteen clients over HTTP that call as fast as answers come: `list_active_calls` of ours, and a constant of a plain SDK ' +
    'server.',
  async run({ quick }) {
    const ms = quick ? 500 : 2_000;
    const ours = await serve();
    const plain = await start(
      ['--conditions=sandbox-source', '--import', 'tsx', 'bench/support/bare-server.ts'],
      'url',
    );
    const calls = await compare({
      title: 'Calls of 2026-07-28',
      reference,
      rounds: quick ? 3 : 9,
      contenders: {
        [reference]: () => perSecond(plain, 'constant', ms),
        ours: () => perSecond(ours, 'list_active_calls', ms),
      },
    });
    await stop(ours);
    await stop(plain);
    const sessions = quick ? 200 : 500;
    const memory = await sessionMemory(sessions);
    return [calls, tabulate(`${sessions} idle sessions of 2025`, new Map([['ours', [memory]]]))];
  },
};
