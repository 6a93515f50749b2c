import type { IncomingMessage } from 'node:http';
import { validateHostHeader, validateOriginHeader } from '@modelcontextprotocol/server';
import { Refusal } from './refusal.ts';

const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];

/** Headers that decide something; said twice, a proxy and we might believe different ones. */
const decisive = [
  'host',
  'origin',
  'authorization',
  'content-type',
  'mcp-session-id',
  'mcp-protocol-version',
];

/**
 * Refuses requests that a browser was tricked into (DNS rebinding, cross-site) or that proxies and we might read
 * differently. Names are compared without port. MCP "Streamable HTTP", Security Warning.
 */
export function createDoor(bindHost: string, publicUrl: string | undefined) {
  const names = new Set(loopbackNames);
  names.add(bindHost.includes(':') ? `[${bindHost}]` : bindHost);
  if (publicUrl) names.add(new URL(publicUrl).hostname);
  const allowed = [...names];

  return {
    /** Throws 400 or 403. */
    check(request: IncomingMessage): void {
      for (const name of decisive) {
        if ((request.headersDistinct[name]?.length ?? 0) > 1) {
          throw new Refusal(400, `The ${name} header is there more than once.`);
        }
      }
      const host = validateHostHeader(request.headers.host, allowed);
      if (!host.ok) {
        throw new Refusal(403, 'Host is not a name of this server (--public-url tells it another one).');
      }
      if (!validateOriginHeader(request.headers.origin, allowed).ok) {
        throw new Refusal(403, 'Requests from this Origin are not accepted.');
      }
    },
  };
}
