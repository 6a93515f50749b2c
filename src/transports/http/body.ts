import type { IncomingMessage } from 'node:http';
import { isJsonContentType } from '@modelcontextprotocol/server';
import { readJsonBody, UnreadableBody } from '../../shared/json-body.ts';
import { Refusal, rpcCode } from '../refusal.ts';

/** Counts so many bytes as held in memory; throws a `Refusal` where the limit is reached. */
export type TakeRoom = (bytes: number) => void;

/**
 * Reads a JSON body.
 * @param limit in bytes
 * @param takeRoom is called with the bytes that are about to be held
 * @throws Refusal 415 for anything else than plain JSON, 413 for a body over `limit` (by its Content-Length, or found
 * while reading), 400 for bytes that are not UTF-8 or not JSON, and what `takeRoom` throws
 */
export async function readJson(
  request: IncomingMessage,
  limit: number,
  takeRoom: TakeRoom,
): Promise<unknown> {
  if (!isJsonContentType(request.headers['content-type'] ?? null)) {
    throw new Refusal(415, 'Content-Type must be application/json.');
  }
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new Refusal(415, 'A Content-Encoding is not accepted; send the body as it is.');
  }
  try {
    return await readJsonBody(request, limit, takeRoom);
  } catch (error) {
    throw error instanceof UnreadableBody ? refusals[error.why](limit) : error;
  }
}

const refusals: Readonly<Record<UnreadableBody['why'], (limit: number) => Refusal>> = {
  'too large': (limit) => new Refusal(413, `The body is larger than ${limit} bytes.`),
  'cut off': () => new Refusal(400, 'The body was cut off.'),
  'not JSON': () =>
    new Refusal(400, 'Parse error: the body is not JSON in UTF-8.', { code: rpcCode.parseError }),
};
