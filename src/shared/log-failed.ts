import { Failure } from './failure.ts';
import type { Logger } from './log.ts';

/**
 * Logs that something failed for which nobody waits. A `Failure` says itself what is the matter (Redis or RingCentral
 * does not answer): a warning with that as its reason. Anything else is a defect: an error with its stack.
 */
export function logFailed(log: Logger, error: unknown, what: string, members: object = {}): void {
  if (error instanceof Failure) log.warn({ ...members, reason: error.message }, what);
  else log.error({ ...members, err: error }, what);
}
