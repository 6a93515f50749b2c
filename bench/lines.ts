import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Options, Subject } from './harness/subject.ts';
import { type Sample, type Table, tabulate } from './harness/table.ts';
import { EventFlood } from './support/event-flood.ts';
import { EventLag } from './support/event-lag.ts';
import { HostileAccount } from './support/hostile-account.ts';
import { LinesPlace } from './support/lines-place.ts';
import type { Held } from './support/probed-server.ts';

/** Lines that are open before memory is measured: what there is once per process is there then. */
const warmUps = 5;
/** Reads that follow an act are over. */
const settleMs = 500;
/** A flood has begun, or all of one that was stopped has been read. */
const floodTurnMs = 2_000;
/** Of the sandbox, and of nobody on the server. */
const outsider = '101';

interface Plan {
  people: number;
  probes: number;
  rounds: number;
  /** Events a second. */
  flood: number;
  /** What was read of the account is let go of within it. */
  idleMs: number;
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
    idleMs: quick ? 0 : 65_000,
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

async function openLines(place: LinesPlace, { probes, idleMs }: Plan): Promise<Opened> {
  const { length } = place.seats;
  await place.open(place.seats.slice(0, warmUps), warmUps);
  const few = await place.held();
  await place.open(place.seats.slice(warmUps), length);
  await pause(idleMs);
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
  readonly turns: Sample[] = [];

  /** All calls change at once, and the probes' one after the other; both there and back. */
  async round({ place, lag }: Opened): Promise<void> {
    place.watchTurns();
    for (const act of ['hold', 'unhold'] as const) {
      const before = place.processorMs();
      this.atOnce.push(...(await lag.all(act)));
      await pause(settleMs);
      const ms = place.processorMs() - before;
      this.work.push({ 'processor time per event, ms': ms / place.seats.length });
    }
    for (const act of ['hold', 'unhold'] as const) this.alone.push(...(await lag.oneByOne(act)));
    await pause(settleMs);
    this.turns.push({ 'longest, ms of processor': await place.longestTurn() });
  }
}

/** Percent of a processor that each server takes while nothing happens. */
async function atRest(one: Opened, many: Opened, { people, restMs }: Plan): Promise<Table> {
  const share = async ({ place }: Opened): Promise<Sample[]> => {
    const before = place.processorMs();
    await pause(restMs);
    return [{ 'of a processor, %': ((place.processorMs() - before) * 100) / restMs }];
  };
  return tabulate(
    'While nothing happens',
    new Map([
      [`one line, ${people} calls`, await share(one)],
      [`${people} lines`, await share(many)],
    ]),
  );
}

/** Measures while the account of nobody on this server has the flood: what it costs the machine. */
async function floodElsewhere(opened: Opened, series: Series, perSecond: number): Promise<void> {
  const { control } = opened.place;
  const flood = new EventFlood({ control, extensionId: await control.extensionId(outsider), perSecond });
  await pause(floodTurnMs);
  await series.round(opened);
  await flood.stop();
  await pause(floodTurnMs);
}

/** Measures while one of the people is hostile; answers the flood, and the server's work in it. */
async function floodHere(opened: Opened, series: Series, perSecond: number): Promise<Sample> {
  const { place } = opened;
  const hostile = await HostileAccount.begin(place, perSecond);
  await pause(floodTurnMs);
  const [begun, before] = [performance.now(), place.processorMs()];
  await series.round(opened);
  const share = (place.processorMs() - before) / (performance.now() - begun);
  const sent = await hostile.stop();
  await pause(floodTurnMs);
  return { 'events a second': sent, 'of a processor, %': share * 100 };
}

/** Rounds of all contenders in turns. */
async function takeTurns(one: Opened, many: Opened, { people, rounds, flood }: Plan): Promise<Table[]> {
  const names = {
    one: `one line, ${people} calls`,
    many: `${people} lines`,
    elsewhere: `${people} lines, a flood to nobody's line`,
    here: `${people} lines, one of them hostile`,
  };
  const series = { one: new Series(), many: new Series(), elsewhere: new Series(), here: new Series() };
  const floods: Sample[] = [];
  const turns = [
    () => series.one.round(one),
    () => series.many.round(many),
    () => floodElsewhere(many, series.elsewhere, flood),
    async () => void floods.push(await floodHere(many, series.here, flood)),
  ];
  for (let round = 0; round < rounds; round += 1)
    for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await turn();
  const table = (title: string, samples: (of: Series) => Sample[], of: (keyof typeof series)[]) =>
    tabulate(title, new Map(of.map((key) => [names[key], samples(series[key])])));
  const all = ['one', 'many', 'elsewhere', 'here'] as const;
  return [
    table('All calls change at once', ({ atOnce }) => atOnce, [...all]),
    table('One call changes after the other', ({ alone }) => alone, [...all]),
    table('Work, all at once', ({ work }) => work, ['one', 'many']),
    table('Turns of the event loop, each round', ({ turns }) => turns, [...all]),
    tabulate('The server in the flood', new Map([[names.here, floods]])),
  ];
}

export const subject: Subject = {
  about:
    'Many people on one server, each with a RingCentral login and a call of their own, beside one login with as many calls. ' +
    'Memory, garbage left out: an idle line is logged in, has read its calls and hears events, for a minute by now. An update is what a client of ' +
    'the call’s person is told (`resources/updated`), its event what the bench hears of the same gateway itself, at the same ' +
    'time; the act is the request by which the person at the phone holds the call, or takes it back. Some of the calls are ' +
    'probes, and all change at once, or the probes alone, one after the other. The hostile account is one of the people: its ' +
    'events flood the server, reads of its calls hang, and its agents want all of them read. The same flood to nobody’s ' +
    'line takes as much of the machine for sandbox and bench. A turn of the event loop is how long the server works before ' +
    'it looks at what else there is to do; what others do on the machine does not count in it. Behind `--`: --people 200 ' +
    '--probes 20 --rounds 12 --flood 5000 (events a second).',
  async run(options): Promise<Table[]> {
    const plan = parse(options);
    const one = await openOne(await LinesPlace.ofOne(plan.people), plan);
    const many = await openLines(await LinesPlace.ofPeople(plan.people), plan);
    const rest = await atRest(one, many, plan);
    const series = await takeTurns(one, many, plan);
    const after = [
      `the server with ${plan.people} live lines, after the floods`,
      whole(await many.place.held()),
    ] as const;
    const memory = [...many.memory, after, ...one.memory];
    for (const { place, lag } of [one, many]) {
      lag.stop();
      await place.close();
    }
    return [tabulate('Memory', new Map(memory.map(([name, sample]) => [name, [sample]]))), rest, ...series];
  },
};
