import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { CallStore } from '../../src/calls/store/call-store.ts';
import { ReplayedPositions } from '../../src/calls/store/log-positions.ts';
import { Checkpoints } from '../../src/cluster/line/checkpoint.ts';
import { lineKeys } from '../../src/cluster/line/line-log.ts';
import { systemClock } from '../../src/shared/clock.ts';
import type { Control } from '../../test/e2e/support/control.ts';
import { openTestRedis, type RedisServer } from '../../test/support/redis.ts';
import { type Sample, type Table, tabulate } from '../harness/table.ts';
import { closing, type Keep } from './closing.ts';
import { layCalls, type Seat } from './lay-calls.ts';
import type { ProbedServer } from './probed-server.ts';
import { ReplicasPlace, SharedSandbox } from './replicas-place.ts';
import { whole } from './whole-picture.ts';

const serve = ['--scope', 'account'];
/** Events a second of the scenario, whose people are there and do nothing: the bench places the calls. */
const noRate = '0.000001';
/** Extension number of the first of them. */
const firstAgent = 1_001;
const pollMs = 1_000;
/** What servers let go of some time after the last event is gone, and the checkpoint has been written. */
const restMs = 40_000;
const saves = 11;
const prefix = 'rcmcp';
const schedule = `/proc/self/task/${process.pid}/schedstat`;

/** Processor time of this thread so far, in ms: what others do on the machine does not count. */
const workedMs = () => Number(readFileSync(schedule, 'utf8').split(' ')[0]) / 1e6;

/** What replicas hold of so many live calls of an account, and what joining and leading costs with them. */
export function memory(calls: number): Promise<Table[]> {
  return closing((keep) => memoryKept(calls, keep));
}

async function memoryKept(live: number, keep: Keep): Promise<Table[]> {
  const sandbox = keep(
    await SharedSandbox.start('--scenario', 'call-center', '--calls', String(live), '--rate', noRate),
  );
  const single = keep(await ReplicasPlace.open(sandbox, { count: 0, serve }));
  const replicas = keep(await ReplicasPlace.open(sandbox, { count: 2, serve }));
  await layCalls(sandbox.control, await agentSeats(sandbox.control, live));
  for (const server of [single.leader, ...replicas.servers]) await whole(server, live);
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
  const led = await handOver(replicas, live);
  const title = `${live.toLocaleString('en')} live calls`;
  return [
    tabulate(`${title}: memory`, held),
    tabulate(`${title}: one joins late`, new Map([['one that joins late', [joined]]])),
    tabulate(`${title}: a checkpoint of all`, checkpoint),
    tabulate(`${title}: the leader ends by SIGTERM`, new Map([['who leads next', [led]]])),
  ];
}

/** One at the phone of each of so many agents. */
async function agentSeats(control: Control, count: number): Promise<Seat[]> {
  const { extensions, devices } = await control.state();
  const phones = new Map(devices.map(({ extensionNumber, id }) => [extensionNumber, id]));
  const ids = new Map(extensions.map(({ extensionNumber, id }) => [extensionNumber, String(id)]));
  return Array.from({ length: count }, (_, nth) => {
    const extensionNumber = String(firstAgent + nth);
    const [extensionId, deviceId] = [ids.get(extensionNumber), phones.get(extensionNumber)];
    if (extensionId === undefined || deviceId === undefined) throw new Error(`no agent ${extensionNumber}`);
    return { extensionNumber, extensionId, deviceId, headers: {} };
  });
}

/** Has the server open its line; answers what that took until it shows as many calls. */
async function join(server: ProbedServer, live: number): Promise<Sample> {
  const before = server.processorMs();
  server.watchTurns();
  const begun = performance.now();
  await whole(server, live);
  return {
    'until its picture is whole, ms': performance.now() - begun,
    'longest turn, ms of processor': await server.longestTurn(),
    'processor ms': server.processorMs() - before,
  };
}

async function handOver(place: ReplicasPlace, live: number): Promise<Sample> {
  const { leader } = place;
  const others = place.servers.filter((one) => one !== leader);
  for (const other of others) other.watchTurns();
  const begun = performance.now();
  const ended = leader.stop();
  await Promise.race(others.map((other) => other.leadsAfter(leader.term)));
  const leads = performance.now() - begun;
  const next = place.leader;
  await next.metric('rc_mcp_feed_state{state="live"}', 1);
  const isLive = performance.now() - begun;
  await whole(next, live);
  const isFresh = performance.now() - begun;
  // It serves on for a moment.
  await ended;
  place.forget(leader);
  await pause(pollMs);
  return {
    'until it leads, ms': leads,
    'until its feed is live, ms': isLive,
    'until its list is not stale, ms': isFresh,
    'longest turn, ms of processor': await next.longestTurn(),
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
