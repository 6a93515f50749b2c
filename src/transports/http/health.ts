import { answerJson } from '../refusal.ts';
import type { Route } from './exchange.ts';

/** The body of `/readyz`. The reason says what is the case either way; it holds no secret and no phone number. */
export interface Readiness {
  ready: boolean;
  reason: string;
}

/** The state of the event feed and of the live picture, as far as readiness depends on it. */
export interface SyncState {
  /** Of the feed, e.g. `live`. */
  state: string;
  /** RingCentral may know better than the picture. */
  stale: boolean;
  /** Why the feed is in its state. */
  reason?: string;
  /** Why nothing could be read since the start; undefined once something was. */
  failure: string | undefined;
}

/**
 * Whether requests can be served. Ready before the first request, which opens the feed, and with a stale picture,
 * which says so in every result; not ready where RingCentral denies the feed, or nothing could be read since the
 * start.
 */
export function readinessOf({ state, stale, reason, failure }: SyncState): Readiness {
  if (state === 'idle') return { ready: true, reason: 'waiting for the first request' };
  if (state === 'denied') return { ready: false, reason: reason ?? 'RingCentral denies the event feed.' };
  if (failure !== undefined) return { ready: false, reason: failure };
  return { ready: true, reason: `feed ${state}, the picture is ${stale ? 'stale' : 'current'}` };
}

/**
 * Where each person has a login of their own, requests can be served whatever becomes of any: how the lines stand is
 * told as counts.
 * @param states of the lines that are open
 */
export function readinessOfSeveral(states: readonly string[]): Readiness {
  const counts = new Map<string, number>();
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  const told = [...counts].map(([state, count]) => `${count} ${state}`);
  return { ready: true, reason: told.length > 0 ? `lines: ${told.join(', ')}` : 'no line is open' };
}

/** `/healthz` answers 200 while the process runs; `/readyz` answers 200 or 503 with `readiness()`. */
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
