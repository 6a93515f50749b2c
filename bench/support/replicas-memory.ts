import { readFileSync } from 'node:fs';
import { CallStore } from '../../src/calls/store/call-store.ts';
import { ReplayedPositions } from '../../src/calls/store/log-positions.ts';
import { Checkpoints } from '../../src/cluster/line/checkpoint.ts';
import { lineKeys } from '../../src/cluster/line/line-log.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { openTestRedis, type RedisServer } from '../../test/support/redis.ts';
import { type Sample, type Table, tabulate } from '../harness/table.ts';
import { callModern } from './http-load.ts';
import type { ProbedServer } from './probed-server.ts';
import { ReplicasPlace, SharedSandbox } from './replicas-place.ts';

const serve = ['--scope', 'account'];
/** Events a second while the calls are dialled: as many as are taken in without a queue. */
const fillRate = 1_000;
const pollMs = 1_000;
/** What servers let go of some time after the last event is gone, and the checkpoint has been written. */
const restMs = 40_000;
const saves = 11;
const prefix = 'rcmcp';
const schedule = `/proc/self/task/${process.pid}/schedstat`;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** Processor time of this thread so far, in ms: what others do on the machine does not count. */
const workedMs = () => Number(readFileSync(schedule, 'utf8').split(' ')[0]) / 1e6;

/** What replicas hold of so many live calls of an account, and what joining and leading costs with them. */
export async function memory(calls: number): Promise<Table[]> {
  const sandbox = await SharedSandbox.start(
    ...['--scenario', 'call-center', '--calls', String(calls), '--rate', String(fillRate)],
  );
  const single = await ReplicasPlace.open(sandbox, { count: 0, serve });
  const replicas = await ReplicasPlace.open(sandbox, { count: 2, serve });
  const live = await fill(sandbox, calls);
  const all = [single.leader, ...replicas.servers];
  for (const server of all) await server.metric('rc_mcp_live_calls', live);
  await pause(restMs);
  const held = new Map<string, Sample[]>();
  const note = async (name: string, server: ProbedServer) => {
    const { heapMB, residentMB } = await server.held();
    held.set(name, [{ 'heap, MB': heapMB, 'resident, MB': residentMB }]);
  };
  await note('single process', single.leader);
  await note('leader', replicas.leader);
  await note('follower', replicas.follower);
  const late = await replicas.join();
  const joined = await join(late, live);
  await note('one that joined late', late);
  const checkpoint = await checkpoints(replicas.redis as RedisServer);
  const led = await handOver(replicas);
  await replicas.close();
  await single.close();
  await sandbox.close();
  const title = `${live.toLocaleString('en')} live calls`;
  return [
    tabulate(`${title}: memory`, held),
    tabulate(`${title}: one joins late`, new Map([['one that joins late', [joined]]])),
    tabulate(`${title}: a checkpoint of all`, checkpoint),
    tabulate(`${title}: the leader ends by SIGTERM`, new Map([['who leads next', [led]]])),
  ];
}

/** Waits until there are so many calls, and keeps them as they are. Answers how many there are. */
async function fill({ control, address }: SharedSandbox, calls: number): Promise<number> {
  while ((await control.state()).calls.length < calls) await pause(pollMs);
  await fetch(`${address.controlUrl}/scenario`, { method: 'DELETE' });
  return (await control.state()).calls.length;
}

/** Has the server open its line; answers what that took until it shows as many calls. */
async function join(server: ProbedServer, live: number): Promise<Sample> {
  const before = server.processorMs();
  server.watchTurns();
  const begun = performance.now();
  await callModern(server.url, 0, 'list_active_calls');
  await server.metric('rc_mcp_live_calls', live);
  return {
    'until its picture is whole, ms': performance.now() - begun,
    'longest turn, ms of processor': await server.longestTurn(),
    'processor ms': server.processorMs() - before,
  };
}

async function handOver(place: ReplicasPlace): Promise<Sample> {
  const { leader } = place;
  const others = place.servers.filter((one) => one !== leader);
  for (const other of others) other.watchTurns();
  const begun = performance.now();
  const ended = leader.stop();
  await Promise.race(others.map((other) => other.leadsAfter(leader.term)));
  const leads = performance.now() - begun;
  await ended;
  place.forget(leader);
  await place.leader.metric('rc_mcp_feed_state{state="live"}', 1);
  const live = performance.now() - begun;
  await pause(pollMs);
  return {
    'until it leads, ms': leads,
    'until its feed is live, ms': live,
    'longest turn, ms of processor': await place.leader.longestTurn(),
  };
}

/** Loads the checkpoint that the replicas have written, and writes it again, to a line of its own. */
async function checkpoints({ url, cli }: RedisServer): Promise<Map<string, Sample[]>> {
  const [key = ''] = (await cli('KEYS', `${prefix}:line:*:ckpt`)).split('\n');
  const redis = await openTestRedis(url, prefix);
  const theirs = new Checkpoints(redis, lineKeys(redis, key.split(':')[2] ?? ''));
  const keys = lineKeys(redis, 'bench');
  const token = 'bench';
  await redis.send('SET', keys.lease, token);
  const own = new Checkpoints(redis, keys);
  const samples = { 'is loaded': [] as Sample[], 'is written': [] as Sample[] };
  for (let nth = 0; nth < saves; nth += 1) {
    const positions = new ReplayedPositions();
    const calls = new CallStore({ clock: systemClock, scope: 'account', positions });
    samples['is loaded'].push(
      await turnsOf(async () => {
        const loaded = await theirs.load();
        if (!loaded) throw new Error('there is no checkpoint');
        calls.load(loaded.frame, loaded.sessions, loaded.happenings);
      }),
    );
    own.startAnew();
    samples['is written'].push(await turnsOf(() => own.save(calls, '1-1', token, undefined)));
  }
  await redis.close();
  return new Map(Object.entries(samples));
}

/** What this takes, and how long the event loop does nothing else meanwhile. */
async function turnsOf(run: () => Promise<void>): Promise<Sample> {
  let [longest, longestWorked] = [0, 0];
  let isOver = false;
  const begun = performance.now();
  let [last, worked] = [begun, workedMs()];
  const turn = () => {
    const [now, nowWorked] = [performance.now(), workedMs()];
    longest = Math.max(longest, now - last);
    longestWorked = Math.max(longestWorked, nowWorked - worked);
    [last, worked] = [now, nowWorked];
    if (!isOver) setTimeout(turn);
  };
  setTimeout(turn);
  await run();
  const ms = performance.now() - begun;
  isOver = true;
  turn();
  return { ms, 'longest turn, ms': longest, 'longest turn, ms of processor': longestWorked };
}
