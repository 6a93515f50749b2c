import { isObject } from '../../shared/is-object.ts';
import { readBoolean, readId, readList, readString, readWords } from './read-members.ts';
import {
  type CallParty,
  type CallSession,
  type Endpoint,
  foldStatus,
  type PartyStatus,
  type Recording,
} from './session.ts';

/**
 * Reads a call of REST by hand, because each act reads two answers, and zod takes several times as long as `JSON.parse`
 * (bench/read-event.ts). The definition is `callSession` in session.ts: a property test holds this reader to it, value
 * for value.
 * @returns undefined where the schema refuses.
 */
export function readSession(session: unknown): CallSession | undefined {
  if (!isObject(session)) return undefined;
  const id = readId(session.id);
  if (id === undefined) return undefined;
  return {
    id,
    origin: readOrigin(session.origin),
    creationTime: readString(session.creationTime),
    parties: readList(session.parties, readParty),
  };
}

export const readOrigin = (origin: unknown): CallSession['origin'] =>
  isObject(origin) ? { type: readString(origin.type) } : undefined;

/** Like `readSession`, of one party: `callParty`. */
export function readParty(party: unknown): CallParty | undefined {
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
    description: readWords(status.description),
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
    phoneNumber: readWords(endpoint.phoneNumber),
    name: readWords(endpoint.name),
    extensionId: readId(endpoint.extensionId),
    deviceId: readId(endpoint.deviceId),
  };
}

/** Like `readSession`, of one recording: `recording`. */
export function readRecording(recording: unknown): Recording | undefined {
  if (!isObject(recording)) return undefined;
  const id = readId(recording.id);
  return id === undefined ? undefined : { id, active: readBoolean(recording.active) };
}
