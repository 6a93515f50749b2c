import { isObject } from '../../shared/is-object.ts';
import type { Scope } from '../wire/scope.ts';

/** A frame of the gateway: `[meta]` or `[meta, body]` (platform.md 5.3). */
export interface Frame {
  type: string;
  messageId?: string;
  status?: number;
  headers?: Record<string, unknown>;
  wsc?: { token: string; sequence: number };
  body: unknown;
}

/** @returns undefined for what is not a frame. */
export function readFrame(text: string): Frame | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(parsed)) return undefined;
  // By index: events come in thousands, and an iterator takes longer.
  const { 0: meta, 1: body } = parsed;
  if (!isObject(meta) || typeof meta.type !== 'string') return undefined;
  return {
    type: meta.type,
    messageId: typeof meta.messageId === 'string' ? meta.messageId : undefined,
    status: typeof meta.status === 'number' ? meta.status : undefined,
    headers: isObject(meta.headers) ? meta.headers : undefined,
    wsc: readRecoveryToken(meta.wsc),
    body,
  };
}

function readRecoveryToken(wsc: unknown): Frame['wsc'] {
  if (!isObject(wsc) || typeof wsc.token !== 'string') return undefined;
  return { token: wsc.token, sequence: typeof wsc.sequence === 'number' ? wsc.sequence : 0 };
}

export const heartbeatFrame = (messageId: string): string =>
  JSON.stringify([{ type: 'Heartbeat', messageId }]);

const filters = {
  extension: '/restapi/v1.0/account/~/extension/~/telephony/sessions',
  account: '/restapi/v1.0/account/~/telephony/sessions',
  presence: '/restapi/v1.0/account/~/extension/~/presence?detailedTelephonyState=true',
} as const;

/** Filters for the telephony sessions of the scope and, as a second source, for own presence (platform.md 4.1). */
export const eventFilters = (scope: Scope, presence: boolean): string[] =>
  presence ? [filters[scope], filters.presence] : [filters[scope]];

/** The request that subscribes to these filters (platform.md 5.4). */
export const subscribeFrame = (messageId: string, scope: Scope, presence: boolean): string =>
  JSON.stringify([
    { type: 'ClientRequest', messageId, method: 'POST', path: '/restapi/v1.0/subscription' },
    { eventFilters: eventFilters(scope, presence), deliveryMode: { transportType: 'WebSocket' } },
  ]);
