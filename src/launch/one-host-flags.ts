import { setFlagsFromString } from 'node:v8';

/** A flag of V8: as it is by itself, and as it is for a process that serves one host. */
interface Flag {
  own: string;
  forOneHost: string;
}

const flags: readonly Flag[] = [
  // Twice the room for what is new whenever it was not enough; or no more than there is.
  { own: '--semi-space-growth-factor=2', forOneHost: '--semi-space-growth-factor=1' },
  // For the rest by V8's own reckoning; or a fifth more than was left of it after the last collection.
  { own: '--heap-growing-percent=0', forOneHost: '--heap-growing-percent=20' },
  // The code of a function is dropped that has not run for some collections: with as many, it would be what the next call needs.
  { own: '--flush-bytecode', forOneHost: '--no-flush-bytecode' },
  // What is optimized takes the functions that it calls in: much work for a process that is to answer a few calls soon.
  { own: '--max-inlined-bytecode-size=460', forOneHost: '--max-inlined-bytecode-size=100' },
  {
    own: '--max-inlined-bytecode-size-cumulative=920',
    forOneHost: '--max-inlined-bytecode-size-cumulative=100',
  },
];

/** Whether whoever started this process has set such a flag for it. */
export const isTuned = ({ execArgv, env }: NodeJS.Process): boolean =>
  /--[\w-]*(semi[-_]space|heap[-_]growing|flush[-_]bytecode|inlined[-_]bytecode)/.test(
    [env.NODE_OPTIONS, ...execArgv].join(' '),
  );

/**
 * Has V8 collect garbage early and compile briefly, as fits a process that each window of a host may have, and that does
 * little in its life. Left alone, V8 lets the memory of one that has worked for a moment grow to twice what it needs, and
 * seldom gives it back.
 */
export class OneHostFlags {
  #loading = 0;

  /** Runs what loads code, with V8's own flags: compiled code is valid only with those that it was compiled with. */
  readonly whileLoading = <T>(load: () => T): T => {
    if (this.#loading === 0) for (const { own } of flags) setFlagsFromString(own);
    this.#loading += 1;
    try {
      return load();
    } finally {
      this.#loading -= 1;
      if (this.#loading === 0) for (const { forOneHost } of flags) setFlagsFromString(forOneHost);
    }
  };
}
