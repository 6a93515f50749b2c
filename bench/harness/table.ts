import { type Summary, summarize } from './statistics.ts';

/** What one round of a contender gave, by measure. The name of a measure says its unit. */
export type Sample = Record<string, number>;

export interface Table {
  title: string;
  /** The row that the others are divided by. */
  reference?: string;
  rows: Row[];
}

/** Text that was made of other tables. */
export interface Overview {
  title: string;
  header: readonly string[];
  lines: readonly (readonly string[])[];
}

export interface Row {
  name: string;
  values: Record<string, Summary>;
  /** Value ÷ the reference's value in the same round. */
  ratios: Record<string, Summary>;
}

/** Summarizes samples that were taken in rounds: the nth sample of each row is of the same round. */
export function tabulate(title: string, samples: Map<string, Sample[]>, reference?: string): Table {
  const divisors = reference === undefined ? undefined : samples.get(reference);
  const rows = [...samples].map(([name, taken]) => {
    const row: Row = { name, values: {}, ratios: {} };
    for (const measure of Object.keys(taken[0] ?? {})) {
      row.values[measure] = summarize(taken.map((sample) => sample[measure] ?? Number.NaN));
      if (name === reference || divisors?.[0]?.[measure] === undefined) continue;
      row.ratios[measure] = summarize(
        taken.map(
          (sample, round) => (sample[measure] ?? Number.NaN) / (divisors[round]?.[measure] ?? Number.NaN),
        ),
      );
    }
    return row;
  });
  return reference === undefined ? { title, rows } : { title, reference, rows };
}
