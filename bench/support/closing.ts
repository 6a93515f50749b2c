export interface Closable {
  close(): Promise<void>;
}

/** Takes what is opened, so that it is closed in the end. */
export type Keep = <Opened extends Closable>(opened: Opened) => Opened;

/**
 * Runs, and closes what was opened meanwhile, the last first; also where it fails.
 * @throws what the run throws, or else what closing threw first
 */
export async function closing<Result>(run: (keep: Keep) => Promise<Result>): Promise<Result> {
  const opened: Closable[] = [];
  const [outcome] = await Promise.allSettled([
    run((one) => {
      opened.push(one);
      return one;
    }),
  ]);
  const failures: unknown[] = [];
  for (const one of opened.toReversed()) await one.close().catch((error) => failures.push(error));
  if (outcome.status === 'rejected') throw outcome.reason;
  if (failures.length > 0) throw failures[0];
  return outcome.value;
}
