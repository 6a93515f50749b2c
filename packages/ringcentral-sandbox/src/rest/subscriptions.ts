import { z } from 'zod';
import { ApiError } from '../engine/api.ts';
import { type EventFilter, parseFilters } from '../gateway/filters.ts';
import type { DisabledFilter, Subscription, Transport } from '../gateway/subscriptions.ts';
import { handshake, WebHookTransport } from '../gateway/webhooks.ts';
import { apiErrors } from './errors.ts';
import type { ApiReply } from './exchange.ts';
import { type ApiCall, noContent, ok, pathParameter, type Route, type Services } from './route.ts';

const PATH = '/restapi/v1.0/subscription';
const DAY_S = 86_400;
/** Lifetime of a webhook subscription in seconds: by default, and at most (platform.md 6.1). */
const DEFAULT_LIFETIME_S = 7 * DAY_S;
const LONGEST_LIFETIME_S = 315_360_000;
const SUBSCRIPTIONS_PER_USER_AND_APP = 30;
/** Most filters of a subscription and longest filter (the sandbox's own bounds). */
const FILTERS = 1000;
const FILTER_LENGTH = 2000;

/** Subscriptions by webhook, or through a WebSocket connection by that (platform.md 5.4, 6.6). */
export const subscriptionRoutes: readonly Route[] = [
  { method: 'GET', path: PATH, group: 'light', handle: list },
  { method: 'POST', path: PATH, group: 'medium', handle: create },
  { method: 'GET', path: `${PATH}/{subscriptionId}`, group: 'light', handle: read },
  { method: 'PUT', path: `${PATH}/{subscriptionId}`, group: 'medium', handle: update },
  { method: 'DELETE', path: `${PATH}/{subscriptionId}`, group: 'medium', handle: remove },
  { method: 'POST', path: `${PATH}/{subscriptionId}/renew`, group: 'light', handle: renew },
];

const filtersSchema = z.array(z.string().max(FILTER_LENGTH)).min(1).max(FILTERS);
const lifetimeSchema = z.int().positive().max(LONGEST_LIFETIME_S);
const deliverySchema = z.object({
  transportType: z.enum(['WebSocket', 'WebHook']),
  address: z.string().optional(),
  verificationToken: z.string().optional(),
});

function list(call: ApiCall, services: Services): ApiReply {
  const own = services.subscriptions.ownedBy(call.actor.extensionId, call.session.app.clientId);
  const records = own.map((subscription) => info(subscription, services));
  return ok({ uri: services.serverUrl + PATH, records });
}

async function create(call: ApiCall, services: Services): Promise<ApiReply> {
  const body = (call.body ?? {}) as Record<string, unknown>;
  const texts = member(filtersSchema, body, 'eventFilters');
  const delivery = member(deliverySchema, body, 'deliveryMode');
  const lifetime =
    body.expiresIn === undefined ? DEFAULT_LIFETIME_S : member(lifetimeSchema, body, 'expiresIn');
  const { subscriptions, clock } = services;
  const replaced = replacedBy(call, services, delivery.transportType);
  const owned = subscriptions.ownedBy(call.actor.extensionId, call.session.app.clientId);
  if (owned.filter((one) => one !== replaced).length >= SUBSCRIPTIONS_PER_USER_AND_APP) {
    throw new ApiError(403, 'SUB-505', 'Subscriptions limit exceeded');
  }
  const chosen = chooseFilters(texts, call, services, lifetime);
  const transport = await openTransport(delivery, call, services);
  const now = clock.now();
  const subscription: Subscription = {
    id: subscriptions.newId(),
    accountId: call.actor.accountId,
    ownerId: call.actor.extensionId,
    clientId: call.session.app.clientId,
    createdAt: now,
    expiresAt: now + lifetime * 1000,
    transport,
    ...chosen,
  };
  if (replaced) subscriptions.remove(replaced);
  subscriptions.add(subscription);
  const context = call.connectionId === undefined ? undefined : services.gateway().context(call.connectionId);
  if (context && transport.type === 'WebSocket') context.subscription = subscription;
  return reply(subscription, call, services);
}

function read(call: ApiCall, services: Services): ApiReply {
  return ok(info(find(call, services, 'CMN-120'), services));
}

/** Replaces the filters if the body has some, and starts the lifetime again (platform.md 6.5). */
function update(call: ApiCall, services: Services): ApiReply {
  const subscription = find(call, services, 'SUB-507');
  const body = (call.body ?? {}) as Record<string, unknown>;
  if (subscription.transport.type === 'WebSocket' && call.connectionId === undefined) {
    throw apiErrors.invalidParameter('subscriptionId');
  }
  const lifetime =
    body.expiresIn === undefined ? DEFAULT_LIFETIME_S : member(lifetimeSchema, body, 'expiresIn');
  if (body.eventFilters !== undefined) {
    const texts = member(filtersSchema, body, 'eventFilters');
    Object.assign(subscription, chooseFilters(texts, call, services, lifetime));
  }
  subscription.expiresAt = services.clock.now() + lifetime * 1000;
  services.subscriptions.changed(subscription);
  return reply(subscription, call, services);
}

function renew(call: ApiCall, services: Services): ApiReply {
  const subscription = find(call, services, 'SUB-507');
  subscription.expiresAt = services.clock.now() + DEFAULT_LIFETIME_S * 1000;
  services.subscriptions.changed(subscription);
  return ok(info(subscription, services));
}

function remove(call: ApiCall, services: Services): ApiReply {
  services.subscriptions.remove(find(call, services, 'CMN-120'));
  return noContent();
}

