import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { isLoopback } from '../../shared/loopback.ts';

/** Set by proxies and tunnels: on loopback they would open the page to the outside. */
const forwarding = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'via',
];

export interface OriginCheckOptions {
  /** The host that the page listens on. */
  boundTo: string;
  /** Origin under which a proxy shows it, if one does. */
  publicUrl?: string | undefined;
}

/**
 * Checks host, origin and forwarding headers of a request, before anything else: no page of another origin may reach
 * this one, neither under its own name nor under one that resolves to our address.
 * @returns why the request is refused; undefined when it may come in
 */
export function originRefusal(
  request: IncomingMessage,
  { boundTo, publicUrl }: OriginCheckOptions,
): string | undefined {
  const { host, origin, 'sec-fetch-site': site } = request.headers;
  const isPublic = publicUrl !== undefined && host?.toLowerCase() === new URL(publicUrl).host;
  if (!isPublic && isLoopback(boundTo) && forwarding.some((name) => request.headers[name] !== undefined)) {
    return 'Forwarded requests are refused: this page is for the machine that it runs on, unless --approvals-url names it.';
  }
  if (host === undefined || !(isPublic || isOurs(host, boundTo))) return 'This is not a name of this page.';
  const ours = isPublic ? [publicUrl] : [`http://${host}`, `https://${host}`];
  if (origin !== undefined && !ours.includes(origin)) return 'Requests from other pages are refused.';
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    return 'Requests from other sites are refused.';
  return undefined;
}

/** An address cannot be pointed elsewhere, a name can: of names only our own are taken. */
function isOurs(host: string, boundTo: string): boolean {
  const name = host
    .toLowerCase()
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
  if (isLoopback(boundTo)) return isLoopback(name);
  return name === boundTo || name === hostname() || isLoopback(name) || isIP(name) !== 0;
}
