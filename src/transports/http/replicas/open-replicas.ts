import { networkInterfaces } from 'node:os';
import type { Logger } from '../../../shared/log.ts';
import type { Route } from '../exchange.ts';
import type { SessionOptions } from '../sessions.ts';
import { type HopKeys, HopOpener } from './hop-seal.ts';
import { PassOn } from './pass-on.ts';
import { type ReplicaRouteOptions, replicaRoutes } from './replica-routes.ts';
import type { SessionRegister } from './session-register.ts';
import { SharedSessions } from './shared-sessions.ts';

/** What makes this server one of several replicas. */
export interface ReplicaOptions {
  register: SessionRegister;
  /** Keys that only replicas have. */
  keys: HopKeys;
  /** Under which other replicas reach this one; absent: where it listens. */
  url?: string;
}

export interface OpenReplicas {
  sessions: SharedSessions;
  routes(options: Omit<ReplicaRouteOptions, 'opener' | 'sessions'>): Record<string, Route>;
  /** Begins, when the server listens at this address. */
  begin(listening: { address: string; family: string; port: number }): Promise<void>;
}

export function openReplicas(
  { register, keys, url }: ReplicaOptions,
  options: SessionOptions,
  log: Logger,
): OpenReplicas {
  const opener = new HopOpener(keys, register.replica, register.clock);
  const sessions = new SharedSessions({ ...options, register, passOn: new PassOn(register, keys, log) });
  return {
    sessions,
    routes: (routeOptions) => replicaRoutes({ ...routeOptions, opener, sessions }),
    async begin(listening) {
      const own = url ?? ownUrl(listening);
      log.info({ url: own }, 'other replicas reach this one here');
      await sessions.begin(own);
    },
  };
}

/** Where a server is reached that listens there: on all addresses, at the first that others can reach. */
function ownUrl({ address, family, port }: { address: string; family: string; port: number }): string {
  const isAny = address === '0.0.0.0' || address === '::';
  const outside = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .find((one) => !one.internal && one.family === 'IPv4');
  const found = isAny ? (outside ?? { address: '127.0.0.1', family: 'IPv4' }) : { address, family };
  return `http://${found.family === 'IPv6' ? `[${found.address}]` : found.address}:${port}`;
}
