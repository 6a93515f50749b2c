import { expect, it } from 'vitest';
import { compare } from '../../bench/harness/compare.ts';
import { markdown } from '../../bench/harness/report.ts';
import { summarize } from '../../bench/harness/statistics.ts';

const counting = (taken: string[], name: string, values: number[]) => () => {
  taken.push(name);
  return { ms: values.shift() ?? Number.NaN };
};

it('takes contenders in turns, every other round from the other end', async () => {
  const taken: string[] = [];
  const contenders = { a: counting(taken, 'a', []), b: counting(taken, 'b', []) };
  await compare({ title: 'Turns', contenders, rounds: 3, warmUps: 0 });
  expect(taken.join('')).toBe('abbaab');
});

it('divides within a round, and leaves warm-ups out', async () => {
  const table = await compare({
    title: 'Ratios',
    reference: 'plain',
    rounds: 3,
    contenders: {
      // The machine is ten times slower in the second round that counts, for both.
      plain: counting([], 'plain', [500, 1, 10, 1]),
      ours: counting([], 'ours', [500, 2, 20, 2]),
    },
  });
  const [plain, ours] = table.rows;
  expect(plain?.ratios).toEqual({});
  expect(ours?.values.ms).toMatchObject({ median: 2, upperQuartile: 20, samples: 3 });
  expect(ours?.ratios.ms).toMatchObject({ median: 2, lowerQuartile: 2, upperQuartile: 2 });
});

it('summarizes what there is, few or many', () => {
  expect(summarize([7])).toEqual({ median: 7, lowerQuartile: 7, upperQuartile: 7, p99: 7, samples: 1 });
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(summarize(hundred)).toMatchObject({ median: 51, lowerQuartile: 26, upperQuartile: 76, p99: 100 });
});

it('prints a table with the machine, its load and ratios', async () => {
  const contenders = { plain: () => ({ ms: 4 }), ours: () => ({ ms: 5.4321 }) };
  const table = await compare({ title: 'Title', reference: 'plain', rounds: 1, contenders });
  const machine = {
    cpu: 'A processor',
    cores: 2,
    memoryGiB: 8,
    system: 'Linux',
    versions: { node: '20.0.0' },
  };
  const report = { date: '2026-01-02T03:04:05.000Z', machine, loadBefore: 1.5, quick: false };
  const text = markdown({ ...report, subjects: [{ name: 'subject', about: 'What.', tables: [table] }] });
  expect(text).toContain('# Figures of 2026-01-02');
  expect(text).toContain('A processor, 2 cores, 8 GiB, Linux');
  expect(text).toContain('Load before the run 1.5: the machine had other things to do');
  expect(text).toContain('| plain | ms | 4 |  |');
  expect(text).toContain('| ours | ms | 5.43 | 1.36 |');
});
