import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import type { Line } from '../app/line.ts';
import { isKnown, mustExist } from './existence.ts';
import { parseUri } from './uris.ts';

/** So many calls that were never seen are looked up for one request; more are taken for absent. */
const lookUps = 20;

/**
 * The parameters of a `subscriptions/listen` with only those URIs that there is something behind: the SDK acknowledges
 * to the client what it is left with. What cannot be looked up now may be there, and stays. Opens the feed.
 */
export async function watchable(line: Line, params: unknown): Promise<unknown> {
  line.sync.open();
  const { notifications } = (params ?? {}) as { notifications?: { resourceSubscriptions?: unknown } };
  const asked = notifications?.resourceSubscriptions;
  if (!Array.isArray(asked)) return params;
  let left = lookUps;
  const there = await Promise.all(
    asked.map((uri: unknown) => {
      // The SDK says what is wrong with it.
      if (typeof uri !== 'string' || isKnown(line, uri)) return true;
      if (parseUri(uri) === undefined) return false;
      left -= 1;
      return left >= 0 && mayExist(line, uri);
    }),
  );
  const resourceSubscriptions = asked.filter((_, index) => there[index]);
  return { ...(params as object), notifications: { ...notifications, resourceSubscriptions } };
}

async function mayExist(line: Line, uri: string): Promise<boolean> {
  try {
    await mustExist(line, uri);
    return true;
  } catch (error) {
    return error instanceof ProtocolError && error.code === ProtocolErrorCode.InternalError;
  }
}
