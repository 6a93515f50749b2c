import { z } from 'zod';
import { COUNTRIES, E164 } from '../engine/numbering.ts';
import {
  DND_STATUSES,
  type Extension,
  PEER_ID_SHAPES,
  type RingGroup,
  WHEN_CALLED,
  type World,
} from '../engine/world.ts';
import type { ApiReply } from '../rest/exchange.ts';
import { extensionByNumber, memberIds } from './extension-numbers.ts';
import { endLockedLogins } from './logins.ts';
import {
  ControlError,
  type ControlParts,
  type ControlRequest,
  type ControlRoute,
  validate,
} from './route.ts';

const seconds = z.number().positive().max(86_400);
const limit = z.int().positive().nullable().optional();
const accountSchema = z.strictObject({
  status: z.enum(['Confirmed', 'Disabled']).optional(),
  ringSeconds: seconds.optional(),
  parkSeconds: seconds.optional(),
  outsideVoicemailSeconds: seconds.nullable().optional(),
  homeCountryId: z.enum(COUNTRIES.map(({ id }) => id)).optional(),
  adminActsOnOthers: z.boolean().optional(),
  openCalls: z.boolean().optional(),
  permissionErrors: z.enum(['seed', 'code', 'word']).optional(),
  peerIds: z.enum(['seed', ...PEER_ID_SHAPES]).optional(),
  autoRecording: z.boolean().optional(),
  recordingAnnouncement: z.boolean().optional(),
  rateLimits: z
    .union([
      z.enum(['platform', 'off']),
      z.strictObject({ light: limit, medium: limit, heavy: limit, auth: limit }),
    ])
    .optional(),
});

function patchAccount({ body }: ControlRequest, parts: ControlParts): ApiReply {
  const { rateLimits, ...settings } = validate(accountSchema, body);
  Object.assign(parts.engine.world.account, settings);
  if (rateLimits !== undefined) parts.setRateLimits(rateLimits);
  endLockedLogins(parts);
  return ok(parts.engine.world.account);
}

const MEMBERS = 1000;

const flipNumberSchema = z.strictObject({
  id: z.string().optional(),
  phoneNumber: z.string().regex(E164, 'a number like +12055550991 is expected'),
  label: z.string().max(100).default('Flip'),
  flipNumber: z.string().regex(/^[1-8]$/),
  features: z.array(z.enum(['CallFlip', 'CallForwarding'])).default(['CallFlip', 'CallForwarding']),
  type: z.enum(['Home', 'Mobile', 'Work', 'PhoneLine', 'Other']).default('Mobile'),
  deviceId: z.string().optional(),
});

const extensionSchema = z.strictObject({
  dndStatus: z.enum(DND_STATUSES).optional(),
  permissions: z.array(z.string().max(100)).max(MEMBERS).optional(),
  admin: z.boolean().optional(),
  features: z.array(z.string().max(100)).max(MEMBERS).optional(),
  status: z.enum(['Enabled', 'Disabled', 'Frozen', 'NotActivated', 'Unassigned']).optional(),
  flipNumbers: z.array(flipNumberSchema).max(20).optional(),
  ringGroups: z
    .array(z.strictObject({ seconds, phones: z.array(z.string()).min(1).max(20) }))
    .max(20)
    .optional(),
  /** Extension numbers. */
  delegates: z.array(z.string()).max(20).optional(),
  userStatus: z.enum(['Offline', 'Busy', 'Available']).optional(),
  allowSeeMyPresence: z.boolean().optional(),
  acceptCallQueueCalls: z.boolean().optional(),
  voicemailScreening: z.boolean().optional(),
});

function patchExtension({ path, body }: ControlRequest, parts: ControlParts): ApiReply {
  const { engine } = parts;
  const extension = extensionByNumber(engine.world, path.number ?? '');
  const { flipNumbers, ringGroups, delegates, ...settings } = validate(extensionSchema, body);
  const change: Partial<Extension> = { ...settings };
  if (ringGroups) change.ringGroups = checkedRingGroups(engine.world, extension, ringGroups);
  if (delegates) change.delegates = delegateIds(engine.world, extension, delegates);
  if (flipNumbers) {
    change.flipNumbers = flipNumbers.map(({ id, deviceId, ...number }) => ({
      ...number,
      id: id ?? `${extension.id}${number.flipNumber}`,
      ...(deviceId === undefined ? {} : { deviceId }),
    }));
  }
  engine.updateExtension(extension.id, change);
  endLockedLogins(parts);
  return ok(extension);
}

