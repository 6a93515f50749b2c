import { setTimeout as pause } from 'node:timers/promises';
import { median, quantile } from '../harness/statistics.ts';
import type { Sample } from '../harness/table.ts';
import { closing } from './closing.ts';
import { EventLag } from './event-lag.ts';
import { LinesPlace } from './lines-place.ts';
import type { Scale } from './scale.ts';

const sizes = { quick: [1, 10, 50], whole: [1, 10, 100, 500] };
const probes = 20;
const warmUpEvents = 400;
/** Reads that follow an act are over. */
const settleMs = 1_000;

/** A server with so many lines, and what it costs when all their calls change at once, some times there and back. */
function measureAt(size: number, rounds: number): Promise<Sample> {
  return closing(async (keep) => {
    const place = keep(await LinesPlace.ofPeople(size));
    // What there is once per process comes with the first.
    await place.open(place.seats.slice(0, 1), 1);
    const before = await place.held();
    await place.open(place.seats.slice(1), size);
    const legs = await place.layCalls();
    await pause(settleMs);
    const { heapMB, residentMB } = await place.held();
    const lag = await EventLag.begin(place, legs, Math.min(size, probes));
    keep({ close: async () => lag.stop() });
    const round = async () => [...(await lag.all('hold')), ...(await lag.all('unhold'))];
    // Compiled code is what is measured, also of a single line.
    for (let events = 0; events < warmUpEvents; events += 2 * size) await round();
    await pause(settleMs);
    place.watchTurns();
    const worked = place.processorMs();
    const told: number[] = [];
    for (let nth = 0; nth < rounds; nth += 1) {
      told.push(...(await round()).map((sample) => sample['from event to update, ms'] ?? Number.NaN));
      await pause(settleMs);
    }
    return {
      ...(size > 1 && {
        'heap of a line and its call, kB': ((heapMB - before.heapMB) * 1_000) / (size - 1),
      }),
      'heap, MB': heapMB,
      'resident, MB': residentMB,
      'event, ms of processor': (place.processorMs() - worked) / (rounds * 2 * size),
      'from event to update, p50, ms': median(told),
      'from event to update, p99, ms': quantile(told, 0.99),
      'longest turn, ms of processor': await place.longestTurn(),
    };
  });
}

/** What it costs that there are more people, each with a login, a line and a call. */
export async function scaleLines(quick: boolean): Promise<Scale> {
  const samples = new Map<number, Sample>();
  for (const size of quick ? sizes.quick : sizes.whole)
    samples.set(size, await measureAt(size, Math.max(quick ? 2 : 5, Math.ceil(50 / size))));
  return {
    name: 'lines',
    unit: 'lines',
    samples,
    charts: [
      {
        name: 'cost',
        title: 'When the calls of all people change at once',
        y: 'ms of processor, and ms',
        measures: [
          'event, ms of processor',
          'from event to update, p50, ms',
          'from event to update, p99, ms',
          'longest turn, ms of processor',
        ],
      },
      { name: 'memory', title: 'Memory', y: 'MB', measures: ['heap, MB', 'resident, MB'] },
    ],
  };
}
