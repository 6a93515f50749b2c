import type { IncomingMessage } from 'node:http';

/** A body that could not be read, and why. */
export class UnreadableBody extends Error {
  override readonly name = 'UnreadableBody';
  readonly why: 'too large' | 'cut off' | 'not JSON';

  constructor(why: UnreadableBody['why']) {
    super(`the body is ${why}`);
    this.why = why;
  }
}

/**
 * Reads a request's body as JSON in UTF-8.
 * @param limit in bytes; told before or found while reading. The rest is read and dropped, so that the client gets to
 * see the answer.
 * @param takeRoom takes room for so many bytes, before they are kept; what it throws is thrown
 * @throws UnreadableBody
 */
export async function readJsonBody(
  request: IncomingMessage,
  limit: number,
  takeRoom: (bytes: number) => void = () => {},
): Promise<unknown> {
  const bytes = await readBytes(request, limit, takeRoom);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new UnreadableBody('not JSON');
  }
}

async function readBytes(
  request: IncomingMessage,
  limit: number,
  takeRoom: (bytes: number) => void,
): Promise<Buffer> {
  if (Number(request.headers['content-length']) > limit) throw new UnreadableBody('too large');
  const chunks: Buffer[] = [];
  let size = 0;
  let refused = false;
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (refused) return;
      try {
        if (size > limit) throw new UnreadableBody('too large');
        takeRoom(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        refused = true;
        chunks.length = 0;
        reject(error);
      }
    });
    const cutOff = () => reject(new UnreadableBody('cut off'));
    request.once('end', () => {
      request.off('close', cutOff);
      resolve(Buffer.concat(chunks));
    });
    // Where the client has gone, `error` comes before `close`.
    request.once('error', cutOff);
    request.once('close', cutOff);
  });
}
