import { parseArgs } from 'node:util';
import type { Subject } from './harness/subject.ts';
import { type Sample, tabulate } from './harness/table.ts';
import { start, stop } from './support/command.ts';
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
import { residentMiB } from './support/stdio-server.ts';

const sessionsUri = 'ringcentral://telephony/sessions';
const workers = 16;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export const subject: Subject = {
  about:
    'Many agents at once over HTTP: sessions of 2025 with a subscription and an open stream, listeners of 2026-07-28, calls of ' +
    'both and events all the time. Behind `--`: --seconds 90 --sessions 500 --listeners 200.',
  async run({ quick, args }) {
    const { values } = parseArgs({
      args,
      options: {
        seconds: { type: 'string', default: quick ? '10' : '90' },
        sessions: { type: 'string', default: '500' },
        listeners: { type: 'string', default: '200' },
      },
    });
    const [seconds, sessionCount, listenerCount] = [values.seconds, values.sessions, values.listeners].map(
      Number,
    ) as [number, number, number];

    const sandbox = await start(['dist/cli.js', 'sandbox', '--rate-limits', 'off'], 'controlUrl');
    const { serverUrl = '', clientId = '', clientSecret = '', jwt = '', controlUrl } = sandbox.line;
    const server = await start(['dist/cli.js', 'serve', '--http', '127.0.0.1:0'], 'url', {
      RC_SERVER_URL: serverUrl,
      RC_APP_CLIENT_ID: clientId,
      RC_APP_CLIENT_SECRET: clientSecret,
      RC_USER_JWT: jwt,
    });
    const url = server.line.url ?? '';
    const control = (path: string, body: object, method = 'POST') =>
      fetch(`${controlUrl}${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(method === 'POST' && { body: JSON.stringify(body) }),
      });

    let told = 0;
    const onNews = () => {
      told += 1;
    };
    const idle = residentMiB(server.child.pid);
    const sessions: LoadSession[] = [];
    for (let count = 0; count < sessionCount; count += 1)
      sessions.push(await openSession(url, sessionsUri, onNews));
    for (let id = 0; id < listenerCount; id += 1) await listen(url, id, [sessionsUri], onNews);
    const open = residentMiB(server.child.pid);

    let running = true;
    let dialled = 0;
    const events = (async () => {
      while (running) {
        const answer = await control('/calls', {
          from: { phoneNumber: '+14155550123', name: 'Load' },
          to: { phoneNumber: '+12055550101' },
        });
        const { telephonySessionId } = (await answer.json()) as { telephonySessionId: string };
        dialled += 1;
        await pause(250);
        await control(`/calls/${telephonySessionId}`, {}, 'DELETE');
        await pause(250);
      }
    })();
    const memory: Sample[] = [];
    const watch = setInterval(
      () => memory.push({ 'resident under load, MiB': residentMiB(server.child.pid) }),
      1_000,
    );
    const tally = new Tally();
    const callers = Array.from({ length: workers }, (_, id): Caller => {
      const session = sessions[id];
      return id % 2 === 0 && session
        ? () => callLegacy(url, session, 'list_active_calls')
        : () => callModern(url, id, 'list_active_calls');
    });
    const perSecond = await load(callers, tally, seconds * 1_000);
    running = false;
    await events;
    clearInterval(watch);
    const stoppedAt = performance.now();
    const code = await stop(server);
    const endMs = performance.now() - stoppedAt;
    await stop(sandbox);
    if (tally.errors.size > 0) throw new Error(`calls failed: ${JSON.stringify([...tally.errors])}`);
    if (code !== 0) throw new Error(`the server ended with ${code}`);

    const once = (sample: Sample) => new Map([['ours', [sample]]]);
    return [
      tabulate(
        `${sessionCount} sessions and ${listenerCount} listeners, ${workers} calls at a time`,
        once({
          'calls/s': perSecond,
          'p50, ms': tally.percentile(50),
          'p99, ms': tally.percentile(99),
          'calls dialled': dialled,
          'changes told': told,
          'idle, MiB': idle,
          'all open, MiB': open,
          'from SIGTERM to the exit, ms': endMs,
        }),
      ),
      tabulate(`Memory, each second of ${seconds}`, new Map([['ours', memory]])),
    ];
  },
};
