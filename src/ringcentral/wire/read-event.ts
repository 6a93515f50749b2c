import type { TelephonyEvent } from './event.ts';
import { type CallParty, type Endpoint, foldStatus, type PartyStatus, type Recording } from './session.ts';

/**
 * Reads the body of a telephony event by hand, because events come in thousands and zod takes several times as long
 * as `JSON.parse` (bench/read-event.ts). The definition is `telephonyEvent` in event.ts: a property test holds this
 * reader to it, value for value.
 * @returns undefined where the schema refuses.
 */
export function readTelephonyEvent(body: unknown): TelephonyEvent | undefined {
  if (!isObject(body)) return undefined;
  const { sequence, eventTime, parties } = body;
  const telephonySessionId = readId(body.telephonySessionId);
  if (!Number.isFinite(sequence) || telephonySessionId === undefined || typeof eventTime !== 'string') {
    return undefined;
  }
  return {
    sequence: sequence as number,
    telephonySessionId,
    sessionId: readId(body.sessionId),
    eventTime,
    origin: isObject(body.origin) ? { type: readString(body.origin.type) } : undefined,
    parties: readList(parties, readParty),
  };
}

function readParty(party: unknown): CallParty | undefined {
  if (!isObject(party)) return undefined;
  const id = readId(party.id);
  const status = readStatus(party.status);
  if (id === undefined || status === undefined) return undefined;
  const owner = isObject(party.owner) ? party.owner : undefined;
  return {
    id,
    accountId: readId(party.accountId) ?? readId(owner?.accountId),
    extensionId: readId(party.extensionId) ?? readId(owner?.extensionId),
    direction: readString(party.direction),
    from: readEndpoint(party.from),
    to: readEndpoint(party.to),
    status,
    muted: readBoolean(party.muted),
    standAlone: readBoolean(party.standAlone),
    park: isObject(party.park) ? { id: readString(party.park.id) } : undefined,
    conferenceRole: readString(party.conferenceRole),
    ringOutRole: readString(party.ringOutRole),
    ringMeRole: readString(party.ringMeRole),
    recordings:
      party.recordings === undefined || party.recordings === null
        ? undefined
        : readList(party.recordings, readRecording),
    attributes: isObject(party.attributes)
      ? {
          queueCall: readBoolean(party.attributes.queueCall),
          emergencyCallback: readBoolean(party.attributes.emergencyCallback),
        }
      : undefined,
    missedCall: readBoolean(party.missedCall),
    queueCall: readBoolean(party.queueCall),
  };
}

function readStatus(status: unknown): PartyStatus | undefined {
  if (!isObject(status) || typeof status.code !== 'string') return undefined;
  const { peerId } = status;
  return {
    code: foldStatus(status.code),
    reason: readString(status.reason),
    description: readString(status.description),
    parkData: readString(status.parkData),
    peerId: isObject(peerId)
      ? {
          sessionId: readId(peerId.sessionId),
          telephonySessionId: readId(peerId.telephonySessionId),
          partyId: readId(peerId.partyId),
        }
      : undefined,
    rcc: readBoolean(status.rcc),
  };
}

function readEndpoint(endpoint: unknown): Endpoint | undefined {
  if (!isObject(endpoint)) return undefined;
  return {
    phoneNumber: readString(endpoint.phoneNumber),
    name: readString(endpoint.name),
    extensionId: readId(endpoint.extensionId),
    deviceId: readId(endpoint.deviceId),
  };
}

function readRecording(recording: unknown): Recording | undefined {
  if (!isObject(recording)) return undefined;
  const id = readId(recording.id);
  return id === undefined ? undefined : { id, active: readBoolean(recording.active) };
}

function readList<T>(value: unknown, read: (item: unknown) => T | undefined): T[] {
  const items: T[] = [];
  if (!Array.isArray(value)) return items;
  for (const item of value) {
    const one = read(item);
    if (one !== undefined) items.push(one);
  }
  return items;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const readId = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : Number.isFinite(value) ? String(value) : undefined;

const readString = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const readBoolean = (value: unknown): boolean | undefined => (typeof value === 'boolean' ? value : undefined);
