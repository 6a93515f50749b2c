import { z } from 'zod';
import type { ApiReply } from '../api/exchange.ts';
import type { Extension, World } from '../engine/world.ts';
import { type ControlCall, ControlError, type ControlParts, type ControlRoute, validate } from './control.ts';

/** PATCH of the world: only the members given change; the answer is the thing as it is now. */
export const worldRoutes: readonly ControlRoute[] = [
  { method: 'PATCH', path: '/account', handle: patchAccount },
  { method: 'PATCH', path: '/extensions/{number}', handle: patchExtension },
  { method: 'PATCH', path: '/devices/{id}', handle: patchDevice },
  { method: 'PATCH', path: '/queues/{number}', handle: patchQueue },
  { method: 'PATCH', path: '/monitoring-groups/{id}', handle: patchMonitoringGroup },
  { method: 'PATCH', path: '/park-locations/{number}', handle: patchParkLocation },
];

const limit = z.int().positive().nullable().optional();
const accountSchema = z.strictObject({
  ringSeconds: z.number().positive().optional(),
  parkSeconds: z.number().positive().optional(),
  autoRecording: z.boolean().optional(),
  recordingAnnouncement: z.boolean().optional(),
  rateLimits: z
    .union([
      z.enum(['platform', 'off']),
      z.strictObject({ light: limit, medium: limit, heavy: limit, auth: limit }),
    ])
    .optional(),
});

function patchAccount({ body }: ControlCall, parts: ControlParts): ApiReply {
  const { rateLimits, ...settings } = validate(accountSchema, body);
  Object.assign(parts.engine.world.account, settings);
  if (rateLimits !== undefined) parts.setRateLimits(rateLimits);
  return ok(parts.engine.world.account);
}

const flipNumberSchema = z.strictObject({
  id: z.string().optional(),
  phoneNumber: z.string(),
  label: z.string().default('Flip'),
  flipNumber: z.string().regex(/^[1-8]$/),
  features: z.array(z.enum(['CallFlip', 'CallForwarding'])).default(['CallFlip', 'CallForwarding']),
  type: z.enum(['Home', 'Mobile', 'Work', 'PhoneLine', 'Other']).default('Mobile'),
  deviceId: z.string().optional(),
});

const extensionSchema = z.strictObject({
  dndStatus: z
    .enum([
      'TakeAllCalls',
      'DoNotAcceptAnyCalls',
      'DoNotAcceptDepartmentCalls',
      'TakeDepartmentCallsOnly',
      'Unknown',
    ])
    .optional(),
  permissions: z.array(z.string()).optional(),
  admin: z.boolean().optional(),
  features: z.array(z.string()).optional(),
  status: z.enum(['Enabled', 'Disabled', 'Frozen', 'NotActivated', 'Unassigned']).optional(),
  flipNumbers: z.array(flipNumberSchema).optional(),
  userStatus: z.enum(['Offline', 'Busy', 'Available']).optional(),
  allowSeeMyPresence: z.boolean().optional(),
  acceptCallQueueCalls: z.boolean().optional(),
  voicemailScreening: z.boolean().optional(),
});

function patchExtension({ path, body }: ControlCall, { engine }: ControlParts): ApiReply {
  const extension = extensionByNumber(engine.world, path.number ?? '');
  const { flipNumbers, ...settings } = validate(extensionSchema, body);
  const accepted = extension.acceptCallQueueCalls;
  Object.assign(extension, settings);
  if (flipNumbers) {
    extension.flipNumbers = flipNumbers.map(({ id, deviceId, ...number }) => ({
      ...number,
      id: id ?? `${extension.id}${number.flipNumber}`,
      ...(deviceId === undefined ? {} : { deviceId }),
    }));
  }
  engine.presenceChanged(extension.id);
  if (extension.acceptCallQueueCalls !== accepted) engine.queuePresenceChanged(extension.id);
  return ok(extension);
}

const deviceSchema = z.strictObject({ status: z.enum(['Online', 'Offline']).optional() });

function patchDevice({ path, body }: ControlCall, { engine }: ControlParts): ApiReply {
  const device = engine.world.devices.get(path.id ?? '');
  if (!device) throw new ControlError(404, `There is no device ${path.id}`);
  Object.assign(device, validate(deviceSchema, body));
  return ok(device);
}

const membersSchema = z.strictObject({ members: z.array(z.string()) });

function patchQueue({ path, body }: ControlCall, { engine }: ControlParts): ApiReply {
  const queue = engine.world.callQueues.get(extensionByNumber(engine.world, path.number ?? '').id);
  if (!queue) throw new ControlError(404, `There is no queue ${path.number}`);
  queue.members = memberIds(engine.world, validate(membersSchema, body).members);
  return ok(queue);
}

function patchParkLocation({ path, body }: ControlCall, { engine }: ControlParts): ApiReply {
  const location = engine.world.parkLocations.get(extensionByNumber(engine.world, path.number ?? '').id);
  if (!location) throw new ControlError(404, `There is no park location ${path.number}`);
  location.members = memberIds(engine.world, validate(membersSchema, body).members);
  return ok(location);
}

const monitoringSchema = z.strictObject({
  members: z.array(
    z.strictObject({
      extensionNumber: z.string(),
      permissions: z.array(z.enum(['Monitoring', 'Monitored'])).min(1),
    }),
  ),
});

function patchMonitoringGroup({ path, body }: ControlCall, { engine }: ControlParts): ApiReply {
  const group = engine.world.monitoringGroups.get(path.id ?? '');
  if (!group) throw new ControlError(404, `There is no monitoring group ${path.id}`);
  group.members = validate(monitoringSchema, body).members.map(({ extensionNumber, permissions }) => ({
    extensionId: extensionByNumber(engine.world, extensionNumber).id,
    permissions,
  }));
  return ok(group);
}

/** Members are named by extension number, as everywhere in the control interface. */
function memberIds(world: World, numbers: readonly string[]): string[] {
  return numbers.map((number) => extensionByNumber(world, number).id);
}

function extensionByNumber(world: World, number: string): Extension {
  for (const extension of world.extensions.values())
    if (extension.extensionNumber === number) return extension;
  throw new ControlError(404, `There is no extension ${number}`);
}

const ok = (body: unknown): ApiReply => ({ status: 200, body });
