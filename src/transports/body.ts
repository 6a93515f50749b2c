import type { IncomingMessage } from 'node:http';
import { isJsonContentType } from '@modelcontextprotocol/server';
import { Refusal, rpcCode } from './refusal.ts';

/**
 * Reads a JSON body. Throws a refusal: 415 for anything else than plain JSON, 413 past the limit (told before or
 * found while reading), 400 for bytes that are not UTF-8 or not JSON.
 */
export async function readJson(request: IncomingMessage, limit: number): Promise<unknown> {
  if (!isJsonContentType(request.headers['content-type'] ?? null)) {
    throw new Refusal(415, 'Content-Type must be application/json.');
  }
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new Refusal(415, `Content-Encoding ${encoding} is not accepted; send the body as it is.`);
  }
  const bytes = await readBytes(request, limit);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new Refusal(400, 'Parse error: the body is not JSON in UTF-8.', { code: rpcCode.parseError });
  }
}

async function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  const tooLarge = new Refusal(413, `The body is larger than ${limit} bytes.`);
  if (Number(request.headers['content-length']) > limit) throw tooLarge;
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      // The rest is read and dropped, so that the client gets to see the answer.
      if (size > limit) reject(tooLarge);
      else chunks.push(chunk);
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', reject);
    request.once('close', () => reject(new Refusal(400, 'The body was cut off.')));
  });
}
