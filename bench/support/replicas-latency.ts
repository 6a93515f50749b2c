import { setTimeout as pause } from 'node:timers/promises';
import type { Leg } from '../../test/e2e/support/operations.ts';
import { type Sample, type Table, tabulate } from '../harness/table.ts';
import { closing, type Keep } from './closing.ts';
import { EventLag } from './event-lag.ts';
import type { Seat } from './lay-calls.ts';
import type { ProbedServer } from './probed-server.ts';
import { layOwnCalls, ReplicasPlace, SharedSandbox } from './replicas-place.ts';

/** Reads that follow an act are over. */
const settleMs = 500;

export interface LatencyPlan {
  calls: number;
  probes: number;
  rounds: number;
}

/** From the act at a phone to what clients are told, at a leader, a follower and a single process in turns. */
export function latency(plan: LatencyPlan): Promise<Table[]> {
  return closing((keep) => latencyKept(plan, keep));
}

async function latencyKept({ calls, probes, rounds }: LatencyPlan, keep: Keep): Promise<Table[]> {
  const [alone, shared] = [keep(await SharedSandbox.start()), keep(await SharedSandbox.start())];
  const single = keep(await ReplicasPlace.open(alone, { count: 0 }));
  const replicas = keep(await ReplicasPlace.open(shared, { count: 2 }));
  const ofSingle = await layOwnCalls(alone, [single], calls);
  const ofReplicas = await layOwnCalls(shared, [replicas], calls);
  const lagAt = ({ address, control }: SharedSandbox, { url }: ProbedServer, laid: Laid) =>
    EventLag.begin({ address, control, url, seats: laid.seats }, laid.legs, probes);
  const lags = {
    'single process': await lagAt(alone, single.leader, ofSingle),
    leader: await lagAt(shared, replicas.leader, ofReplicas),
    follower: await lagAt(shared, replicas.follower, ofReplicas),
  };
  const names = Object.keys(lags) as (keyof typeof lags)[];
  const samples = (): Map<string, Sample[]> => new Map(names.map((name) => [name, []]));
  const [oneByOne, atOnce] = [samples(), samples()];
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      for (const act of ['hold', 'unhold'] as const) {
        oneByOne.get(name)?.push(...(await lags[name].oneByOne(act)));
        await pause(settleMs);
      }
      for (const act of ['hold', 'unhold'] as const) {
        atOnce.get(name)?.push(...(await lags[name].all(act)));
        await pause(settleMs);
      }
    }
  }
  for (const lag of Object.values(lags)) lag.stop();
  return [
    tabulate('One call changes after the other', oneByOne),
    tabulate(`${calls} calls change at once`, atOnce),
  ];
}

interface Laid {
  seats: Seat[];
  legs: Leg[];
}
