/** Running on: shrinking that takes longer is cut off, so that the seed is told in any case. */
const longestMs = { quick: 300_000, long: 3_000_000 };

/**
 * What fast-check is to do: in the suite the same few runs each time; PROPERTY_RUNS=1000 looks further, and a
 * failure prints its seed. PROPERTY_SEED and PROPERTY_PATH repeat that failure.
 */
export function propertyRuns(usual: number) {
  const { PROPERTY_RUNS, PROPERTY_SEED, PROPERTY_PATH } = process.env;
  const limit = { markInterruptAsFailure: true, timeout: 60_000 };
  if (PROPERTY_SEED !== undefined) {
    const path = PROPERTY_PATH === undefined ? {} : { path: PROPERTY_PATH };
    return { ...limit, ...path, seed: Number(PROPERTY_SEED), interruptAfterTimeLimit: longestMs.long };
  }
  if (PROPERTY_RUNS === undefined) {
    return { ...limit, numRuns: usual, seed: 1, interruptAfterTimeLimit: longestMs.quick };
  }
  return { ...limit, numRuns: Number(PROPERTY_RUNS), interruptAfterTimeLimit: longestMs.long };
}

/** For vitest: longer than fast-check may take. */
export const longestTestMs = longestMs.long + 120_000;
