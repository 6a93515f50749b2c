import { parseArgs } from 'node:util';
import { tableLines } from './harness/report.ts';
import type { Options, Subject } from './harness/subject.ts';
import type { Table } from './harness/table.ts';
import { cost } from './support/replicas-cost.ts';
import { handOver } from './support/replicas-hand-over.ts';
import { latency } from './support/replicas-latency.ts';
import { memory } from './support/replicas-memory.ts';

const parts = ['latency', 'cost', 'memory', 'hand-over'] as const;

interface Plan {
  parts: readonly string[];
  rounds: number;
  runs: number;
  calls: number;
  other?: string;
}

/** @throws Error for a part that there is not */
function parse({ quick, args }: Options): Plan {
  const { values } = parseArgs({
    args,
    options: {
      parts: { type: 'string', default: parts.join() },
      rounds: { type: 'string', default: quick ? '2' : '5' },
      runs: { type: 'string', default: quick ? '2' : '7' },
      calls: { type: 'string', default: quick ? '1000' : '10000' },
      other: { type: 'string' },
    },
  });
  const named = values.parts.split(',');
  const unknown = named.find((part) => !parts.some((one) => one === part));
  if (unknown !== undefined) throw new Error(`no part ${unknown}; there are ${parts.join(', ')}`);
  return {
    parts: named,
    rounds: Number(values.rounds),
    runs: Number(values.runs),
    calls: Number(values.calls),
    ...(values.other !== undefined && { other: values.other }),
  };
}

export const subject: Subject = {
  about:
    'Several replicas of the server on a Redis that syncs each write, with one login, beside a single process without Redis. ' +
    'An update is what a client is told (`resources/updated`), the act the request by which the person at the phone holds ' +
    'the call, or takes it back; some of a hundred calls are probes, and all change at once, or the probes one after the ' +
    'other. What calls cost: sixteen clients, spread over the replicas, call as fast as answers come. Memory: live ' +
    'calls of an account, garbage left out; a turn of the event loop is how long nothing else is looked at. Hand-over: from the ' +
    'signal until another leads, its feed is live, and its list says that it is not stale. Behind `--`: ' +
    '--parts latency,cost,memory,hand-over --rounds 5 --runs 7 (hand-overs of each kind) --calls 10000, and --other with ' +
    'another dist/cli.js, whose cost as a single process is measured too.',
  async run(options): Promise<Table[]> {
    const plan = parse(options);
    const { rounds, other } = plan;
    const measure: Record<(typeof parts)[number], () => Promise<Table[]>> = {
      latency: () => latency({ calls: 100, probes: 20, rounds }),
      cost: () => cost({ rounds, ms: options.quick ? 500 : 1_500, ...(other !== undefined && { other }) }),
      memory: () => memory(plan.calls),
      'hand-over': () => handOver(plan.runs),
    };
    // What was started is ended by what runs at an exit.
    process.once('SIGTERM', () => process.exit(1));
    const tables: Table[] = [];
    for (const part of parts.filter((one) => plan.parts.includes(one))) {
      const begun = performance.now();
      try {
        const measured = await measure[part]();
        tables.push(...measured);
        console.error(measured.flatMap(tableLines).join('\n'));
      } catch (error) {
        console.error(error);
        process.exitCode = 1;
      }
      console.error(`── ${part}: ${Math.round((performance.now() - begun) / 1_000)} s`);
    }
    return tables;
  },
};
