import { Failure } from '../shared/failure.ts';
import type { OperationAnswer, OperationPath, PreparedOperation, RequestOptions } from './platform.ts';
import { unreadable } from './rest/errors.ts';
import type { RestClient } from './rest/rest-client.ts';
import type { PlannedRequest, RestAnswer } from './rest/rest-request.ts';
import { lastOfLimit, type OperationName, operations } from './wire/operation-table.ts';
import { readParty, readRecording, readSession } from './wire/read-session.ts';

const root = '/restapi/v1.0/account/~/telephony';

/** The object that an answer carries, bare or under its name (platform.md 2.1). */
const readers = {
  session: (body: unknown) => readUnder('session', readSession, body),
  party: (body: unknown) => readUnder('party', readParty, body),
  recording: (body: unknown) => readUnder('recording', readRecording, body),
  nothing: () => undefined,
} as const;

/**
 * One of the operations that read, by the table in ringcentral/wire/operation-table.ts.
 * @throws Failure
 */
export async function readOperation(
  rest: RestClient,
  name: OperationName,
  path: OperationPath,
  { signal, priority = 'read', onSend }: RequestOptions = {},
): Promise<OperationAnswer> {
  const answer = await rest.send({
    ...planOf(name, path),
    priority,
    ...(signal ? { signal } : {}),
    ...(onSend ? { beforeSend: onSend } : {}),
  });
  return unwrap(name, answer);
}

/**
 * One of the operations that act, ready to be sent.
 * @throws Failure; `send` throws `unknown_outcome` when no answer came.
 */
export async function prepareOperation(
  rest: RestClient,
  name: OperationName,
  path: OperationPath,
): Promise<PreparedOperation> {
  const ready = await rest.prepare({
    ...planOf(name, path),
    priority: lastOfLimit.has(name) ? 'end' : 'action',
  });
  return {
    cancel: ready.cancel,
    async send(body, beforeSend) {
      const answer = await ready.send(body, beforeSend);
      return answer && unwrap(name, answer);
    },
  };
}

function planOf(name: OperationName, path: OperationPath): PlannedRequest {
  const operation = operations[name];
  return {
    method: operation.method,
    path: root + fill(operation.path, path),
    route: `${operation.method} ${operation.path}`,
    group: operation.group,
    what: wordsOf(name),
    acting: operation.method !== 'GET',
    inDoubt: path.telephonySessionId ? 'call' : 'calls',
  };
}

/**
 * The object of an answer. An acting operation whose answer lacks it has succeeded all the same: some have empty
 * bodies.
 */
function unwrap(name: OperationName, { body, requestId }: RestAnswer): OperationAnswer {
  const { answers, method } = operations[name];
  const value = readers[answers](body);
  if (value === undefined && method === 'GET') throw unreadable(wordsOf(name));
  return { ...(value === undefined ? {} : { [answers]: value }), ...(requestId ? { requestId } : {}) };
}

function readUnder<T>(member: string, read: (value: unknown) => T | undefined, body: unknown): T | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const wrapped = (body as Record<string, unknown>)[member];
  return read(typeof wrapped === 'object' && wrapped !== null ? wrapped : body);
}

function fill(template: string, path: OperationPath): string {
  return template.replace(/\{(\w+)\}/g, (_, name: keyof OperationPath) => {
    const value = path[name];
    if (!value) throw new Failure('invalid_input', `${name} is missing.`, { parameter: name });
    return encodeURIComponent(value);
  });
}

/** `hold_call_party` as "Hold call party". */
const wordsOf = (name: string): string => {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};
