import type { Sample } from '../harness/table.ts';
import type { Chart } from './chart.ts';

/** One kind of size that grows: what was measured at each, and which measures are drawn together. */
export interface Scale {
  /** Of the file of its charts. */
  name: string;
  /** What there are more and more of. */
  unit: string;
  samples: ReadonlyMap<number, Sample>;
  charts: readonly { name: string; title: string; y: string; measures: readonly string[] }[];
}

/** The charts of a scale, by the names of their files. */
export function chartsOf({ name: scale, unit, samples, charts }: Scale): Map<string, Chart> {
  return new Map(
    charts.map(({ name, title, y, measures }) => [
      `${scale}-${name}.svg`,
      {
        title,
        y,
        x: unit,
        curves: measures.map((measure) => ({
          name: measure.replace(/, [^,]*$/, ''),
          points: [...samples].flatMap(([size, sample]) => {
            const value = sample[measure];
            return value !== undefined && value > 0 ? [[size, value] as const] : [];
          }),
        })),
      },
    ]),
  );
}
