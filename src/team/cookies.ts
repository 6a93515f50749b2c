import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * The name of a cookie of this server. Over https it has the prefix by which browsers keep it to exactly this host
 * (RFC 6265bis section 4.1.3.2); on http, which is loopback only, there is none.
 */
export const cookieName = (name: string, issuer: string): string =>
  `${issuer.startsWith('https:') ? '__Host-' : ''}rc_mcp_${name}`;

/** The value of a cookie; undefined where the browser has sent none, or several of this name. */
export function cookieOf({ headers }: IncomingMessage, name: string): string | undefined {
  const values = (headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? values[0] : undefined;
}

/** Sets a cookie that no script can read; with 0 seconds it is taken away. */
export function setCookie(
  response: ServerResponse,
  name: string,
  value: string,
  maxAgeSeconds: number,
): void {
  const secure = name.startsWith('__Host-') ? '; Secure' : '';
  const text = `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${secure}`;
  response.appendHeader('set-cookie', text);
}