/** A member of a body, by its schema. Throws CMN-100 if it is missing, CMN-101 if it is wrong. */
function member<T>(schema: z.ZodType<T>, body: Record<string, unknown>, name: string): T {
  if (body[name] === undefined) throw apiErrors.missingParameter(name);
  const parsed = schema.safeParse(body[name]);
  if (!parsed.success) throw apiErrors.invalidParameter(name);
  return parsed.data;
}

/** The subscription in the path. Throws 404 with `errorCode` if there is none of this user and app. */
function find(call: ApiCall, { subscriptions }: Services, errorCode: string): Subscription {
  const subscription = subscriptions.find(pathParameter(call, 'subscriptionId'));
  if (
    subscription?.ownerId !== call.actor.extensionId ||
    subscription.clientId !== call.session.app.clientId
  ) {
    throw new ApiError(404, errorCode, 'Subscription is not found', { parameterName: 'subscriptionId' });
  }
  return subscription;
}

/** The subscription that a new one on the same WebSocket connection replaces (platform.md 5.4); undefined: none. */
function replacedBy(call: ApiCall, services: Services, type: string): Subscription | undefined {
  if (type !== 'WebSocket' || call.connectionId === undefined) return undefined;
  return services.gateway().context(call.connectionId)?.subscription;
}

/**
 * Parses filters, and parts those that the app has the permission for from those that are accepted but inactive
 * (platform.md 6.1). With none of the first the subscription is refused (assumed).
 *
 * @param lifetime of the subscription in seconds, which bounds its reminders
 * @throws ApiError of `parseFilters`; SUB-516 for a bad reminder; CMN-401 if no filter is left
 */
function chooseFilters(
  texts: readonly string[],
  call: ApiCall,
  { engine }: Services,
  lifetime: number,
): { filters: EventFilter[]; disabledFilters: DisabledFilter[] } {
  const all = texts.flatMap((text) => parseFilters(text, call.actor, engine.world));
  for (const filter of all) if (filter.topic === 'renewal-reminder') checkReminder(filter, lifetime);
  const allowed = (filter: EventFilter) =>
    filter.permission === undefined || call.session.scopes.includes(filter.permission);
  const filters = all.filter(allowed);
  const disabled = all.filter((filter) => !allowed(filter));
  const refusals = disabled.map((filter) => ({
    filter: filter.uri,
    error: apiErrors.appPermission(filter.permission ?? ''),
  }));
  if (filters.length === 0 && refusals[0]) throw refusals[0].error;
  return {
    filters,
    disabledFilters: refusals.map(({ filter, error }) => ({
      filter,
      reason: error.errorCode,
      message: error.message,
    })),
  };
}

/** The threshold is at most half the lifetime, the interval at most half the threshold (platform.md 6.5). */
function checkReminder({ query }: EventFilter, lifetime: number): void {
  const [threshold, interval] = [Number(query.get('threshold')), Number(query.get('interval'))];
  if (threshold > 0 && interval > 0 && threshold <= lifetime / 2 && interval <= threshold / 2) return;
  throw new ApiError(400, 'SUB-516', 'Reminder threshold or interval is invalid');
}

/**
 * Throws ApiError where the app lacks the permission, the receiver fails the handshake, or there is no connection.
 */
async function openTransport(
  delivery: z.infer<typeof deliverySchema>,
  call: ApiCall,
  services: Services,
): Promise<Transport> {
  const { scopes } = call.session;
  if (delivery.transportType === 'WebHook') {
    if (!scopes.includes('SubscriptionWebhook')) throw apiErrors.appPermission('SubscriptionWebhook');
    if (delivery.address === undefined) throw apiErrors.missingParameter('deliveryMode.address');
    await handshake(delivery.address, delivery.verificationToken);
    return new WebHookTransport(delivery.address, delivery.verificationToken, services.clock);
  }
  if (!scopes.includes('WebSocketsSubscription')) {
    throw new ApiError(403, 'SUB-528', 'WebSocket subscription permission is missing');
  }
  const transport =
    call.connectionId === undefined ? undefined : services.gateway().transport(call.connectionId);
  // A WebSocket subscription belongs to a connection, which a request over HTTP does not have (platform.md 5.4).
  if (!transport) throw apiErrors.invalidParameter('deliveryMode.transportType');
  return transport;
}

function reply(subscription: Subscription, call: ApiCall, services: Services): ApiReply {
  const headers: Record<string, string> =
    call.connectionId === undefined ? {} : { 'WSG-SubscriptionId': subscription.id };
  return { ...ok(info(subscription, services)), headers };
}

/** A subscription as REST shows it (platform.md 6.1). */
export function info(
  subscription: Subscription,
  { clock, serverUrl }: Pick<Services, 'clock' | 'serverUrl'>,
): object {
  const { id, filters, disabledFilters, createdAt, transport } = subscription;
  const now = clock.now();
  // The gateway renews WebSocket subscriptions by itself: they always have a day left (platform.md 5.4).
  const expiresAt = transport.type === 'WebSocket' ? now + DAY_S * 1000 : subscription.expiresAt;
  const blacklistedData = transport.blacklisted?.();
  return {
    id,
    uri: `${serverUrl}${PATH}/${id}`,
    eventFilters: [...filters.map(({ uri }) => uri), ...disabledFilters.map(({ filter }) => filter)],
    ...(disabledFilters.length > 0 ? { disabledFilters } : {}),
    creationTime: new Date(createdAt).toISOString(),
    expirationTime: new Date(expiresAt).toISOString(),
    // Rounded down: 86399 of a whole day, as observed.
    expiresIn: Math.max(0, Math.ceil((expiresAt - now) / 1000) - 1),
    status: blacklistedData ? 'Blacklisted' : 'Active',
    deliveryMode: {
      transportType: transport.type,
      encryption: false,
      ...(transport.address === undefined ? {} : { address: transport.address }),
    },
    ...(blacklistedData ? { blacklistedData } : {}),
  };
}
