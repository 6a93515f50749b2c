import { unreadable } from '../rest/errors.ts';
import type { RestClient } from '../rest/rest-client.ts';
import type { RestRequest } from '../rest/rest-request.ts';
import { type Presence, presence } from '../wire/event.ts';

/** Extensions that one request takes (platform.md 8.7). */
export const presenceBatch = 30;

/**
 * Presence of several extensions in one request (platform.md 8.7). The answer to a batch is an array of answers or
 * multipart; to a single id it is the object itself.
 */
export async function readPresenceBatch(
  rest: RestClient,
  extensionIds: readonly string[],
  options: Pick<RestRequest, 'priority' | 'signal'> & { detailed: boolean },
): Promise<Presence[]> {
  const { detailed, ...rules } = options;
  const what = 'Read presence';
  const { body, text } = await rest.send({
    method: 'GET',
    path: `/restapi/v1.0/account/~/extension/${extensionIds.map(encodeURIComponent).join(',')}/presence`,
    route: 'GET extension/presence',
    group: 'light',
    query: { detailedTelephonyState: detailed },
    what,
    acting: false,
    ...rules,
  });
  const found = (body === undefined ? jsonParts(text) : [body]).flatMap(unbatch).flatMap((item) => {
    const parsed = presence.safeParse(item);
    return parsed.success ? [parsed.data] : [];
  });
  if (found.length === 0) throw unreadable(what);
  return found;
}

/** `[{resourceId, status, body}, …]`, `{records: […]}` or the bare object. */
function unbatch(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(unbatch);
  if (typeof value !== 'object' || value === null) return [];
  if ('records' in value && Array.isArray(value.records)) return value.records;
  if ('response' in value && Array.isArray(value.response)) return [];
  return 'body' in value ? [value.body] : [value];
}

/** The JSON bodies of a multipart answer; its boundary is its first line. */
function jsonParts(text: string): unknown[] {
  const boundary = text.trimStart().split(/\r?\n/, 1)[0];
  if (!boundary?.startsWith('--')) return [];
  return text.split(boundary).flatMap((part) => {
    const start = part.indexOf('{');
    if (start < 0) return [];
    try {
      return [JSON.parse(part.slice(start, part.lastIndexOf('}') + 1)) as unknown];
    } catch {
      return [];
    }
  });
}
