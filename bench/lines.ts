import { parseArgs } from 'node:util';
import type { Options, Subject } from './harness/subject.ts';
import { type Sample, type Table, tabulate } from './harness/table.ts';
import { EventLag } from './support/event-lag.ts';
import { HostileAccount } from './support/hostile-account.ts';
import { type Held, LinesPlace } from './support/lines-place.ts';

/** Lines that are open before memory is measured: what there is once per process is there then. */
const warmUps = 5;
/** Reads that follow an act are over. */
const settleMs = 500;
/** A flood that was stopped has been read. */
const drainMs = 3_000;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Plan {
  people: number;
  probes: number;
  rounds: number;
  /** Events a second. */
  flood: number;
  restMs: number;
}

function parse({ quick, args }: Options): Plan {
  const { values } = parseArgs({
    args,
    options: {
      people: { type: 'string', default: quick ? '20' : '200' },
      probes: { type: 'string', default: quick ? '5' : '20' },
      rounds: { type: 'string', default: quick ? '2' : '12' },
      flood: { type: 'string', default: '5000' },
    },
  });
  const { people, probes, rounds, flood } = values;
  return {
    people: Number(people),
    probes: Number(probes),
    rounds: Number(rounds),
    flood: Number(flood),
    restMs: quick ? 5_000 : 30_000,
  };
}

/** Each of so many that came between. */
const perEach = (before: Held, after: Held, count: number): Sample => ({
  'heap, kB': ((after.heapMB - before.heapMB) * 1_000) / count,
  'resident, kB': ((after.residentMB - before.residentMB) * 1_000) / count,
});

const together = (one: Sample, other: Sample): Sample =>
  Object.fromEntries(Object.entries(one).map(([measure, value]) => [measure, value + (other[measure] ?? 0)]));

const whole = ({ heapMB, residentMB }: Held): Sample => ({ 'heap, MB': heapMB, 'resident, MB': residentMB });

/** A place with its calls, and what it held before and after they came. */
interface Opened {
  place: LinesPlace;
  lag: EventLag;
  memory: [name: string, sample: Sample][];
}

async function openLines(place: LinesPlace, { probes }: Plan): Promise<Opened> {
  const { length } = place.seats;
  await place.open(place.seats.slice(0, warmUps), warmUps);
  const few = await place.held();
  await place.open(place.seats.slice(warmUps), length);
  const idle = await place.held();
  const legs = await place.layCalls();
  await pause(settleMs);
  const live = await place.held();
  const line = perEach(few, idle, length - warmUps);
  return {
    place,
    lag: await EventLag.begin(place, legs, probes),
    memory: [
      ['an idle line', line],
      ['a live line, with its call', together(line, perEach(idle, live, length))],
      [`the server with ${length} live lines`, whole(live)],
    ],
  };
}

async function openOne(place: LinesPlace, { probes }: Plan): Promise<Opened> {
  const { length } = place.seats;
  await place.open(place.seats.slice(0, 1), 1);
  const idle = await place.held();
  const legs = await place.layCalls();
  await pause(settleMs);
  const live = await place.held();
  return {
    place,
    lag: await EventLag.begin(place, legs, probes),
    memory: [
      ['a call on one line', perEach(idle, live, length)],
      ['the server with one idle line', whole(idle)],
      [`the server with one line and ${length} calls`, whole(live)],
    ],
  };
}

/** Of one contender, over all rounds. */
class Series {
  readonly atOnce: Sample[] = [];
  readonly alone: Sample[] = [];
  readonly work: Sample[] = [];

  /** All calls change at once, and the probes' one after the other; both there and back. */
  async round({ place, lag }: Opened): Promise<void> {
    for (const act of ['hold', 'unhold'] as const) {
      const before = place.processorMs();
      this.atOnce.push(...(await lag.all(act)));
      await pause(settleMs);
      const ms = place.processorMs() - before;
      this.work.push({ 'processor time per event, ms': ms / place.seats.length });
    }
    for (const act of ['hold', 'unhold'] as const) this.alone.push(...(await lag.oneByOne(act)));
    await pause(settleMs);
  }
}

/** Percent of a processor that each server takes while nothing happens. */
async function atRest(opened: Record<string, Opened>, { restMs }: Plan): Promise<Table> {
  const samples = new Map<string, Sample[]>();
  for (const [name, { place }] of Object.entries(opened)) {
    const before = place.processorMs();
    await pause(restMs);
    samples.set(name, [{ 'of a processor, %': ((place.processorMs() - before) * 100) / restMs }]);
  }
  return tabulate('While nothing happens', samples);
}

export const subject: Subject = {
  about:
    'Many people on one server, each with a RingCentral login and a call of their own, beside one login with as many calls. ' +
    'Memory, garbage left out: an idle line is logged in, has read its calls and hears events. An update is what a client of ' +
    'the call’s person is told (`resources/updated`), its event what the bench hears of the same gateway itself, at the same ' +
    'time; some of the calls are probes, and all change at once, or the probes alone, one after the other. The hostile account ' +
    'is one of the people: its events flood the server, reads of its calls hang, and its agents want all of them read. ' +
    'Behind `--`: --people 200 --probes 20 --rounds 12 --flood 5000 (events a second).',
  async run(options): Promise<Table[]> {
    const plan = parse(options);
    const names = {
      one: `one line, ${plan.people} calls`,
      many: `${plan.people} lines`,
      hostile: `${plan.people} lines, one of them hostile`,
    };
    const one = await openOne(await LinesPlace.ofOne(plan.people), plan);
    const many = await openLines(await LinesPlace.ofPeople(plan.people), plan);
    const memory = new Map<string, Sample[]>(
      [...many.memory, ...one.memory].map(([name, sample]) => [name, [sample]]),
    );
    const rest = await atRest({ [names.one]: one, [names.many]: many }, plan);

    const series = { one: new Series(), many: new Series(), hostile: new Series() };
    const floods: Sample[] = [];
    const turns = [
      () => series.one.round(one),
      () => series.many.round(many),
      async () => {
        const hostile = await HostileAccount.begin(many.place, plan.flood);
        const [begun, before] = [performance.now(), many.place.processorMs()];
        await series.hostile.round(many);
        const busy = (many.place.processorMs() - before) / (performance.now() - begun);
        floods.push({ 'events a second': await hostile.stop(), 'of a processor, %': busy * 100 });
        await pause(drainMs);
      },
    ];
    for (let round = 0; round < plan.rounds; round += 1)
      for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await turn();

    for (const { place, lag } of [one, many]) {
      lag.stop();
      await place.close();
    }
    const all = (samples: (of: Series) => Sample[]) =>
      new Map([
        [names.one, samples(series.one)],
        [names.many, samples(series.many)],
        [names.hostile, samples(series.hostile)],
      ]);
    return [
      tabulate('Memory', memory),
      rest,
      tabulate(
        'All calls change at once',
        all(({ atOnce }) => atOnce),
      ),
      tabulate(
        'One call changes after the other',
        all(({ alone }) => alone),
      ),
      tabulate(
        'Work, all at once',
        new Map([
          [names.one, series.one.work],
          [names.many, series.many.work],
        ]),
      ),
      tabulate('The server in the flood', new Map([[names.hostile, floods]])),
    ];
  },
};
