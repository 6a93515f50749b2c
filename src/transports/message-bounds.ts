import { sizeOf } from '../shared/size.ts';
import { asMessage, isRequest, longestId, type RpcBody } from './json-rpc.ts';
import { Refusal, rpcCode } from './refusal.ts';

const KiB = 1024;

/** The longest that a string in a message may be, in characters, by its path. */
const characters: Readonly<Record<string, number>> = {
  id: longestId,
  method: 200,
  'params.name': 200,
  'params.uri': 2_048,
  'params.ref.uri': 2_048,
  'params.ref.name': 200,
  'params.argument.name': 200,
  'params.argument.value': 1_024,
  'params.cursor': 1_024,
  'params.level': 200,
  'params.requestId': 256,
  'params.progressToken': 256,
  'params._meta.progressToken': 256,
};

const bounded = Object.entries(characters).map(([path, limit]) => [path, path.split('.'), limit] as const);

/** All parameters of a message together, in bytes. Those of `initialize` are kept as long as the session. */
const paramsBytes = { initialize: 32 * KiB, otherwise: 128 * KiB };

/** A client's answer to a request of ours, in bytes. */
const answerBytes = 64 * KiB;

/** Levels of nesting. */
const deepest = 64;

/**
 * What of a message is larger than this server takes, as a clause for an error; undefined where nothing is.
 * Everything that is kept of a message, repeated in an answer or written to a log has a bound here, except a tool's
 * arguments: tools/runtime/argument-size.ts bounds those, and answers with a tool result.
 */
export function excess(message: RpcBody): string | undefined {
  for (const [path, names, limit] of bounded) {
    const text = at(message, names);
    if (typeof text === 'string' && text.length > limit) return `${path} is longer than ${limit} characters`;
  }
  const { method, params, ...answer } = message;
  if (sizeOf(message).depth > deepest) return `the message is nested deeper than ${deepest} levels`;
  if (method === undefined) return larger('the answer', answer, answerBytes);
  const counted = method === 'tools/call' ? { ...(params as object), arguments: undefined } : params;
  const limit = method === 'initialize' ? paramsBytes.initialize : paramsBytes.otherwise;
  return larger('params', counted, limit);
}

/**
 * Refuses a message that is too large (`excess`), under its own id.
 * @param status of the answer to a request: clients of the 2025 revisions read a JSON-RPC error only with 200
 * @throws Refusal
 */
export function refuseExcess(message: RpcBody, status: 200 | 400): void {
  const found = excess(message);
  if (found === undefined) return;
  const { id } = asMessage(message);
  const isAnswer = isRequest(message);
  throw new Refusal(isAnswer ? status : 400, `Invalid params: ${found}.`, {
    code: rpcCode.invalidParams,
    ...(isAnswer && { id }),
  });
}

function larger(what: string, value: unknown, limit: number): string | undefined {
  return sizeOf(value, limit).bytes > limit ? `${what} is larger than ${limit / KiB} KiB` : undefined;
}

function at(value: unknown, names: readonly string[]): unknown {
  let found = value;
  for (const name of names) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}
