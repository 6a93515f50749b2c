import { z } from 'zod';
import type { RingOutStatus } from '../engine/api.ts';
import { apiErrors } from './errors.ts';
import { extensionUri } from './lookups/uris.ts';
import { type ApiCall, noContent, ok, pathParameter, type Route, type Services } from './route.ts';

const RING_OUT = '/restapi/v1.0/account/{accountId}/extension/{extensionId}/ring-out';

/** Two-legged calls for users without a device (platform.md 8.10). */
export const ringOutRoutes: readonly Route[] = [
  { method: 'POST', path: RING_OUT, group: 'heavy', appPermission: 'RingOut', handle: start },
  { method: 'GET', path: `${RING_OUT}/{ringOutId}`, group: 'light', appPermission: 'RingOut', handle: read },
  {
    method: 'DELETE',
    path: `${RING_OUT}/{ringOutId}`,
    group: 'heavy',
    appPermission: 'RingOut',
    handle: cancel,
  },
];

const number = z.object({ phoneNumber: z.string().min(1) });
const requestSchema = z.object({ from: number, to: number, playPrompt: z.boolean().optional() });

function start(call: ApiCall, services: Services) {
  const parsed = requestSchema.safeParse(call.body ?? {});
  if (!parsed.success) throw apiErrors.invalidParameter(parsed.error.issues[0]?.path.join('.') || 'from');
  const { playPrompt, ...numbers } = parsed.data;
  const request = playPrompt === undefined ? numbers : { ...numbers, playPrompt };
  return ok(record(services.engine.ringOut(call.actor, request), call, services));
}

function read(call: ApiCall, services: Services) {
  const ringOutId = pathParameter(call, 'ringOutId');
  const status = services.engine.ringOutStatus(ringOutId, call.actor.extensionId);
  if (!status) throw apiErrors.notFound('ringOutId', ringOutId);
  return ok(record(status, call, services));
}

function cancel(call: ApiCall, services: Services) {
  services.engine.cancelRingOut(pathParameter(call, 'ringOutId'), call.actor.extensionId);
  return noContent();
}

function record({ id, ...status }: RingOutStatus, call: ApiCall, services: Services) {
  return { id, uri: extensionUri(services, call, call.actor.extensionId, `/ring-out/${id}`), status };
}
