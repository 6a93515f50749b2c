import { ApiError } from '../engine/api.ts';
import { apiErrors, errorReply } from './errors.ts';
import type { ApiReply } from './exchange.ts';
import { type Call, ok, pathParameter } from './route.ts';

/** Ids in one request (platform.md 8.7). */
const BATCH_LIMIT = 30;

/**
 * Reads one extension, or several whose ids stand in `{extensionIds}` with commas between them (platform.md 8.7).
 * That a batch is a 207 with one answer for each is assumed. `read` throws ApiError for an id that there is not.
 */
export function readEach(call: Call, read: (extensionId: string) => object): ApiReply {
  const ids = pathParameter(call, 'extensionIds').split(',');
  if (ids.length > BATCH_LIMIT) throw apiErrors.invalidParameter('extensionId');
  const of = (id: string) => read(id === '~' ? call.actor.extensionId : id);
  const [first = ''] = ids;
  if (ids.length === 1) return ok(of(first));
  return { status: 207, body: ids.map((resourceId) => ({ resourceId, ...one(() => of(resourceId)) })) };
}

function one(read: () => object): { status: number; body?: unknown } {
  try {
    return { status: 200, body: read() };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { status, body } = errorReply(error);
    return { status, body };
  }
}
