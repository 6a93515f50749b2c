import type { Notification } from '../engine/api.ts';
import type { EventFilter } from './filters.ts';

/** What a subscription gets of a notification. */
export interface Matched {
  /** `event` of the envelope: the URI of what has changed (platform.md 4.2). */
  readonly event: string;
  readonly body: unknown;
}

interface TelephonyBody {
  parties?: TelephonyParty[];
}

interface TelephonyParty {
  direction?: string;
  missedCall?: boolean;
  status?: { code?: string };
  from?: { phoneNumber?: string };
  to?: { phoneNumber?: string };
  recordings?: unknown[];
  sipData?: unknown;
}

/**
 * What a subscription with these filters gets of a notification; undefined: nothing. However many filters match, it
 * is one delivery.
 *
 * @param monitoredBy ids of the extensions on whose presence an extension looks
 */
export function match(
  filters: readonly EventFilter[],
  notification: Notification,
  monitoredBy: (extensionId: string) => ReadonlySet<string>,
): Matched | undefined {
  if (notification.kind === 'telephony') return matchTelephony(filters, notification);
  if (notification.kind === 'queue-presence') return matchQueuePresence(filters, notification);
  const fitting = filters.filter((filter) => fitsPresence(filter, notification, monitoredBy));
  // Plain and detailed on the same extension: only the detailed one is sent (platform.md 4.1).
  const filter = fitting.find(isDetailed) ?? fitting[0];
  return (
    filter && { event: presenceUri(filter, notification), body: presenceBody(filter, notification.body) }
  );
}

type Telephony = Extract<Notification, { kind: 'telephony' }>;
type Presence = Extract<Notification, { kind: 'presence' }>;
type QueuePresence = Extract<Notification, { kind: 'queue-presence' }>;

function matchTelephony(filters: readonly EventFilter[], notification: Telephony): Matched | undefined {
  const fitting = filters.filter((filter) => fitsTelephony(filter, notification));
  if (fitting.length === 0) return undefined;
  const { accountId, extensionId } = notification;
  // The URI is of the party's extension, whatever the filter is: an account filter brings it too (platform.md 4.2).
  const level = extensionId === undefined ? '' : `/extension/${extensionId}`;
  const withSipData = fitting.some(({ query }) => query.get('sipData') === 'true');
  return {
    event: `/restapi/v1.0/account/${accountId}${level}/telephony/sessions`,
    body: withSipData || notification.injected ? notification.body : withoutSipData(notification.body),
  };
}

function fitsTelephony(filter: EventFilter, { accountId, extensionId, body }: Telephony): boolean {
  if (filter.topic === 'account-telephony') {
    if (filter.accountId !== accountId) return false;
  } else if (filter.topic !== 'extension-telephony' || filter.extensionId !== extensionId) {
    return false;
  }
  if (filter.query.size === 0) return true;
  const party = (body as TelephonyBody).parties?.[0];
  return (
    party !== undefined &&
    PARTY_CONDITIONS.every(([name, holds]) => {
      const wanted = filter.query.get(name);
      return wanted === null || holds(party, wanted);
    })
  );
}

/**
 * Query parameters of the telephony filters (platform.md 4.1); that `withRecordings` means "only with recordings" is
 * assumed.
 */
const PARTY_CONDITIONS: readonly [string, (party: TelephonyParty, wanted: string) => boolean][] = [
  ['direction', (party, wanted) => party.direction === wanted],
  ['statusCode', (party, wanted) => party.status?.code?.toLowerCase() === wanted.toLowerCase()],
  ['missedCall', (party, wanted) => String(party.missedCall ?? false) === wanted],
  ['phoneNumber', (party, wanted) => [party.from?.phoneNumber, party.to?.phoneNumber].includes(wanted)],
  ['withRecordings', (party, wanted) => wanted !== 'true' || (party.recordings?.length ?? 0) > 0],
];

function withoutSipData(body: unknown): unknown {
  const { parties } = body as TelephonyBody;
  if (!parties?.some((party) => party.sipData !== undefined)) return body;
  return { ...(body as object), parties: parties.map(({ sipData: _, ...party }) => party) };
}

function matchQueuePresence(
  filters: readonly EventFilter[],
  { queueId, body }: QueuePresence,
): Matched | undefined {
  const filter = filters.find(({ topic, groupId }) => topic === 'queue-presence' && groupId === queueId);
  return filter && { event: filter.uri, body };
}

function fitsPresence(
  filter: EventFilter,
  { accountId, extensionId }: Presence,
  monitoredBy: (extensionId: string) => ReadonlySet<string>,
): boolean {
  switch (filter.topic) {
    case 'extension-presence':
      return filter.extensionId === extensionId;
    case 'account-presence':
      return filter.accountId === accountId;
    // The sandbox keeps no lists of lines and favourites: those that one may monitor count (assumed).
    case 'line-presence':
    case 'favorite-presence':
      return filter.extensionId !== undefined && monitoredBy(filter.extensionId).has(extensionId);
    default:
      return false;
  }
}

function isDetailed(filter: EventFilter): boolean {
  return filter.topic !== 'account-presence' && filter.query.get('detailedTelephonyState') === 'true';
}

function presenceUri(filter: EventFilter, { extensionId }: Presence): string {
  if (filter.topic === 'extension-presence') return filter.uri;
  const query = filter.uri.split('?', 2)[1];
  const account = `/restapi/v1.0/account/${filter.accountId}`;
  return `${account}/extension/${extensionId}/presence${query ? `?${query}` : ''}`;
}

function presenceBody(filter: EventFilter, body: unknown): unknown {
  const { activeCalls, totalActiveCalls, ...plain } = body as {
    activeCalls?: object[];
    totalActiveCalls?: number;
  };
  if (!isDetailed(filter)) return plain;
  const calls =
    filter.query.get('sipData') === 'true'
      ? activeCalls
      : activeCalls?.map((call) => ({ ...call, sipData: undefined }));
  return { ...plain, activeCalls: calls, totalActiveCalls };
}
