// npm run bench:http [-- --seconds 90 --sessions 500 --listeners 200]
// Many agents at once: 2025-era sessions with a subscription and an open stream, modern listeners, tool calls and
// events all the time. Then calls alone, in turns with a bare SDK server that answers with a constant, for the ratio.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import {
  type Caller,
  callLegacy,
  callModern,
  type LoadSession,
  listen,
  openSession,
  Tally,
} from './support/http-load.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '90' },
    sessions: { type: 'string', default: '500' },
    listeners: { type: 'string', default: '200' },
    workers: { type: 'string', default: '16' },
  },
});
const [seconds, sessionCount, listenerCount, workers] = [
  values.seconds,
  values.sessions,
  values.listeners,
  values.workers,
].map(Number) as [number, number, number, number];

const sessionsUri = 'ringcentral://telephony/sessions';

interface Started {
  child: ChildProcess;
  line: Record<string, string>;
}

/** Starts a command of ours and waits for the line that has `member`. */
async function start(args: string[], member: string, env: Record<string, string> = {}): Promise<Started> {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const line = await new Promise<Record<string, string>>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${args.join(' ')} exited with ${code}`)));
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (text) => {
        const entry = text.startsWith('{') ? JSON.parse(text) : {};
        if (entry[member]) resolve(entry);
      });
    }
  });
  return { child, line };
}

async function stop({ child }: Started) {
  child.removeAllListeners('exit');
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const [code] = await exit;
  return code as number | null;
}

/** Resident memory in MiB; /proc is where this bench runs. */
const rss = ({ child }: Started) =>
  Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024);

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Calls as fast as answers come, from so many callers at once. */
async function load(callers: Caller[], tally: Tally, ms: number) {
  const end = performance.now() + ms;
  await Promise.all(
    callers.map(async (call) => {
      while (performance.now() < end) await tally.time(call);
    }),
  );
  return tally.perSecond(ms);
}

async function product() {
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

  let news = 0;
  const onNews = () => {
    news += 1;
  };
  console.log(`idle ${rss(server)} MiB`);
  const sessions: LoadSession[] = [];
  for (let n = 0; n < sessionCount; n += 1) {
    sessions.push(await openSession(url, sessionsUri, onNews));
  }
  for (let n = 0; n < listenerCount; n += 1) await listen(url, n, [sessionsUri], onNews);
  console.log(`${sessionCount} sessions and ${listenerCount} listeners open: ${rss(server)} MiB`);

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
  const memory: number[] = [];
  const watch = setInterval(() => memory.push(rss(server)), 1_000);
  const tally = new Tally();
  const callers = Array.from({ length: workers }, (_, n): Caller => {
    const session = sessions[n];
    return n % 2 === 0 && session
      ? () => callLegacy(url, session, 'list_active_calls')
      : () => callModern(url, n, 'list_active_calls');
  });
  const perSecond = await load(callers, tally, seconds * 1_000);
  running = false;
  await events;
  clearInterval(watch);
  console.log(
    `under load: ${Math.round(perSecond)} calls/s, p50 ${tally.percentile(50)} ms, p99 ${tally.percentile(99)} ms, ` +
      `${tally.errors.size === 0 ? 'no errors' : JSON.stringify([...tally.errors])}`,
  );
  console.log(`${dialled} calls dialled, ${news} changes told to ${sessionCount + listenerCount} clients`);
  const every = Math.ceil(memory.length / 10);
  console.log(`memory in MiB, every ${every} s: ${memory.filter((_, at) => at % every === 0).join(', ')}`);
  const stoppedAt = performance.now();
  const code = await stop(server);
  console.log(
    `SIGTERM with all of them connected: exit ${code} after ${Math.round(performance.now() - stoppedAt)} ms`,
  );

  await stop(sandbox);
}

/** Modern calls only, because the bare server has no sessions; in turns, because the machine has other things to do. */
async function compare(rounds: number) {
  const ours = await start(['dist/cli.js', 'serve', '--sandbox', '--http', '127.0.0.1:0'], 'url');
  const bare = await start(['--import', 'tsx', 'bench/support/bare-server.ts'], 'url');
  const rate = ({ line }: Started, tool: string, ms = 2_000) => {
    const callers = Array.from(
      { length: workers },
      (_, n): Caller =>
        () =>
          callModern(line.url ?? '', n, tool),
    );
    return load(callers, new Tally(), ms);
  };
  await rate(ours, 'list_active_calls');
  await rate(bare, 'constant');
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const [one, other] = [await rate(ours, 'list_active_calls'), await rate(bare, 'constant')];
    ratios.push(one / other);
    console.log(
      `modern calls a second: list_active_calls ${Math.round(one)}, bare SDK server ${Math.round(other)}`,
    );
  }
  console.log(`median ratio ${ratios.sort((a, b) => a - b)[Math.floor(rounds / 2)]?.toFixed(2)}`);
  await stop(ours);
  await stop(bare);
}

await product();
await compare(5);
process.exit(0);
