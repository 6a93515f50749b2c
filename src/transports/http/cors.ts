import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a client in a browser needs to see of our answers; browsers hide the rest. */
const exposed = [
  ...['Mcp-Session-Id', 'MCP-Protocol-Version', 'WWW-Authenticate', 'Retry-After', 'Allow', 'X-Request-Id'],
].join(', ');

/** Ten minutes: how long a browser need not ask again. */
const remembered = '600';

/** Lets a page read the answer. For origins that the origin check let in alone. */
export function shareWithOrigin({ headers }: IncomingMessage, response: ServerResponse): void {
  if (!headers.origin) return;
  response.setHeader('access-control-allow-origin', headers.origin);
  response.setHeader('access-control-expose-headers', exposed);
  response.setHeader('vary', 'Origin');
}

/** A browser asks what it may send before it sends it, without a key. */
export const isPreflight = ({ method, headers }: IncomingMessage): boolean =>
  method === 'OPTIONS' && Boolean(headers.origin) && headers['access-control-request-method'] !== undefined;

/** The headers that the page wants to send are up to the page: what they say is judged when they come. */
export function answerPreflight(
  { headers }: IncomingMessage,
  response: ServerResponse,
  methods: readonly string[],
): void {
  const wanted = headers['access-control-request-headers'];
  response.writeHead(204, {
    'access-control-allow-methods': methods.join(', '),
    ...(wanted !== undefined && { 'access-control-allow-headers': wanted }),
    'access-control-max-age': remembered,
  });
  response.end();
}
