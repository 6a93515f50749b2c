import type { Leg } from '../../test/e2e/support/operations.ts';
import { compare } from '../harness/compare.ts';
import type { Sample, Table } from '../harness/table.ts';
import { closing, type Keep } from './closing.ts';
import { type Caller, callModern, load, Tally } from './http-load.ts';
import { Platform } from './platform.ts';
import { layOwnCalls, type ReplicasOptions, ReplicasPlace, SharedSandbox } from './replicas-place.ts';

const workers = 16;

export interface CostPlan {
  rounds: number;
  /** Of each sample. */
  ms: number;
  /** Another `dist/cli.js`, as a single process. */
  other?: string;
}

interface Contender {
  place: ReplicasPlace;
  legs: Leg[];
  platform: Platform;
  /** Calls that the last sample left held. */
  held: Set<string>;
  /** Calls so far that asked for a person's yes. */
  asked: number;
}

/** What tool calls cost with so many replicas, and without Redis, in turns. */
export function cost(plan: CostPlan): Promise<Table[]> {
  return closing((keep) => costKept(plan, keep));
}

async function costKept({ rounds, ms, other }: CostPlan, keep: Keep): Promise<Table[]> {
  const kinds: Record<string, ReplicasOptions> = {
    'single process': { count: 0 },
    ...(other !== undefined && { 'single process, the other build': { count: 0, build: other } }),
    '1 replica': { count: 1 },
    '2 replicas': { count: 2 },
    '4 replicas': { count: 4 },
  };
  const contenders: [string, Contender][] = [];
  for (const [name, options] of Object.entries(kinds)) {
    const sandbox = keep(await SharedSandbox.start());
    const place = keep(await ReplicasPlace.open(sandbox, options));
    const { legs } = await layOwnCalls(sandbox, [place], workers);
    const platform = await Platform.login(sandbox.address);
    contenders.push([name, { place, legs, platform, held: new Set(), asked: 0 }]);
  }
  const table = (title: string, callersOf: (contender: Contender) => Caller[]) =>
    compare({
      title,
      reference: 'single process',
      rounds,
      contenders: Object.fromEntries(
        contenders.map(([name, contender]) => [name, () => sample(contender, callersOf(contender), ms)]),
      ),
    });
  return [
    await table('Calls of list_active_calls', lists),
    await table('Calls of hold_call_party and unhold_call_party', holds),
  ];
}

/** Each at one of the replicas. */
const urlOf = ({ place: { servers } }: Contender, id: number): string =>
  servers[id % servers.length]?.url ?? '';

const lists = (contender: Contender): Caller[] =>
  contender.legs.map((_, id) => () => callModern(urlOf(contender, id), id, 'list_active_calls'));

/** Each has a call of its own, which it holds and takes back. */
const holds = (contender: Contender): Caller[] =>
  contender.legs.map(({ telephonySessionId, partyId }, id) => {
    const { held } = contender;
    return async () => {
      const isHeld = held.has(telephonySessionId);
      const tool = isHeld ? 'unhold_call_party' : 'hold_call_party';
      try {
        await callModern(urlOf(contender, id), id, tool, { arguments: { telephonySessionId } });
      } catch (error) {
        // Where it is not sure who held the call a person is asked; here another app takes it back.
        if (!isHeld || !String(error).includes('not_confirmed')) throw error;
        contender.asked += 1;
        await contender.platform.unhold({ telephonySessionId, partyId } as Leg);
      }
      if (isHeld) held.delete(telephonySessionId);
      else held.add(telephonySessionId);
    };
  });

async function sample(contender: Contender, callers: Caller[], ms: number): Promise<Sample> {
  const { place, asked } = contender;
  const tally = new Tally();
  const serverMs = () => place.servers.reduce((sum, server) => sum + server.processorMs(), 0);
  const [before, redisBefore] = [serverMs(), await redisWork(place)];
  const perSecond = await load(callers, tally, ms);
  const [after, redisAfter] = [serverMs(), await redisWork(place)];
  if (tally.errors.size > 0)
    throw new Error(`calls of ${place.name} failed: ${JSON.stringify([...tally.errors])}`);
  const calls = (perSecond * ms) / 1_000;
  return {
    'calls/s': perSecond,
    'asked for a yes': contender.asked - asked,
    'of all replicas, processor ms a call': (after - before) / calls,
    ...(redisBefore &&
      redisAfter && {
        'of Redis, processor ms a call': (redisAfter.ms - redisBefore.ms) / calls,
        'scripts a call': (redisAfter.scripts - redisBefore.scripts) / calls,
        'commands a call, those within scripts included':
          (redisAfter.commands - redisBefore.commands) / calls,
      }),
  };
}

/** What Redis has done so far. */
async function redisWork({ redis }: ReplicasPlace) {
  if (!redis) return undefined;
  const info = await redis.cli('INFO', 'everything');
  const sum = (of: RegExp) => [...info.matchAll(of)].reduce((total, [, value]) => total + Number(value), 0);
  return {
    ms: sum(/^used_cpu_(?:sys|user):([\d.]+)/gm) * 1_000,
    scripts: sum(/^cmdstat_eval(?:sha)?:calls=(\d+)/gm),
    commands: sum(/^total_commands_processed:(\d+)/gm),
  };
}
