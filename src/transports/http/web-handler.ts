import type { IncomingMessage, ServerResponse } from 'node:http';
import { toWebRequest } from '@modelcontextprotocol/node';
import type { Logger } from '../../shared/log.ts';
import type { Exchange } from './exchange.ts';

/**
 * Runs a web-standard handler on node:http. The SDK's `toNodeHandler` holds back the head of a quiet stream until
 * its first message, and lets a slow reader's backlog grow in the stream where nobody can count it.
 * @param unsentLimit bytes that may wait for a slow reader before its connection ends
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
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  if (answer.body === null) {
    complete = true;
    response.end();
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
    // Ended meanwhile, because a token expired.
    if (response.writableEnded) return;
    response.write(next.value);
  }
  complete = true;
  response.end();
}

/** It comes back with `Last-Event-ID`, or reads what it missed; our memory is for those who listen. */
export const isTooSlow = ({ writableLength }: ServerResponse, limit: number): boolean =>
  writableLength > limit;

/** Without the body: the handlers get it parsed, and to write it out again costs time, and the stack where it is nested deep. */
function toRequest(request: IncomingMessage, signal: AbortSignal): Promise<Request> {
  return toWebRequest(request, null, { signal });
}
