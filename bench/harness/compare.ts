import { type Sample, type Table, tabulate } from './table.ts';

export interface Comparison {
  title: string;
  /** Each takes one sample. */
  contenders: Record<string, () => Sample | Promise<Sample>>;
  /** The contender that the others are divided by. */
  reference?: string;
  rounds: number;
  /** Rounds that are not counted; one unless given. */
  warmUps?: number;
  /** Runs before each round and is not measured. */
  prepare?(): void | Promise<void>;
}

/**
 * Measures contenders in turns: one sample of each a round, every other round in the opposite order, so that what
 * else the machine does meets all of them alike. Ratios are taken within a round.
 */
export async function compare(comparison: Comparison): Promise<Table> {
  const { title, contenders, reference, rounds, warmUps = 1, prepare } = comparison;
  const names = Object.keys(contenders);
  const samples = new Map(names.map((name) => [name, [] as Sample[]]));
  for (let round = -warmUps; round < rounds; round += 1) {
    await prepare?.();
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const sample = await contenders[name]?.();
      if (sample && round >= 0) samples.get(name)?.push(sample);
    }
  }
  return tabulate(title, samples, reference);
}
