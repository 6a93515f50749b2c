import type { RequestOptions } from '../platform.ts';
import type { RestClient } from '../rest/rest-client.ts';
import { type Presence, presence } from '../wire/event.ts';
import { activeCallRecord } from '../wire/lookups.ts';
import type { Scope } from '../wire/scope.ts';
import { readPages } from './pages.ts';
import { presenceBatch, readPresenceBatch } from './presence-batch.ts';
import { accountPath, lookup, ownExtensionPath } from './request.ts';

/** See `Platform.readPresence`. */
export function readPresence(
  rest: RestClient,
  scope: Scope,
  options: RequestOptions = {},
): Promise<Presence[]> {
  if (scope === 'extension') return readPresenceBatch(rest, ['~'], { detailed: true, ...options });
  const request = lookup(`${accountPath}/presence`, 'heavy', 'Read presence');
  return readPages(rest, { ...request, query: { detailedTelephonyState: true }, ...options }, presence);
}

/** See `Platform.readAvailability`. */
export async function readAvailability(
  rest: RestClient,
  extensionIds: readonly string[],
  { withCalls = false }: { withCalls?: boolean } = {},
): Promise<Presence[]> {
  const found: Presence[] = [];
  for (let from = 0; from < extensionIds.length; from += presenceBatch) {
    const ids = extensionIds.slice(from, from + presenceBatch);
    found.push(...(await readPresenceBatch(rest, ids, { detailed: withCalls })));
  }
  return found;
}

/** See `Platform.readActiveCallIds`. */
export async function readActiveCallIds(
  rest: RestClient,
  scope: Scope,
  options: RequestOptions = {},
): Promise<string[]> {
  const path = `${scope === 'extension' ? ownExtensionPath : accountPath}/active-calls`;
  const request = { ...lookup(path, 'heavy', 'Read active calls'), ...options };
  const records = await readPages(rest, request, activeCallRecord);
  // Calls that have ended stay in the list for two minutes.
  return records.flatMap(({ telephonySessionId, result = 'In Progress' }) =>
    result === 'In Progress' ? [telephonySessionId] : [],
  );
}
