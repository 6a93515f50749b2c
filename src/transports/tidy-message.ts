import { isObject } from '../shared/is-object.ts';

type Members = Readonly<Record<string, unknown>>;

/**
 * A message, or a batch of them, without the empty members that some hosts send and that the SDK refuses, on stdio
 * without any answer: `params`, `_meta` and `progressToken` that are null, an empty list as `params`, a notification
 * with the id null, an `initialize` without capabilities. Everything else stays as it came.
 */
export const tidy = (body: unknown): unknown =>
  // A batch holds no batches.
  Array.isArray(body) ? body.map(tidyMessage) : tidyMessage(body);

function tidyMessage(body: unknown): unknown {
  if (!isObject(body) || typeof body.method !== 'string') return body;
  const message = body.id === null && isNotification(body.method) ? without(body, 'id') : body;
  const { params } = message;
  const given = body.method === 'initialize' ? withCapabilities(params) : params;
  if (isEmpty(given)) return without(message, 'params');
  const kept = isObject(given) ? withoutEmptyMeta(given) : given;
  return kept === params ? message : { ...message, params: kept };
}

const isNotification = (method: string): boolean => method.startsWith('notifications/');

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

const without = (members: Members, name: string): Members =>
  name in members
    ? Object.fromEntries(Object.entries(members).filter(([member]) => member !== name))
    : members;

const withCapabilities = (params: unknown): unknown =>
  isObject(params) && isEmpty(params.capabilities) ? { ...params, capabilities: {} } : params;

function withoutEmptyMeta(params: Members): Members {
  const { _meta: meta } = params;
  if (isEmpty(meta)) return without(params, '_meta');
  if (!isObject(meta) || meta.progressToken !== null) return params;
  return { ...params, _meta: without(meta, 'progressToken') };
}
