import { digest } from '../../shared/canonical.ts';
import type { Clock } from '../../shared/clock.ts';
import { Failure } from '../../shared/failure.ts';
import { momentAgo } from '../../shared/moment.ts';
import type { Guard, IdempotencyKey } from '../contract.ts';
import type { KeyedRun, KeyedRuns } from './keyed-runs.ts';

/** The failure of the first run as told to the second, with the time of the first. */
const asOf = (error: unknown, at: number, clock: Clock): unknown =>
  error instanceof Failure
    ? new Failure(
        error.kind,
        `Not done again: this idempotencyKey was used at ${momentAgo(at, clock.now())}. What came of it then: ` +
          error.message,
        error.details,
      )
    : error;

/**
 * See `Guard.once`. Failures that leave the outcome open (`unknown_outcome`, a defect) are remembered, too: the call
 * may have been placed.
 */
export function createOnce(runs: KeyedRuns, clock: Clock): Guard['once'] {
  return async <T>(
    { principal, tool, key, args }: IdempotencyKey,
    run: (leaving?: () => Promise<void>) => Promise<T>,
    isQuestion: (result: T) => boolean,
    again: (first: T, at: number) => T | Promise<T> = (first) => first,
  ): Promise<T> => {
    if (key === undefined) return run();
    for (;;) {
      // Both with the key, which nobody can guess: who reads the digests cannot try out numbers.
      const begun = await runs.begin(digest([principal, tool, key]), digest([key, args]));
      if (begun.kind === 'new') return runFirst(begun.run, run, isQuestion);
      if (begun.kind === 'other arguments') throw otherArguments();
      if (begun.kind === 'too many') throw tooMany();
      const at = clock.now() - begun.agoMs;
      const outcome = await begun.outcome;
      if (!outcome) continue;
      if ('error' in outcome) throw asOf(outcome.error, at, clock);
      return again(outcome.value as T, at);
    }
  };
}

async function runFirst<T>(
  keyed: KeyedRun,
  run: (leaving: () => Promise<void>) => Promise<T>,
  isQuestion: (result: T) => boolean,
): Promise<T> {
  try {
    const value = await run(() => keyed.leaving());
    await keyed.end({ value }, !isQuestion(value));
    return value;
  } catch (error) {
    await keyed.end({ error }, !(error instanceof Failure) || error.kind === 'unknown_outcome');
    throw error;
  }
}

const otherArguments = () =>
  new Failure('invalid_input', 'This idempotencyKey was used with other arguments. Take a new one.', {
    parameter: 'idempotencyKey',
  });

const tooMany = () =>
  new Failure('rate_limited', 'Too many idempotency keys within ten minutes.', { retryAfterSeconds: 600 });