/** The groups. Throws ControlError 400 if a phone is neither a device of the extension nor a number. */
function checkedRingGroups(
  world: World,
  { id, extensionNumber }: Extension,
  groups: RingGroup[],
): RingGroup[] {
  const owned = world.devicesOf.get(id) ?? [];
  for (const phone of groups.flatMap(({ phones }) => phones)) {
    if (E164.test(phone) || owned.some((device) => device.id === phone)) continue;
    throw new ControlError(
      400,
      `ringGroups: "${phone}" is neither a device of ${extensionNumber} nor a number like +12055550991`,
    );
  }
  return groups;
}

/** Ids of the delegates. Throws ControlError 400 if one is no user, or the extension itself. */
function delegateIds(world: World, { id, extensionNumber }: Extension, numbers: string[]): string[] {
  const ids = memberIds(world, numbers);
  const wrong = numbers.find(
    (_, index) => ids[index] === id || world.extensions.get(ids[index] ?? '')?.type !== 'User',
  );
  if (wrong === undefined) return ids;
  throw new ControlError(400, `delegates: ${wrong} is no other user than ${extensionNumber}`);
}

const deviceSchema = z.strictObject({
  status: z.enum(['Online', 'Offline']).optional(),
  whenCalled: z.enum(WHEN_CALLED).optional(),
});

function patchDevice({ path, body }: ControlRequest, { engine }: ControlParts): ApiReply {
  const device = engine.world.devices.get(path.id ?? '');
  if (!device) throw new ControlError(404, `There is no device ${path.id}`);
  Object.assign(device, validate(deviceSchema, body));
  return ok(device);
}

/** What has a list of extensions: where it is in the world, and its name in a refusal. */
type MemberList = { name: string; of(world: World): Map<string, { members: string[] }> };

const queues: MemberList = { name: 'queue', of: (world) => world.callQueues };
const parkLocations: MemberList = { name: 'park location', of: (world) => world.parkLocations };
const pagingGroups: MemberList = { name: 'paging group', of: (world) => world.pagingGroups };

const membersSchema = z.strictObject({ members: z.array(z.string()).max(MEMBERS) });

/** A handler that replaces the members of the queue, park location or paging group with the number in the path. */
function patchMembers({ name, of }: MemberList): ControlRoute['handle'] {
  return ({ path, body }, { engine }) => {
    const list = of(engine.world).get(extensionByNumber(engine.world, path.number ?? '').id);
    if (!list) throw new ControlError(404, `There is no ${name} ${path.number}`);
    list.members = memberIds(engine.world, validate(membersSchema, body).members);
    return ok(list);
  };
}

const monitoringSchema = z.strictObject({
  members: z
    .array(
      z.strictObject({
        extensionNumber: z.string(),
        permissions: z
          .array(z.enum(['Monitoring', 'Monitored']))
          .min(1)
          .max(2),
      }),
    )
    .max(MEMBERS),
});

function patchMonitoringGroup({ path, body }: ControlRequest, { engine }: ControlParts): ApiReply {
  const group = engine.world.monitoringGroups.get(path.id ?? '');
  if (!group) throw new ControlError(404, `There is no monitoring group ${path.id}`);
  group.members = validate(monitoringSchema, body).members.map(({ extensionNumber, permissions }) => ({
    extensionId: extensionByNumber(engine.world, extensionNumber).id,
    permissions,
  }));
  return ok(group);
}

/** Changes of the world. Only the members in the body change; the answer is what was changed, as it is now. */
export const worldRoutes: readonly ControlRoute[] = [
  { method: 'PATCH', path: '/account', handle: patchAccount },
  { method: 'PATCH', path: '/extensions/{number}', handle: patchExtension },
  { method: 'PATCH', path: '/devices/{id}', handle: patchDevice },
  { method: 'PATCH', path: '/queues/{number}', handle: patchMembers(queues) },
  { method: 'PATCH', path: '/monitoring-groups/{id}', handle: patchMonitoringGroup },
  { method: 'PATCH', path: '/park-locations/{number}', handle: patchMembers(parkLocations) },
  { method: 'PATCH', path: '/paging-groups/{number}', handle: patchMembers(pagingGroups) },
];

const ok = (body: unknown): ApiReply => ({ status: 200, body });
