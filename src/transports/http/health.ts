import { answerJson } from '../refusal.ts';
import type { Route } from './exchange.ts';

/** Whether this process can do its work, and why not. The reason names no secret and no number. */
export interface Readiness {
  ready: boolean;
  reason: string;
}

/** What is known of the calls; `failure`: why nothing could be read since the start. */
export interface Knowledge {
  state: string;
  stale: boolean;
  reason?: string;
  failure: string | undefined;
}

/**
 * Ready before the first need of RingCentral, and with an old picture that says that it is old; not where the feed is
 * denied, nor where nothing could be read since the start.
 */
export function readinessOf({ state, stale, reason, failure }: Knowledge): Readiness {
  if (state === 'idle') return { ready: true, reason: 'waiting for the first request' };
  if (state === 'denied') return { ready: false, reason: reason ?? 'RingCentral denies the event feed.' };
  if (failure !== undefined) return { ready: false, reason: failure };
  return { ready: true, reason: `feed ${state}, the picture is ${stale ? 'stale' : 'current'}` };
}

/** `/healthz`: the process runs. `/readyz`: it is logged in, and its picture of calls is live or served as stale. */
export function healthRoutes(readiness: () => Readiness): Record<string, Route> {
  const probe = { methods: ['GET', 'HEAD'], open: true, anyHost: true, evenClosing: true };
  return {
    '/healthz': { ...probe, handle: ({ response }) => answerJson(response, 200, { status: 'ok' }) },
    '/readyz': {
      ...probe,
      handle: ({ response }) => {
        const now = readiness();
        answerJson(response, now.ready ? 200 : 503, now);
      },
    },
  };
}
