import type { LoginSession } from '../oauth/sessions.ts';

/** A request to the platform, the same whether it came by HTTP or through a WebSocket (platform.md 5.3). */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** The socket that tunnels this request, and the login that opened it. */
  readonly tunnel?: { readonly session: LoginSession; readonly connectionId: string };
}

export interface ApiReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; absent for an empty answer. */
  readonly body?: unknown;
  /** Sent instead of JSON: the sign-in page, a proxy's error page. */
  readonly html?: string;
  /** Sent instead of JSON: a recording. */
  readonly audio?: { readonly type: string; readonly bytes: Buffer };
}

/** What becomes of a request. Only faults make it anything but a reply. */
export type Answer =
  | { readonly kind: 'reply'; readonly reply: ApiReply }
  | { readonly kind: 'silence' }
  | { readonly kind: 'cut-off' };
