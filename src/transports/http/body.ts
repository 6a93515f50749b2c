import type { IncomingMessage } from 'node:http';
import { isJsonContentType } from '@modelcontextprotocol/server';
import { Refusal, rpcCode } from '../refusal.ts';

/** Takes room for so many bytes; throws a refusal where there is none. */
export type TakeRoom = (bytes: number) => void;

/**
 * Reads a JSON body. Throws a refusal: 415 for anything else than plain JSON, 413 past the limit (told before or
 * found while reading), 400 for bytes that are not UTF-8 or not JSON.
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
  const bytes = await readBytes(request, limit, takeRoom);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new Refusal(400, 'Parse error: the body is not JSON in UTF-8.', { code: rpcCode.parseError });
  }
}

async function readBytes(request: IncomingMessage, limit: number, takeRoom: TakeRoom): Promise<Buffer> {
  const tooLarge = new Refusal(413, `The body is larger than ${limit} bytes.`);
  if (Number(request.headers['content-length']) > limit) throw tooLarge;
  const chunks: Buffer[] = [];
  let size = 0;
  let refused = false;
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      // The rest is read and dropped, so that the client gets to see the answer.
      if (refused) return;
      try {
        if (size > limit) throw tooLarge;
        takeRoom(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        refused = true;
        chunks.length = 0;
        reject(error);
      }
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', reject);
    request.once('close', () => reject(new Refusal(400, 'The body was cut off.')));
  });
}
