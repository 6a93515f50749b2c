import type { Clock } from '../clock.ts';
import type { Actor, Engine } from '../engine/api.ts';
import type { Connections } from '../gateway/context.ts';
import type { Subscriptions } from '../gateway/subscriptions.ts';
import type { LoginSession } from '../oauth/sessions.ts';
import type { PermissionWordRule } from './errors.ts';
import type { ApiReply } from './exchange.ts';
import type { RateLimitGroup } from './rate-limits.ts';

/** What the handlers of routes work with. */
export interface Services {
  readonly serverUrl: string;
  readonly clock: Clock;
  readonly engine: Engine;
  readonly subscriptions: Subscriptions;
  readonly usesPermissionWord: PermissionWordRule;
  /** A function, because the gateway itself is made with the API that these services serve. */
  readonly gateway: () => Connections;
}

/** An authenticated request that passed every check of `Api`. */
export interface ApiCall {
  readonly actor: Actor;
  readonly session: LoginSession;
  /** From the path, decoded; `~` is already the caller's own account or extension. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Parsed JSON; undefined for an empty body. */
  readonly body: unknown;
  /** The gateway's connection through which the request came; absent: it came over HTTP. */
  readonly connectionId?: string;
}

/** Answers a request; throws ApiError to refuse. */
export type Handler = (call: ApiCall, services: Services) => ApiReply | Promise<ApiReply>;

/** One operation of the API: where it is, what it takes to be let in, and what answers it. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `{name}` stands for one segment. */
  readonly path: string;
  readonly group: RateLimitGroup;
  /** Scope that the app needs: missing gives CMN-401. */
  readonly appPermission?: string;
  /** Role permission that the user needs: missing gives CMN-408. */
  readonly userPermission?: string;
  /** `for-others`: only administrators may name another extension than their own; else CMN-419. */
  readonly adminOnly?: 'for-others';
  readonly handle: Handler;
}

/** A parameter of the route's path. Throws Error, a defect, if the route has no `{name}`. */
export function pathParameter(call: ApiCall, name: string): string {
  const value = call.path[name];
  if (value === undefined) throw new Error(`The route has no {${name}}`);
  return value;
}

export const ok = (body: unknown): ApiReply => ({ status: 200, body });
export const noContent = (): ApiReply => ({ status: 204 });
