import { expect, it } from 'vitest';
import type { Measured } from '../../bench/harness/report.ts';
import { summarize } from '../../bench/harness/statistics.ts';
import type { Row } from '../../bench/harness/table.ts';
import { overview } from '../../bench/support/figures.ts';

const row = (name: string, ratio: number): Row => ({
  name,
  values: { 'start, ms': summarize([100]) },
  ratios: { 'start, ms': summarize([ratio]) },
});

/** Ours and the SDK in the table of the starts, as `start` gives it. */
const started = (ours: number): Measured => ({
  name: 'start',
  about: 'What.',
  tables: [
    {
      title: 'Cold start',
      reference: 'node -e 0',
      rows: [row('plain SDK server', 4.3), row('ours', ours)],
    },
  ],
});

const firstLine = (measured: Measured[]) => overview(measured).lines[0];

it('says of each figure whether its aim is met', () => {
  expect(firstLine([started(3.5)])).toEqual([
    'cold start ÷ `node -e 0`',
    '4.3',
    '– / –',
    '3.5',
    '≤ 3.8',
    'met',
  ]);
  expect(firstLine([started(4)])?.at(-1)).toBe('**missed**');
});

it('takes nothing for met that was not measured', () => {
  for (const line of overview([]).lines) expect(line.at(-1)).toMatch(/^(not measured)?$/);
});
