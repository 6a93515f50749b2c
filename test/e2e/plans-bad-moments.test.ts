import { describe, expect, it, vi } from 'vitest';
import { type PlanCase, planCases, type StepCase } from './support/plans/cases.ts';
import { type Moment, moments } from './support/plans/moments.ts';
import { type Row, runCell } from './support/plans/run-cell.ts';

interface Cell {
  title: string;
  plan: PlanCase;
  step: StepCase;
  moment: Moment;
}

const table: readonly Cell[] = planCases.flatMap((plan) =>
  plan.steps.flatMap((step) =>
    moments
      .filter((moment) => moment.at(step, plan))
      .map((moment) => ({ title: `${plan.title} | ${step.name} | ${moment.title}`, plan, step, moment })),
  ),
);

/** Each moment once, at the steps in turn: each step is met as well. */
function covering(): Cell[] {
  const met = new Map<string, number>();
  const place = ({ plan, step }: Cell) => `${plan.title} | ${step.name}`;
  const times = (cell: Cell) => met.get(place(cell)) ?? 0;
  return moments.map((moment) => {
    const [rarest] = table
      .filter((cell) => cell.moment === moment)
      .toSorted((one, other) => times(one) - times(other));
    if (!rarest) throw new Error(`${moment.title} never happens`);
    met.set(place(rarest), times(rarest) + 1);
    return rarest;
  });
}

/** `npm run prove` sets it to `.`: all of them. */
const wanted = process.env.PLAN_CELLS;
const cells = wanted === undefined ? covering() : table.filter(({ title }) => new RegExp(wanted).test(title));
// They wait more than they work.
vi.setConfig({ maxConcurrency: 12 });
const rows = new Map<Cell, Row>();

describe('each plan, in each of its steps, in a bad moment', () => {
  it.concurrent.for(cells)('$title', async (cell, { skip }) => {
    const row = (await runCell(cell.plan, cell.step, cell.moment)) ?? skip('it cannot happen there');
    rows.set(cell, row);
    expect(row.wrong, `${row.told} = ${row.places}`).toEqual([]);
  });
});

it.runIf(cells.length === table.length)('reads like a page', async () => {
  const intro =
    '# Plans in bad moments\n\nWhat the agent is told, and where everybody is then by the sandbox, for each plan, step and ' +
    'bad moment.\nAlice has the agent; Bob is the colleague, Carol another; Ada, Eve and Zoe have called from outside. ' +
    'Where the server has\nended, the next start tells it with its first result.\n' +
    'Written by test/e2e/plans-bad-moments.test.ts, with `PLAN_CELLS=.`.';
  const pages = planCases.map((plan) =>
    [`## ${plan.title}`, ...plan.steps.map((step) => pageOf(plan, step))].join('\n\n'),
  );
  await expect(`${[intro, ...pages].join('\n\n')}\n`).toMatchFileSnapshot('../../docs/plans.md');
});

/** The moments of a step, those with the same end together. */
function pageOf(plan: PlanCase, step: StepCase): string {
  const ends = new Map<string, string[]>();
  for (const cell of cells) {
    const row = rows.get(cell);
    if (cell.plan !== plan || cell.step !== step || !row) continue;
    const end = `${row.told} | ${row.places}`;
    ends.set(end, [...(ends.get(end) ?? []), cell.moment.title]);
  }
  const lines = [...ends].map(([end, titles]) => `| ${titles.join('; ')} | ${end} |`);
  return [
    `### ${step.name}`,
    ['| bad moment | what is told | where everybody is |', '|---|---|---|', ...lines].join('\n'),
  ].join('\n\n');
}
