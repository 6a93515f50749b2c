import type { IncomingMessage } from 'node:http';
import { PageError } from './page-error.ts';

/** In bytes; the forms of this server have a few short fields. */
const largest = 8 * 1024;

/**
 * Reads a form that a page of this server has sent.
 * @param origin of this server
 * @throws PageError 403 where the browser says that another page has sent it, 415 and 413 for what is no such form
 */
export async function readForm(request: IncomingMessage, origin: string): Promise<URLSearchParams> {
  const { headers } = request;
  const site = headers['sec-fetch-site'];
  const foreign =
    (headers.origin !== undefined && headers.origin !== origin) ||
    (site !== undefined && site !== 'same-origin');
  if (foreign) throw new PageError(403, 'This form was sent by another page.');
  if (!/^application\/x-www-form-urlencoded *(;|$)/i.test(headers['content-type'] ?? ''))
    throw new PageError(415, 'This is not the form of this page.');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= largest) chunks.push(chunk);
  }
  if (size > largest) throw new PageError(413, 'This form is too large.');
  return new URLSearchParams(Buffer.concat(chunks).toString());
}
