import { setFlagsFromString } from 'node:v8';

/**
 * V8's own way: twice the room for what is new whenever it was not enough, for the rest by its own reckoning, and the
 * code of a function is dropped that has not run for some collections.
 */
const asV8Will = ['--semi-space-growth-factor=2', '--heap-growing-percent=0', '--flush-bytecode'];
/**
 * No more room for what is new, and for the rest a fifth more than was left of it after the last collection. With as many
 * collections code would be dropped that the next call needs.
 */
const small = ['--semi-space-growth-factor=1', '--heap-growing-percent=20', '--no-flush-bytecode'];

/** Whether whoever started this process has said how much room there is. */
export const isHeapSet = ({ execArgv, env }: NodeJS.Process): boolean =>
  /--[\w-]*(semi[-_]space|heap[-_]growing)/.test([env.NODE_OPTIONS, ...execArgv].join(' '));

/**
 * Has V8 collect garbage early. Left alone, it lets the memory of a process that has worked for a moment grow to twice
 * what it needs, and seldom gives it back: each window of a host may have such a process.
 */
export class SmallHeap {
  #loading = 0;

  /** Runs what loads code, with V8's own flags: compiled code is valid only with those that it was compiled with. */
  readonly whileLoading = <T>(load: () => T): T => {
    if (this.#loading === 0) for (const flag of asV8Will) setFlagsFromString(flag);
    this.#loading += 1;
    try {
      return load();
    } finally {
      this.#loading -= 1;
      if (this.#loading === 0) for (const flag of small) setFlagsFromString(flag);
    }
  };
}
