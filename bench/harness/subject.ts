import type { Overview, Table } from './table.ts';

/**
 * One thing that is measured. Each has a file `bench/NAME.ts` and runs in a process of its own, with `--expose-gc`.
 */
export interface Subject {
  /** What is measured, in one sentence. */
  about: string;
  /**
   * A subject that sets the exit code of the process has failed in part; the tables that it answers are kept.
   * @throws what makes the whole run fail, after the other subjects
   */
  run(options: Options): Promise<(Table | Overview)[]>;
}

export interface Options {
  /** Fewer rounds, for a look. */
  quick: boolean;
  /** What the command line has behind `--`. */
  args: string[];
}
