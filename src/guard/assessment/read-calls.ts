import type { SessionView } from '../../calls/store/views.ts';
import { lastOfLimit } from '../../ringcentral/wire/operation-table.ts';
import { hasLeft, isBroughtIn, isConference } from '../../ringcentral/wire/session.ts';
import { BoundedMap } from '../../shared/bounded.ts';
import type { Clock } from '../../shared/clock.ts';
import { Failure } from '../../shared/failure.ts';
import type { Action } from '../action.ts';
import type { CallReading, CallsPort } from '../ports.ts';
import type { CallSnapshot, ConferenceParticipant } from './call-snapshot.ts';

/** How old, in ms, the readings of the calls acted on and of their conferences may be when the request leaves. */
export const SNAPSHOT_MS = 2_000;
/** The same for the participants of a conference, as long as the same legs are in it: each participant costs a request. */
export const PARTICIPANTS_MS = 15_000;

/** Conferences whose participants are remembered; the longest unused is forgotten first. */
const LIMIT = 200;

interface ParticipantList {
  conferenceParticipants: readonly ConferenceParticipant[];
  at: number;
  /** Sorted ids of their legs in the conference, joined: another set means that the list is out of date. */
  legs: string;
}

type Read = (telephonySessionId: string) => Promise<CallReading>;

/**
 * Reads from the platform the calls of an act, the conferences that they were brought into, and the participants of those.
 * @param anew reads the participants even if they were read a moment ago
 * @throws Failure `wrong_state` when the call or party is no longer there, and whatever the platform answers
 */
export type ReadCalls = (action: Action, signal: AbortSignal, anew: boolean) => Promise<CallSnapshot>;

export function createReadCalls(calls: CallsPort, clock: Clock): ReadCalls {
  /** By the conference's session id. */
  const lists = new BoundedMap<string, ParticipantList>(LIMIT);

  async function conferenceParticipantsOf(
    conference: SessionView,
    read: Read,
    anew: boolean,
  ): Promise<ParticipantList> {
    const brought = conference.parties.filter(isBroughtIn);
    const legs = brought
      .map(({ id }) => id)
      .sort()
      .join();
    const known = lists.get(conference.id);
    lists.delete(conference.id);
    const at = clock.now();
    const isKnown = !anew && known?.legs === legs && Math.abs(at - known.at) <= PARTICIPANTS_MS - SNAPSHOT_MS;
    const list = isKnown
      ? known
      : { at, legs, conferenceParticipants: await readParticipants(conference, brought, read) };
    if (brought.length > 0) lists.set(conference.id, list);
    return list;
  }

  return async (action, signal, anew) => {
    const priority = lastOfLimit.has(action.tool) ? 'end' : 'action';
    const began = clock.now();
    const read: Read = (id) => calls.read(id, { signal, priority });
    const [call, other] = await Promise.all(
      [action.telephonySessionId, action.other?.telephonySessionId].map((id) =>
        id === undefined ? undefined : readTouched(id, read),
      ),
    );
    const around = await readConferences([call, other], read);
    const touched = [call, other, ...around].filter((reading) => reading !== undefined);
    const lists = await Promise.all(
      touched.map(({ call: one }) => conferenceParticipantsOf(one, read, anew)),
    );
    const conferenceParticipants = lists.flatMap((list) => list.conferenceParticipants);
    if (call) mustBeThere(call.call, action.partyId, conferenceParticipants);
    if (other) mustBeThere(other.call, action.other?.partyId, conferenceParticipants);
    return {
      ...(call && { call: call.call }),
      ...(other && { other: other.call }),
      conferences: around.map((reading) => reading.call),
      conferenceParticipants,
      at: Math.min(...touched.map(({ at }) => at), ...(touched.length > 0 ? [] : [began])),
      participantsAt: Math.min(
        clock.now(),
        ...lists.filter((list) => list.conferenceParticipants.length > 0).map(({ at }) => at),
      ),
    };
  };
}

async function readTouched(telephonySessionId: string, read: Read): Promise<CallReading> {
  try {
    return await read(telephonySessionId);
  } catch (error) {
    throw error instanceof Failure && error.kind === 'not_found' ? ended() : error;
  }
}

/** The conferences that these calls were brought into: ending such a call removes its people from the conference. */
async function readConferences(
  readings: readonly (CallReading | undefined)[],
  read: Read,
): Promise<CallReading[]> {
  const known = new Set(readings.map((reading) => reading?.call.id));
  const ids = new Set(readings.flatMap((reading) => (reading ? conferencesOf(reading.call) : [])));
  const found = [...ids].filter((id) => !known.has(id)).map((id) => readIfThere(id, read));
  return (await Promise.all(found)).filter((reading) => reading !== undefined);
}

const conferencesOf = (call: SessionView): string[] =>
  isConference(call)
    ? []
    : (call.links ?? [])
        .filter(({ reason }) => reason === 'Conference')
        .map(({ telephonySessionId }) => telephonySessionId);

/**
 * The participants behind these legs. One whose call is over has left and is not listed; one whose call is not known, or not
 * shown to this login, is listed without it.
 */
async function readParticipants(
  conference: SessionView,
  legs: SessionView['parties'],
  read: Read,
): Promise<ConferenceParticipant[]> {
  const conferenceParticipants = legs.map(
    async ({ id: partyId, status }): Promise<ConferenceParticipant[]> => {
      const link = conference.links?.find((one) => one.partyId === status.peerId?.partyId);
      if (!link) return [{ partyId }];
      const call = (await readIfThere(link.telephonySessionId, read))?.call;
      if (call === undefined) return [{ partyId }];
      return call.over ? [] : [{ partyId, call }];
    },
  );
  return (await Promise.all(conferenceParticipants)).flat();
}

async function readIfThere(telephonySessionId: string, read: Read): Promise<CallReading | undefined> {
  try {
    return await read(telephonySessionId);
  } catch (error) {
    if (error instanceof Failure && error.kind === 'not_found') return undefined;
    throw error;
  }
}

const ended = () =>
  new Failure('wrong_state', 'The call is over. Nothing was done.', { next: ['list_active_calls'] });

function mustBeThere(
  call: SessionView,
  partyId: string | undefined,
  conferenceParticipants: readonly ConferenceParticipant[],
): void {
  if (call.over && conferenceParticipants.length === 0) throw ended();
  if (partyId === undefined || conferenceParticipants.some((participant) => participant.partyId === partyId))
    return;
  const party = call.parties.find(({ id }) => id === partyId);
  if (!party || hasLeft(party)) {
    const state = party ? `is ${party.status.code}` : 'is not there';
    throw new Failure('wrong_state', `${partyId} ${state}: no longer on the call. Nothing was done.`, {
      next: ['read_call_session_status'],
    });
  }
}
