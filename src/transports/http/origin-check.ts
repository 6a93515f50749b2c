import type { IncomingMessage } from 'node:http';
import { validateOriginHeader } from '@modelcontextprotocol/server';
import { clean } from '../../shared/untrusted.ts';
import { Refusal } from '../refusal.ts';

const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];

/** Headers that may come only once: of two values, a proxy and this server could believe different ones. */
const decisive = [
  'host',
  'origin',
  'authorization',
  'content-type',
  'mcp-session-id',
  'mcp-protocol-version',
];

/** Checks the Host and Origin of requests. */
export interface OriginCheck {
  /** The Host names that this server answers to, without ports. */
  readonly names: readonly string[];
  /**
   * @param anyHost the route is served under any Host and to any Origin
   * @throws Refusal 400 for a header that comes twice, 403 for another Host or Origin
   */
  check(request: IncomingMessage, anyHost: boolean): void;
}

/**
 * Checks Host and Origin against DNS rebinding and cross-site requests (MCP "Streamable HTTP", Security Warning).
 * Names are compared without their ports.
 * @param bindHost the address that the server listens on
 * @param publicUrl where it is reached from outside
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

/**
 * The host name of a Host header in the form of the URL standard; undefined for what is not a name with or without
 * port.
 */
function hostname(host: string): string | undefined {
  const url = `http://${host}`;
  if (!/^(?:\[[\da-f:.]+\]|[^\s:/?#@[\]\\]+)(?::\d{1,5})?$/i.test(host) || !URL.canParse(url))
    return undefined;
  return withoutDot(new URL(url).hostname);
}

/** Without the dot of a fully qualified name: `localhost.` is `localhost`. */
const withoutDot = (name: string): string => name.replace(/\.(?=:\d+$|$)/, '');

function unknownHost(host: string, publicUrl: string | undefined): string {
  if (hostname(host) === undefined) return 'The Host header is missing, or names no host.';
  const named = clean(host, 100);
  const instead = publicUrl ? ` in the place of ${publicUrl}` : '';
  return `This server does not answer to the Host "${named}". Add it with --public-url https://${named}${instead}.`;
}
