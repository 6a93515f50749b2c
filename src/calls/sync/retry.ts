import type { Clock } from '../../shared/clock.ts';
import { delayUnlessAborted } from '../../shared/delay.ts';
import { Failure, isTransient } from '../../shared/failure.ts';
import type { OnDefect } from '../../shared/listeners.ts';

/** The error as a Failure; anything else is a defect of this code. */
export const asFailure = (error: unknown): Failure =>
  error instanceof Failure
    ? error
    : new Failure('internal', 'The calls could not be read: a defect in this server.');

/** How long to wait before trying again, in ms: `pauseMs`, or longer when the platform asks for it. */
export const retryDelayMs = (pauseMs: number, { details }: Failure): number =>
  Math.max(pauseMs, (details.retryAfterSeconds ?? 0) * 1000);

/** Pauses between tries, in ms (platform.md 7); the last one repeats. */
const pausesMs = [2_000, 4_000, 8_000, 16_000, 32_000] as const;
const lastPauseMs = 60_000;

export interface RetryOptions {
  clock: Clock;
  signal: AbortSignal;
  /** Milliseconds until the rate limit allows the request. */
  budgetWaitMs: () => number;
  /** False when nobody needs the result any more. */
  isNeeded: () => boolean;
  /** Told of each failure. */
  onFailedAttempt: (failure: Failure) => void;
  /** Told of an error that is no `Failure`. */
  onDefect: OnDefect;
}

/**
 * Repeats `read` until it works, for as long as trying may help.
 * @returns what was read; undefined when it could not be. Never throws
 */
export async function retryWhileTransient<T>(
  read: () => Promise<T>,
  options: RetryOptions,
): Promise<T | undefined> {
  const { clock, signal, budgetWaitMs, isNeeded, onFailedAttempt, onDefect } = options;
  for (let attempt = 0; ; attempt += 1) {
    await delayUnlessAborted(clock, budgetWaitMs(), signal);
    if (!isNeeded()) return undefined;
    try {
      return await read();
    } catch (error) {
      if (!isNeeded()) return undefined;
      if (!(error instanceof Failure)) onDefect(error);
      onFailedAttempt(asFailure(error));
      if (!isTransient(error)) return undefined;
      await delayUnlessAborted(clock, retryDelayMs(pausesMs[attempt] ?? lastPauseMs, error), signal);
    }
  }
}
