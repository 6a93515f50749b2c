import type { Route } from './exchange.ts';
import { answerJson } from './refusal.ts';

/** Whether this process can do its work, and why not. The reason names no secret and no number. */
export interface Readiness {
  ready: boolean;
  reason: string;
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
