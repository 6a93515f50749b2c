import { z } from 'zod';
import type { Device } from '../engine/world.ts';
import { addDevice, app } from '../engine/world-builders.ts';
import { secret } from '../oauth/apps.ts';
import { apiErrors } from './errors.ts';
import { accountUri, extensionUri } from './lookups/uris.ts';
import { type ApiCall, ok, type Route, type Services } from './route.ts';

const requestSchema = z.object({
  sipInfo: z.array(z.object({ transport: z.enum(['UDP', 'TCP', 'TLS', 'WS', 'WSS']) })).min(1),
  device: z.object({ computerName: z.string().max(100).optional() }).optional(),
});
/** Most devices of one user, programs that registered included. */
const MOST_DEVICES = 20;
const DOMAIN = 'sip.sandbox.example';

/**
 * Gives a program credentials to register as a phone, and a device id that call-out takes although the device API
 * does not list it (platform.md 8.1). There is no SIP in the sandbox: the program counts as registered at once
 * (assumed, as is the shape).
 */
export const sipProvisionRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/restapi/v1.0/client-info/sip-provision',
    group: 'medium',
    appPermission: 'VoipCalling',
    handle: provision,
  },
];

function provision(call: ApiCall, services: Services) {
  const parsed = requestSchema.safeParse(call.body ?? {});
  if (!parsed.success) throw apiErrors.invalidParameter('sipInfo');
  const { world } = services.engine;
  const extensionId = call.actor.extensionId;
  const extension = world.extensions.get(extensionId);
  if (extension === undefined) throw apiErrors.notFound('extensionId', extensionId);
  const device = registered(call, services);
  const account = {
    username: `${extension.directNumber ?? extension.extensionNumber}*${device.id}`.replace('+', ''),
    password: secret(12),
    authorizationTypes: ['SipDigest'],
    authorizationId: device.id,
    domain: DOMAIN,
    outboundProxy: `${DOMAIN}:8083`,
  };
  return ok({
    device: {
      id: device.id,
      uri: accountUri(services, call, `/device/${device.id}`),
      type: 'WebRTC',
      name: device.name,
      status: device.status,
      extension: {
        id: Number(extensionId),
        uri: extensionUri(services, call, extensionId),
        extensionNumber: extension.extensionNumber,
      },
    },
    sipInfo: parsed.data.sipInfo.map(({ transport }) => ({ ...account, transport })),
    sipFlags: { voipFeatureEnabled: true, voipCountryBlocked: false, outboundCallsEnabled: true },
  });
}

/** Adds a device for the caller and returns it; where the caller has 20 already, the last of those. */
function registered(call: ApiCall, { engine }: Services): Device {
  const { extensionId } = call.actor;
  const owned = engine.world.devicesOf.get(extensionId) ?? [];
  const last = owned.at(-1);
  if (owned.length >= MOST_DEVICES && last !== undefined) return last;
  const device = app(
    `7${extensionId}${String(owned.length).padStart(2, '0')}`,
    extensionId,
    'Registered program',
  );
  addDevice(engine.world, device);
  return device;
}
