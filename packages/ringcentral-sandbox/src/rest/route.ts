import type { Clock } from '../clock.ts';
import type { Actor, Engine } from '../engine/api.ts';
import type { Connections } from '../gateway/context.ts';
import type { Subscriptions } from '../gateway/subscriptions.ts';
import type { LoginSession } from '../oauth/sessions.ts';
import type { PermissionWordRule } from './errors.ts';
import type { ApiReply } from './exchange.ts';
import type { RateLimitGroup } from './rate-limits.ts';

/** What handlers may use. */
export interface Services {
  readonly serverUrl: string;
  readonly clock: Clock;
  readonly engine: Engine;
  readonly subscriptions: Subscriptions;
  readonly usesPermissionWord: PermissionWordRule;
  /** Called, not held: the gateway tunnels into the API that these services serve. */
  readonly gateway: () => Connections;
}

/** One authenticated request that passed the gates. */
export interface Call {
  readonly actor: Actor;
  readonly session: LoginSession;
  /** From the path, decoded; `~` is already the caller's own account or extension. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Parsed JSON; undefined for an empty body. */
  readonly body: unknown;
  /** Set when the request came through a WebSocket. */
  readonly connectionId?: string;
}

export type Handler = (call: Call, services: Services) => ApiReply | Promise<ApiReply>;

/** One operation of the API. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `{name}` stands for one segment. */
  readonly path: string;
  readonly group: RateLimitGroup;
  /** Scope that the app needs: missing gives CMN-401. */
  readonly appPermission?: string;
  /** Role permission that the user needs: missing gives CMN-408. */
  readonly userPermission?: string;
  /** Of a colleague only administrators may ask it. */
  readonly adminOnly?: 'for-others';
  readonly handle: Handler;
}

/** A path parameter that the route is known to have. */
export function pathParameter(call: Call, name: string): string {
  const value = call.path[name];
  if (value === undefined) throw new Error(`The route has no {${name}}`);
  return value;
}

export const ok = (body: unknown): ApiReply => ({ status: 200, body });
export const noContent = (): ApiReply => ({ status: 204 });
