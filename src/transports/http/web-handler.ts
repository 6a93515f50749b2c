import type { IncomingMessage, ServerResponse } from 'node:http';
import { toWebRequest } from '@modelcontextprotocol/node';
import type { Logger } from '../../shared/log.ts';
import type { Exchange } from './exchange.ts';

/**
 * Runs a web-standard handler on node:http. The SDK's `toNodeHandler` is not used: it sends the head of an event
 * stream only with the first message, and buffers without a bound for a client that reads slowly.
 * @param unsentLimit bytes that may wait for a slow reader; its connection ends beyond that
 * @throws what `fetch` throws, before anything is sent
 */
export async function serveWeb(
  { request, response, lasting }: Exchange,
  unsentLimit: number,
  log: Logger,
  fetch: (request: Request) => Promise<Response>,
): Promise<void> {
  const gone = new AbortController();
  let complete = false;
  response.once('close', () => {
    if (!complete) gone.abort();
  });
  const answer = await fetch(await toRequest(request, gone.signal));
  const whole = isWhole(answer) ? Buffer.from(await answer.arrayBuffer()) : undefined;
  // The pipeline has ended it: its principal is not let in any more.
  if (response.writableEnded) return;
  response.writeHead(answer.status, {
    ...Object.fromEntries(answer.headers),
    ...(whole && { 'content-length': whole.length }),
  });
  if (whole || answer.body === null) {
    complete = true;
    response.end(whole);
    return;
  }
  if (lasting) response.flushHeaders();
  const reader = answer.body.getReader();
  response.once('close', () => {
    reader.cancel().catch(() => {});
  });
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    if (isTooSlow(response, unsentLimit)) {
      log.info('a client reads too slowly; its stream ends');
      response.destroy();
      return;
    }
    // The pipeline has ended it because its token expired.
    if (response.writableEnded) return;
    response.write(next.value);
  }
  complete = true;
  response.end();
}

/** Whether the body is no stream of events, but is there in whole: it is sent with one write. */
const isWhole = ({ headers }: Response): boolean =>
  headers.get('content-type')?.startsWith('application/json') ?? false;

/**
 * Whether more than `limit` bytes wait for this client. It is disconnected then, and can resume with `Last-Event-ID`.
 */
export const isTooSlow = ({ writableLength }: ServerResponse, limit: number): boolean =>
  writableLength > limit;

/**
 * Without the body, which the handlers get parsed: serializing it again costs time, and overflows the stack where it
 * is nested deep.
 */
function toRequest(request: IncomingMessage, signal: AbortSignal): Promise<Request> {
  return toWebRequest(request, nothing, { signal });
}

/** What the SDK serializes as no body at all, so that no stream is made for one. */
const nothing = { toJSON: () => undefined };
