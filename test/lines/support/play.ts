import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deeds } from './deeds.ts';
import type { PrepareEntry } from './office.ts';
import { answers, type Person } from './person.ts';
import { people, Stage, withLines } from './stage.ts';
import type { Theft } from './thefts.ts';
import type { Turn } from './turns.ts';
import { judge } from './verdict.ts';
import { ways } from './wire-client.ts';
import { type Tally, World } from './world.ts';

/**
 * ISOLATION_RUNS=1000 looks further; a failure prints seed and path, and ISOLATION_SEED with ISOLATION_PATH repeats it,
 * as far as real time does.
 */
const { ISOLATION_RUNS, ISOLATION_SEED, ISOLATION_PATH } = process.env;

/** Each has a server of its own: what one waits for another does not. */
const servers = ISOLATION_PATH ? 1 : 4;

const tries = (nth: number, runs: number) => ({
  seed: Number(ISOLATION_SEED ?? 1) + nth,
  numRuns: ISOLATION_PATH ? 1 : Math.ceil(Number(ISOLATION_RUNS ?? runs) / servers),
  ...(ISOLATION_PATH && { path: ISOLATION_PATH }),
  // What a run was told of comes in real time: no smaller one is sure to fail, too.
  endOnFailure: true,
});

const often = <Name extends string>(times: number, ...names: Name[]): Name[] =>
  Array.from({ length: times }, () => names).flat();

const namesOf = <Name extends string>(table: Record<Name, unknown>) => Object.keys(table) as Name[];

const stepOf = ({ thefts, turns, turnWeight }: Play) =>
  fc.record({
    what: fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          deed: fc.constantFrom(
            ...namesOf(deeds),
            ...often(
              1,
              'customer calls',
              'read',
              'look up',
              'resources',
              'guard',
              'plans',
              'wait',
              'transfer',
            ),
            ...often(2, 'list', 'watch', 'hold', 'end'),
            ...often(5, 'consult'),
          ),
        }),
      },
      {
        weight: 4,
        arbitrary: fc.record({
          theft: fc.constantFrom(...namesOf(thefts), ...often(1, 'call', 'plan', 'state')),
        }),
      },
      {
        weight: turnWeight,
        arbitrary: fc.record({
          turn: fc.constantFrom(...namesOf(turns), ...often(1, 'login out'), ...often(3, 'login back')),
        }),
      },
    ),
    who: fc.nat({ max: withLines - 1 }),
    whom: fc.nat({ max: withLines - 1 }),
    answering: fc.constantFrom(...answers),
    n: fc.nat({ max: 1_000 }),
  });
type Step = ReturnType<typeof stepOf> extends fc.Arbitrary<infer T> ? T : never;

const playOf = (play: Play) =>
  fc.record({
    ways: fc.array(fc.constantFrom(...ways), { minLength: people.length, maxLength: people.length }),
    /** Who does nothing, and so is to hear nothing. */
    idle: fc.constantFrom(undefined, 1, 2),
    steps: fc.array(stepOf(play), { minLength: 12, maxLength: 30, size: 'max' }),
  });

/** What is played. */
export interface Play {
  prepare: PrepareEntry;
  /** Of all servers, unless ISOLATION_RUNS says another number. */
  runs: number;
  /** All of it is to have come about. */
  count: Tally;
  thefts: Record<string, Theft>;
  turns: Record<string, Turn>;
  /** How often there are turns, against five deeds and four thefts. */
  turnWeight: number;
}

async function take(
  { thefts, turns }: Play,
  stage: Stage,
  { what, who, whom, answering, n }: Step,
): Promise<void> {
  const person = stage.people[who] as Person;
  if (person === stage.idle) return;
  person.answering = answering;
  const other = stage.people[who === whom ? (whom + 1) % withLines : whom] as Person;
  const doing = { stage, person, other, n };
  if ('deed' in what) await deeds[what.deed](doing);
  if ('turn' in what) await turns[what.turn]?.(doing);
  if ('theft' in what && stage.lineOf(person)) {
    // A thief does not wait for the time of a question to pass.
    if (answering === 'open') person.answering = 'yes';
    await thefts[what.theft]?.(doing);
  }
}

/** Describes that nobody is told anything of another line, whatever they do. */
export function describeIsolation(name: string, play: Play): void {
  const { prepare, runs, count } = play;
  const worlds: World[] = [];
  describe.concurrent(name, () => {
    beforeAll(async () => {
      for (let nth = 0; nth < servers; nth += 1) worlds.push(await World.open(count, prepare));
    }, 60_000);

    afterAll(async () => {
      for (const { office } of worlds) await office.close();
      if (ISOLATION_PATH) return;
      for (const [what, times] of Object.entries(count)) expect(times, what).toBeGreaterThan(0);
      if (ISOLATION_RUNS) process.stdout.write(`${ISOLATION_RUNS} runs, ${JSON.stringify(count)}\n`);
    });

    test.each(Array.from({ length: servers }, (_, nth) => nth))(
      'nobody is told anything of another line (%s)',
      { timeout: 7_200_000 },
      async (nth) => {
        const world = worlds[nth] as World;
        await fc.assert(
          fc.asyncProperty(playOf(play), async ({ ways: given, idle, steps }) => {
            const stage = new Stage(world, given, idle);
            await stage.begin();
            for (const one of steps) {
              await take(play, stage, one);
              judge(stage);
            }
            await stage.end();
            judge(stage);
            expect(stage.violations.map((violation) => violation.slice(0, 1_500))).toEqual([]);
          }),
          tries(nth, runs),
        );
      },
    );
  });
}
