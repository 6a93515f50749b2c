import { setTimeout as pause } from 'node:timers/promises';
import { connect } from '../../test/e2e/support/agents.ts';
import { type Sample, type Table, tabulate } from '../harness/table.ts';
import { closing, type Keep } from './closing.ts';
import { layOwnCalls, ReplicasPlace, SharedSandbox } from './replicas-place.ts';

const pollMs = 10;
const patienceMs = 60_000;
/** RingCentral lists seven of an extension at most: with more there may always be others. */
const calls = 5;

const ways = ['SIGTERM', 'kill -9', 'frozen'] as const;

/** From the end of the leader until a follower leads, its feed is live and its list says that it is not stale. */
export function handOver(runs: number): Promise<Table[]> {
  return closing((keep) => handOverKept(runs, keep));
}

async function handOverKept(runs: number, keep: Keep): Promise<Table[]> {
  const sandbox = keep(await SharedSandbox.start());
  const place = keep(await ReplicasPlace.open(sandbox, { count: 2 }));
  await layOwnCalls(sandbox, [place], calls);
  const samples = new Map<string, Sample[]>(ways.map((way) => [way, []]));
  for (let run = 0; run < runs; run += 1)
    for (const way of run % 2 === 0 ? ways : ways.toReversed())
      samples.get(way)?.push(await once(place, way));
  const largest = [...samples].map(([way, taken]): [string, Sample[]] => [
    `${way}, the longest of ${runs}`,
    [
      Object.fromEntries(
        Object.keys(taken[0] ?? {}).map((of) => [of, Math.max(...taken.map((one) => one[of] ?? 0))]),
      ),
    ],
  ]);
  return [tabulate('Hand-over', new Map([...samples, ...largest]))];
}

async function once(place: ReplicasPlace, way: (typeof ways)[number]): Promise<Sample> {
  const { leader, follower } = place;
  const agent = await connect('v2 client, 2026-07-28', { http: follower.url });
  await agent.call('list_active_calls');
  const begun = performance.now();
  const since = () => performance.now() - begun;
  const ended = way === 'SIGTERM' ? leader.stop() : undefined;
  if (way === 'kill -9') leader.kill();
  if (way === 'frozen') leader.freeze();
  const led = follower.leadsAfter(leader.term).then(since);
  let staleMs = 0;
  let fresh = 0;
  for (let asked = since(); fresh === 0; asked = since()) {
    const leads = follower.term > leader.term;
    const { structuredContent } = await agent.call('list_active_calls');
    const { state, stale } = structuredContent?.feed ?? {};
    if (leads && state === 'live' && stale === false) fresh = since();
    if (since() > patienceMs) throw new Error(`${way}: ${JSON.stringify(structuredContent?.feed)}`);
    await pause(pollMs);
    if (stale !== false) staleMs += since() - asked;
  }
  const ms = await led;
  await agent.close();
  await ended;
  if (way === 'frozen') {
    leader.thaw();
  } else {
    place.forget(leader);
    await place.join();
  }
  for (const server of place.servers) await place.settled(server);
  return {
    'until it leads, ms': ms,
    'until live and not stale, ms': fresh,
    'of them said to be stale, ms': staleMs,
  };
}
