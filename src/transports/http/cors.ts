import type { IncomingMessage, ServerResponse } from 'node:http';

/** The response headers that a page may read (Access-Control-Expose-Headers); a browser hides all others from it. */
const exposed = [
  ...['Mcp-Session-Id', 'MCP-Protocol-Version', 'WWW-Authenticate', 'Retry-After', 'Allow', 'X-Request-Id'],
].join(', ');

/** How long a browser keeps the answer to a preflight, in seconds. */
const preflightMaxAge = '600';

/** Lets a page of the request's Origin read the answer. Only for requests that have passed the origin check. */
export function shareWithOrigin({ headers }: IncomingMessage, response: ServerResponse): void {
  if (!headers.origin) return;
  response.setHeader('access-control-allow-origin', headers.origin);
  response.setHeader('access-control-expose-headers', exposed);
  response.setHeader('vary', 'Origin');
}

/** Whether this is a CORS preflight: it carries no key, so it is answered before anybody is identified. */
export const isPreflight = ({ method, headers }: IncomingMessage): boolean =>
  method === 'OPTIONS' && Boolean(headers.origin) && headers['access-control-request-method'] !== undefined;

/**
 * Answers a preflight: `methods`, and every header that the page wants to send, because the request itself is
 * checked.
 */
export function answerPreflight(
  { headers }: IncomingMessage,
  response: ServerResponse,
  methods: readonly string[],
): void {
  const wanted = headers['access-control-request-headers'];
  response.writeHead(204, {
    'access-control-allow-methods': methods.join(', '),
    ...(wanted !== undefined && { 'access-control-allow-headers': wanted }),
    'access-control-max-age': preflightMaxAge,
  });
  response.end();
}
