import type { Logger } from './log.ts';

/** Runs the steps of an end one after the other. What fails in one is in the log, and the next runs all the same. */
export async function endInOrder(
  log: Logger,
  steps: readonly ((() => unknown) | undefined)[],
): Promise<void> {
  for (const step of steps) {
    try {
      await step?.();
    } catch (error) {
      log.warn({ reason: (error as Error).message }, 'not closed cleanly');
    }
  }
}
