export interface Closable {
  close(): Promise<void>;
}

/** Takes what is opened, so that it is closed in the end. */
export type Keep = <Opened extends Closable>(opened: Opened) => Opened;

/** Runs, and closes what was opened meanwhile, the last first; also where it fails. */
export async function closing<Result>(run: (keep: Keep) => Promise<Result>): Promise<Result> {
  const opened: Closable[] = [];
  try {
    return await run((one) => {
      opened.push(one);
      return one;
    });
  } finally {
    for (const one of opened.toReversed()) await one.close();
  }
}
