import { ApiError } from '../engine/api.ts';
import { apiErrors, errorReply } from './errors.ts';
import type { ApiReply } from './exchange.ts';
import { type ApiCall, ok, pathParameter } from './route.ts';

/** Most ids in one request (platform.md 8.7). */
const BATCH_LIMIT = 30;

/**
 * Answers for one extension, or for several whose ids are in `{extensionIds}` with commas between them
 * (platform.md 8.7): 200 with what was read, or 207 with a list that has a status and a body for each id (assumed).
 *
 * @param read throws ApiError for an unknown id: the answer to a single id, one entry of a list
 * @throws ApiError CMN-101 for more than 30 ids
 */
export function readEach(call: ApiCall, read: (extensionId: string) => object): ApiReply {
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
