import { digest } from '../../shared/canonical.ts';
import type { Clock } from '../../shared/clock.ts';
import { Failure } from '../../shared/failure.ts';
import { momentAgo } from '../../shared/moment.ts';
import type { Guard, IdempotencyKey } from '../contract.ts';

const REMEMBER_MS = 10 * 60_000;
const LIMIT = 1_000;

interface Remembered {
  args: string;
  result: Promise<unknown>;
  since: number;
}

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
export function createOnce(clock: Clock): Guard['once'] {
  const remembered = new Map<string, Remembered>();
  const forget = () => {
    for (const [key, { since }] of remembered) {
      if (clock.now() - since < REMEMBER_MS) break;
      remembered.delete(key);
    }
  };
  return async <T>(
    { principal, tool, key, args }: IdempotencyKey,
    run: () => Promise<T>,
    isQuestion: (result: T) => boolean,
    again: (first: T, at: number) => T | Promise<T> = (first) => first,
  ): Promise<T> => {
    if (key === undefined) return run();
    forget();
    const id = digest([principal, tool, key]);
    const first = remembered.get(id);
    if (first) {
      if (first.args === digest(args)) {
        return (first.result as Promise<T>).then(
          (result) => again(result, first.since),
          (error: unknown) => Promise.reject(asOf(error, first.since, clock)),
        );
      }
      throw new Failure(
        'invalid_input',
        'This idempotencyKey was used with other arguments. Take a new one.',
        {
          parameter: 'idempotencyKey',
        },
      );
    }
    if (remembered.size >= LIMIT) {
      throw new Failure('rate_limited', 'Too many idempotency keys within ten minutes.', {
        retryAfterSeconds: 600,
      });
    }
    const result = run();
    const entry: Remembered = { args: digest(args), result, since: clock.now() };
    remembered.set(id, entry);
    const drop = () => {
      if (remembered.get(id) === entry) remembered.delete(id);
    };
    result.then(
      (value) => isQuestion(value) && drop(),
      (error) => error instanceof Failure && error.kind !== 'unknown_outcome' && drop(),
    );
    return result;
  };
}
