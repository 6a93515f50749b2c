/** Values of one measure: the middle one, where the middle half lies, and what one in a hundred exceeds. */
export interface Summary {
  median: number;
  lowerQuartile: number;
  upperQuartile: number;
  p99: number;
  samples: number;
}

/** The value below which `share` (0 to 1) of all lie; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  const at = Math.min(sorted.length - 1, Math.floor(sorted.length * share));
  return sorted[at] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export function summarize(values: readonly number[]): Summary {
  return {
    median: median(values),
    lowerQuartile: quantile(values, 0.25),
    upperQuartile: quantile(values, 0.75),
    p99: quantile(values, 0.99),
    samples: values.length,
  };
}
