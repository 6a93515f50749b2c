import { setTimeout as pause } from 'node:timers/promises';
import { Failure } from '../../../shared/failure.ts';
import { Refusal } from '../../refusal.ts';
import { elsewhereHeader } from './pass-on.ts';

/** In ms: how long a request waits for a Redis that is late, as where the machine is too busy. */
const redisPatienceMs = 2_000;
const retryMs = 100;

/**
 * What it gives; where Redis does not answer it is asked again, so that it must do no harm twice.
 * @throws Refusal 503 where Redis stays away
 */
export async function orRefuse<Result>(ask: () => Promise<Result>): Promise<Result> {
  const until = performance.now() + redisPatienceMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (performance.now() > until) throw away();
      await pause(retryMs);
    }
  }
}

/** Where the register cannot be asked. */
export const away = () =>
  new Refusal(
    503,
    'Redis, which the replicas of this server share, does not answer. Try again in a moment.',
    {
      headers: { 'retry-after': '5' },
    },
  );

/** Where no replica can be found that has the session. */
export const inDoubt = () =>
  new Refusal(503, 'It is not known yet which replica has this session. Try again in a moment.', {
    headers: { 'retry-after': '2' },
  });

/** For the replica that passed the request on: it looks again who has the session. */
export const elsewhere = () =>
  new Refusal(421, 'This replica does not have the session.', { headers: { [elsewhereHeader]: '1' } });
