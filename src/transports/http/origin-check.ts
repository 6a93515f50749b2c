import type { IncomingMessage } from 'node:http';
import { validateOriginHeader } from '@modelcontextprotocol/server';
import { clean } from '../../shared/untrusted.ts';
import { Refusal } from '../refusal.ts';

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

export interface OriginCheck {
  /** What this server answers to, without ports. */
  readonly names: readonly string[];
  /**
   * @param anyHost the request comes under a name or address that nobody configured, and may
   * @throws Refusal 400 or 403
   */
  check(request: IncomingMessage, anyHost: boolean): void;
}

/**
 * Refuses requests that a browser was tricked into (DNS rebinding, cross-site) or that proxies and we might read
 * differently. Names are compared without port. MCP "Streamable HTTP", Security Warning.
 */
export function createOriginCheck(bindHost: string, publicUrl: string | undefined): OriginCheck {
  const names = new Set(loopbackNames);
  names.add(hostname(bindHost.includes(':') ? `[${bindHost}]` : bindHost) ?? bindHost);
  if (publicUrl) names.add(withoutDot(new URL(publicUrl).hostname));
  const allowed = [...names];

  return {
    names: allowed,
    check({ headers, headersDistinct }, anyHost) {
      for (const name of decisive) {
        if ((headersDistinct[name]?.length ?? 0) > 1) {
          throw new Refusal(400, `The ${name} header is there more than once.`);
        }
      }
      if (anyHost) return;
      const { host = '', origin } = headers;
      if (!names.has(hostname(host) ?? '')) throw new Refusal(403, unknownHost(host, publicUrl));
      if (!validateOriginHeader(origin && withoutDot(origin), allowed).ok) {
        throw new Refusal(403, 'Requests from this Origin are not accepted.');
      }
    },
  };
}

/** As URLs show it: in lower case, IPv6 in brackets and short; undefined for what is no name with or without port. */
function hostname(host: string): string | undefined {
  const url = `http://${host}`;
  if (!/^(?:\[[\da-f:.]+\]|[^\s:/?#@[\]\\]+)(?::\d{1,5})?$/i.test(host) || !URL.canParse(url))
    return undefined;
  return withoutDot(new URL(url).hostname);
}

/** `localhost.` is `localhost`, said in full. */
const withoutDot = (name: string): string => name.replace(/\.(?=:\d+$|$)/, '');

function unknownHost(host: string, publicUrl: string | undefined): string {
  if (hostname(host) === undefined) return 'The Host header is missing, or names no host.';
  const named = clean(host, 100);
  const instead = publicUrl ? ` in the place of ${publicUrl}` : '';
  return `This server does not answer to the Host "${named}". Add it with --public-url https://${named}${instead}.`;
}
