import { z } from 'zod';
import { maybe } from '../wire/tolerant.ts';
import type { FeedInput } from './session-state.ts';

/** ConnectionDetails (platform.md 5.3); `recoveryTimeout` in seconds. */
const connectionDetails = z.object({
  recoveryState: maybe(z.enum(['Successful', 'Failed'])),
  recoveryBufferSize: maybe(z.number()),
  recoveryTimeout: maybe(z.number()),
});

/** The input for the gateway's first frame: whether it goes on with a lost connection, and what it keeps of one. */
export function readConnectionDetails(body: unknown): FeedInput {
  const { recoveryState, recoveryBufferSize, recoveryTimeout } = connectionDetails.safeParse(body).data ?? {};
  const keeps = {
    ...(recoveryBufferSize === undefined ? {} : { events: recoveryBufferSize }),
    ...(recoveryTimeout === undefined ? {} : { ms: recoveryTimeout * 1000 }),
  };
  return { type: 'connected', keeps, ...(recoveryState ? { recovery: recoveryState } : {}) };
}
