import { expect, it } from 'vitest';
import { drawChart } from '../../bench/support/chart.ts';

const draw = (points: [number, number][], name = 'hold') =>
  drawChart({ title: 'Cost', x: 'live calls', y: 'ms', curves: [{ name, points }] });

it('draws ten times as much equally far apart, and higher values higher', () => {
  const [, xs = ''] =
    /polyline[^>]* points="([^"]*)"/.exec(
      draw([
        [10, 0.1],
        [100, 1],
        [1_000, 10],
      ]),
    ) ?? [];
  const [one, two, three] = xs.split(' ').map((pair) => pair.split(',').map(Number)) as [number, number][];
  expect([one, two, three]).toEqual([
    [70, 290],
    [345, 167],
    [620, 44],
  ]);
});

it('draws a curve that is flat', () => {
  expect(
    draw([
      [1, 1],
      [10, 1],
    ]),
  ).not.toContain('NaN');
});

it('takes no name for markup', () => {
  expect(draw([[1, 2]], '<script>')).not.toContain('<script>');
});
