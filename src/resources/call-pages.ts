import type { Calls } from '../calls/store/call-log.ts';
import type { SessionView } from '../calls/store/views.ts';

/** So many calls are on a page of `resources/list`, each with its parties. */
export const pageSize = 50;

/** The calls of one page, the newest first, and the cursor of the next one. */
export interface CallPage {
  calls: SessionView[];
  nextCursor?: string;
}

/**
 * The page that a cursor of an earlier one leads to; the first without one. A cursor names the last call of its page,
 * so that calls which come or end meanwhile neither hide others nor show them twice. (The order is that of creation,
 * which is exactly known once a call was read: in its first seconds a call may move.)
 * @returns undefined for a cursor that is none of ours
 */
export function pageOfCalls(store: Calls, cursor?: string): CallPage | undefined {
  const from = cursor === undefined ? 0 : startAfter(store, cursor);
  if (from === undefined) return undefined;
  const calls = store.active({ offset: from, limit: pageSize });
  const last = calls.at(-1);
  const end = from + calls.length;
  return { calls, ...(last && end < store.activeCount && { nextCursor: cursorOf(end, last.id) }) };
}

const cursorOf = (end: number, id: string): string => Buffer.from(`${end} ${id}`).toString('base64url');

/**
 * Behind the call that the cursor names; where that has ended, as far on as it was, less those that may have ended
 * too.
 */
function startAfter(store: Calls, cursor: string): number | undefined {
  const [, count, id] = /^(\d{1,9}) (\S+)$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (id === undefined) return undefined;
  const index = store.active({}).findIndex((call) => call.id === id);
  return index >= 0 ? index + 1 : Math.max(0, Number(count) - 1);
}
