import { parseArgs } from 'node:util';
import type { Options, Subject } from './harness/subject.ts';
import { type Sample, tabulate } from './harness/table.ts';
import { type Started, start, stop } from './support/command.ts';
import {
  type Caller,
  callLegacy,
  callModern,
  type LoadSession,
  listen,
  load,
  openSession,
  Tally,
} from './support/http-load.ts';
import { LoadEvents } from './support/load-events.ts';
import { residentMiB } from './support/stdio-server.ts';

const sessionsUri = 'ringcentral://telephony/sessions';
const workers = 16;

export const subject: Subject = {
  about:
    'Many agents at once over HTTP: sessions of 2025 with a subscription and an open stream, listeners of 2026-07-28, calls of ' +
    'both and events all the time. Behind `--`: --seconds 90 --sessions 500 --listeners 200.',
  async run(options) {
    const plan = parse(options);
    const { sandbox, server, url } = await startBoth();
    const idle = residentMiB(server.child.pid);
    const { sessions, news } = await openAll(url, plan);
    const open = residentMiB(server.child.pid);

    const events = new LoadEvents(sandbox.line.controlUrl ?? '');
    const memory: Sample[] = [];
    const watch = setInterval(
      () => memory.push({ 'resident under load, MiB': residentMiB(server.child.pid) }),
      1_000,
    );
    const tally = new Tally();
    const perSecond = await load(callersOf(url, sessions), tally, plan.seconds * 1_000);
    await events.stop();
    clearInterval(watch);
    const endMs = await stopBoth(sandbox, server, tally);

    const result: Sample = {
      'calls/s': perSecond,
      'p50, ms': tally.percentile(50),
      'p99, ms': tally.percentile(99),
      'calls dialled': events.dialled,
      'changes told': news.told,
      'idle, MiB': idle,
      'all open, MiB': open,
      'from SIGTERM to the exit, ms': endMs,
    };
    const title = `${plan.sessions} sessions and ${plan.listeners} listeners, ${workers} calls at a time`;
    return [
      tabulate(title, new Map([['ours', [result]]])),
      tabulate(`Memory, each second of ${plan.seconds}`, new Map([['ours', memory]])),
    ];
  },
};

interface Plan {
  seconds: number;
  sessions: number;
  listeners: number;
}

function parse({ quick, args }: Options): Plan {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: quick ? '10' : '90' },
      sessions: { type: 'string', default: '500' },
      listeners: { type: 'string', default: '200' },
    },
  });
  return {
    seconds: Number(values.seconds),
    sessions: Number(values.sessions),
    listeners: Number(values.listeners),
  };
}

/** Starts a sandbox without limits and a server on it. */
async function startBoth(): Promise<{ sandbox: Started; server: Started; url: string }> {
  const sandbox = await start(['dist/cli.js', 'sandbox', '--rate-limits', 'off'], 'controlUrl');
  const { serverUrl = '', clientId = '', clientSecret = '', jwt = '' } = sandbox.line;
  const server = await start(['dist/cli.js', 'serve', '--http', '127.0.0.1:0'], 'url', {
    RC_SERVER_URL: serverUrl,
    RC_APP_CLIENT_ID: clientId,
    RC_APP_CLIENT_SECRET: clientSecret,
    RC_USER_JWT: jwt,
  });
  return { sandbox, server, url: server.line.url ?? '' };
}

/** Opens the sessions and listeners of the plan; `news.told` counts the changes that they are told of. */
async function openAll(
  url: string,
  plan: Plan,
): Promise<{ sessions: LoadSession[]; news: { told: number } }> {
  const news = { told: 0 };
  const onNews = () => {
    news.told += 1;
  };
  const sessions: LoadSession[] = [];
  for (let count = 0; count < plan.sessions; count += 1) {
    sessions.push(await openSession(url, sessionsUri, onNews));
  }
  for (let id = 0; id < plan.listeners; id += 1) await listen(url, id, [sessionsUri], onNews);
  return { sessions, news };
}

/** Every other worker calls in a session of 2025, while there are some. */
function callersOf(url: string, sessions: LoadSession[]): Caller[] {
  return Array.from({ length: workers }, (_, id): Caller => {
    const session = sessions[id];
    return id % 2 === 0 && session
      ? () => callLegacy(url, session, 'list_active_calls')
      : () => callModern(url, id, 'list_active_calls');
  });
}

/**
 * @returns milliseconds from the server's SIGTERM to its exit
 * @throws Error where a call failed or the server did not end well
 */
async function stopBoth(sandbox: Started, server: Started, { errors }: Tally): Promise<number> {
  const stoppedAt = performance.now();
  const code = await stop(server);
  const endMs = performance.now() - stoppedAt;
  await stop(sandbox);
  if (errors.size > 0) throw new Error(`calls failed: ${JSON.stringify([...errors])}`);
  if (code !== 0) throw new Error(`the server ended with ${code}`);
  return endMs;
}
