import { z } from 'zod';
import { id, list, maybe, words } from './tolerant.ts';

/** A phone of the logged-in user (platform.md 8.1). */
export const device = z.object({
  id,
  name: words,
  type: maybe(z.string()),
  status: maybe(z.string()),
  model: maybe(z.object({ name: words })),
});
export type Device = z.output<typeof device>;

const usableTypes: ReadonlySet<string> = new Set(['SoftPhone', 'HardPhone', 'OtherPhone']);

/**
 * Fit for call-out, answer, pickup, ignore and supervise: a registered desk phone or SIP softphone (platform.md 8.1).
 */
export const isUsable = ({ type, status }: Device): boolean =>
  status === 'Online' && type !== undefined && usableTypes.has(type);

/** Whether a phone has this id, or this name however it is spelled. */
export const isNamedPhone = ({ id, name }: Device, phone: string): boolean =>
  id === phone || name?.trim().toLowerCase() === phone.trim().toLowerCase();

/** A target of flip (platform.md 8.2). `callFlipId` is its `flipNumber`. */
export const callFlipNumber = z.object({
  flipNumber: id,
  phoneNumber: maybe(z.string()),
  label: words,
  type: maybe(z.string()),
  features: maybe(z.array(z.string())),
  device: maybe(z.object({ id })),
});
export type CallFlipNumber = z.output<typeof callFlipNumber>;

/** A user, queue, park location, IVR menu … of the account (platform.md 8.3). */
export const extension = z.object({
  id,
  extensionNumber: maybe(id),
  name: words,
  type: maybe(z.string()),
  status: maybe(z.string()),
});
export type Extension = z.output<typeof extension>;

/** `timezone.name` is an IANA name (platform.md 8.3). */
const regionalSettings = maybe(z.object({ timezone: maybe(z.object({ name: maybe(z.string()) })) }));

/** The logged-in user (platform.md 8.3). */
export const ownExtension = extension.extend({ account: z.object({ id }), regionalSettings });

/** The account (platform.md 8.10). */
export const account = z.object({ mainNumber: maybe(z.string()), regionalSettings });

/**
 * One entry of the company directory (platform.md 8.4): an extension with its direct numbers. Users have no `name`.
 */
export const directoryEntry = extension.extend({
  firstName: words,
  lastName: words,
  phoneNumbers: maybe(list(z.object({ phoneNumber: z.string() }))),
});
export type DirectoryEntry = z.output<typeof directoryEntry>;

/** A member of a call queue (platform.md 8.6). */
export const queueMember = z.object({ id, extensionNumber: maybe(id) });
export type QueueMember = z.output<typeof queueMember>;

/** A call monitoring group, and who may listen to whom in it (platform.md 8.6). */
export const monitoringGroup = z.object({ id, name: words });
export type MonitoringGroup = z.output<typeof monitoringGroup>;
export const monitoringMember = z.object({
  id,
  extensionNumber: maybe(id),
  permissions: list(z.string()),
});

/** An agent that the logged-in user may listen to (platform.md 8.6). */
export interface MonitoredExtension {
  id: string;
  extensionNumber?: string;
  name?: string;
  groupId: string;
  groupName?: string;
}

/** Metadata of a finished recording (platform.md 8.9). `duration` in seconds. */
export const recordingDetails = z.object({
  id,
  contentUri: maybe(z.string()),
  contentType: maybe(z.string()),
  duration: maybe(z.number()),
});
export type RecordingDetails = z.output<typeof recordingDetails>;

/** Every look-up list answers in pages (platform.md 8); totals may be missing. */
export const page = z.object({
  records: z.array(z.unknown()).catch([]),
  paging: maybe(z.object({ page: maybe(z.number()), totalPages: maybe(z.number()) })),
  navigation: maybe(z.object({ nextPage: maybe(z.object({ uri: maybe(z.string()) })) })),
});

/** A call in the call-log shaped list of active calls (platform.md 8.8). */
export const activeCallRecord = z.object({ telephonySessionId: id, result: maybe(z.string()) });
