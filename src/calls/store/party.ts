import {
  type CallParty,
  type Endpoint,
  listensIn,
  type PartyStatus,
  statusCodes,
} from '../../ringcentral/wire/session.ts';

/** Whether two states of a party are alike in everything that the history tells. */
export const looksSame = (one: CallParty, other: CallParty): boolean =>
  one.status.code === other.status.code &&
  one.status.reason === other.status.reason &&
  (one.muted ?? false) === (other.muted ?? false) &&
  isBeingRecorded(one.recordings) === isBeingRecorded(other.recordings);

export const isBeingRecorded = (recordings: CallParty['recordings']): boolean =>
  recordings?.some(({ active }) => active === true) ?? false;

/** Whether it is the host of a conference, and has joined it; a host on hold brings calls in as before. */
export const isHosting = ({ conferenceRole, status }: CallParty): boolean =>
  conferenceRole === 'Host' && (status.code === 'Answered' || status.code === 'Hold');

/** Whether it is connected to the others of its call: neither on hold nor out of the conversation. */
export const isInConversation = ({ standAlone, status }: CallParty): boolean =>
  status.code === 'Answered' && standAlone !== true;

/** Whether two JSON values are equal; an undefined member counts as absent. */
export function isSame(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) {
    return one === other;
  }
  for (const member of membersOf(one)) if (!isSame(one[member], other[member])) return false;
  for (const member of membersOf(other)) {
    if (other[member] !== undefined && !Object.hasOwn(one, member)) return false;
  }
  return true;
}

const membersOf = (value: object) => Object.keys(value) as never[];

/**
 * Fills in from `older` the members that stay the same as long as a party lives: neither the order of delivery nor a
 * message that leaves them out makes us forget whose party it is.
 */
export function withConstants(newer: CallParty, older: CallParty): CallParty {
  newer.accountId ??= older.accountId;
  newer.extensionId ??= older.extensionId;
  newer.direction ??= older.direction;
  newer.conferenceRole ??= older.conferenceRole;
  newer.ringOutRole ??= older.ringOutRole;
  newer.ringMeRole ??= older.ringMeRole;
  // What came late is merged as it is.
  if (listensIn(older)) newer.listens = true;
  if (older.attributes) {
    // A call once known to concern emergency services never stops to (the guard depends on it).
    newer.attributes = {
      queueCall: newer.attributes?.queueCall || older.attributes.queueCall,
      emergencyCallback: newer.attributes?.emergencyCallback || older.attributes.emergencyCallback,
    };
  }
  return newer;
}

/** Keeps the members of `known` that only events have (platform.md 3.5). */
export function withEventMembers(reading: CallParty, known: CallParty): CallParty {
  reading.queueCall ??= known.queueCall;
  reading.missedCall ??= known.missedCall;
  return reading;
}

const none = Object.freeze([]) as unknown as never[];

/** What most parties have: a status code, and nothing else. Shaped as the reader of events shapes a status. */
const plainStatuses: ReadonlyMap<string, Readonly<PartyStatus>> = new Map(
  statusCodes.map((code) => [
    code,
    Object.freeze({
      ...{ code, reason: undefined, description: undefined, parkData: undefined, peerId: undefined },
      rcc: false,
    }),
  ]),
);

/**
 * The party without the empty members that every event carries. Equal statuses become one object, to save memory. A leg
 * that listens in is marked as one.
 */
export function lean(party: CallParty): CallParty {
  if (party.park?.id === undefined) party.park = undefined;
  if (party.recordings?.length === 0) party.recordings = none;
  party.status = shared(party.status);
  if (listensIn(party)) party.listens = true;
  return party;
}

function shared(status: PartyStatus): PartyStatus {
  const { code, reason, description, parkData, peerId, rcc } = status;
  const isPlain =
    reason === undefined && description === undefined && parkData === undefined && peerId === undefined;
  if (!isPlain || rcc !== false) return status;
  return plainStatuses.get(code) ?? status;
}

/** Whether two states of a party are on the same call with the same people. */
export const hasSamePeople = (one: CallParty, other: CallParty): boolean =>
  isSameEndpoint(one.from, other.from) && isSameEndpoint(one.to, other.to);

const isSameEndpoint = (one: Endpoint | undefined, other: Endpoint | undefined): boolean =>
  one?.phoneNumber === other?.phoneNumber &&
  one?.name === other?.name &&
  one?.extensionId === other?.extensionId &&
  one?.deviceId === other?.deviceId;
