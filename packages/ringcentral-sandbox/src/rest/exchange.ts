import type { LoginSession } from '../oauth/sessions.ts';

/** A request to the platform, the same whether it came by HTTP or through a WebSocket (platform.md 5.3). */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** As it was sent; empty for none. */
  readonly body: string;
  /** The WebSocket connection through which it came, and the login that opened that; absent: it came over HTTP. */
  readonly tunnel?: { readonly session: LoginSession; readonly connectionId: string };
}

/** An answer to a request. At most one of `body`, `html`, `text` and `audio` is there. */
export interface ApiReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; absent for an empty answer. */
  readonly body?: unknown;
  /** Sent instead of JSON: the sign-in page, a proxy's error page. */
  readonly html?: string;
  /** Sent as JSON, as it is. */
  readonly text?: string;
  /** Sent instead of JSON: the content of a recording. */
  readonly audio?: { readonly type: string; readonly bytes: Uint8Array };
}

/**
 * What a client gets: a reply, nothing at all, or a connection that is cut. Only faults make it other than a reply.
 */
export type Answer =
  | { readonly kind: 'reply'; readonly reply: ApiReply }
  | { readonly kind: 'silence' }
  | { readonly kind: 'cut-off' };
