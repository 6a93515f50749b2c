import { otherParties, ownParty } from '../../../calls/store/own-party.ts';
import type { PartyView, SessionView } from '../../../calls/store/views.ts';
import type { Endpoint } from '../../../ringcentral/wire/session.ts';
import { hasLeft, isConference, isInbound, isRinging, listensIn } from '../../../ringcentral/wire/session.ts';

/** Somebody on a call. Only an extension of this account is an identity; number and name may be forged. */
export interface Participant {
  partyId?: string;
  /** Of this account. */
  extensionId?: string;
  /** As the network gave it. */
  phoneNumber?: string;
  name?: string;
  status?: string;
  /** Whether this leg placed the call, seen from the platform (platform.md 3.2). */
  caller?: boolean;
  /** This is a conference's leg for a call that is being brought in; its far end is the conference, not a number. */
  broughtIn?: boolean;
  /** It listens in on the others, who do not hear it. */
  listens?: true;
  /** It is out of the conversation (`standAlone`): it neither hears the others nor is heard. */
  apart?: true;
  /** The login's own party. */
  you: boolean;
}

/**
 * Who is on a call: its live parties, each by its own end (`from` of an outbound leg, `to` of an inbound one). Where
 * nobody but the own party was ever known, the far end of that leg stands for the other side.
 */
export function participantsOn(call: SessionView): Participant[] {
  const live = call.parties.filter((party) => !hasLeft(party));
  const own = ownParty(call);
  const persons = live.map((party): Participant => {
    const end = party.direction === 'Outbound' ? party.from : party.to;
    const colleague = isColleague(party, own);
    if (!colleague && isConferenceEnd(call, end)) {
      return { partyId: party.id, status: party.status.code, broughtIn: true, you: false };
    }
    return {
      partyId: party.id,
      ...(colleague && { extensionId: party.extensionId }),
      ...(end?.phoneNumber && { phoneNumber: end.phoneNumber }),
      ...(end?.name && { name: end.name }),
      status: party.status.code,
      caller: party.direction === 'Outbound',
      ...(listensIn(party) && { listens: true }),
      ...(party.standAlone && { apart: true }),
      // Another phone of yours may ring on a call that you are on.
      you: party.id === call.yourPartyId || (colleague && party.extensionId === own?.extensionId),
    };
  });
  const knowsOthers = call.parties.some(({ extensionId }) => extensionId !== own?.extensionId);
  if (persons[0]?.you && persons.length === 1 && !knowsOthers) {
    const farEnd = own?.direction === 'Outbound' ? own.to : own?.from;
    if (farEnd && !isConferenceEnd(call, farEnd)) {
      persons.push({
        ...(farEnd.extensionId && { extensionId: farEnd.extensionId }),
        ...(farEnd.phoneNumber && { phoneNumber: farEnd.phoneNumber }),
        ...(farEnd.name && { name: farEnd.name }),
        caller: own?.direction !== 'Outbound',
        you: false,
      });
    }
  }
  return persons;
}

/** The platform's word in place of a number (platform.md 3.2); on any other call it is what a caller wrote. */
const isConferenceEnd = (call: SessionView, end: Endpoint | undefined): boolean =>
  isConference(call) && end?.phoneNumber === 'conference';

const isColleague = (party: PartyView, own: PartyView | undefined): boolean =>
  party.extensionId !== undefined &&
  (party.accountId === undefined || own?.accountId === undefined || party.accountId === own.accountId);

/** Rings at this party's phone (platform.md 3.3); an outbound leg in these states is being dialled. */
export const ringsAtThem = (party: PartyView): boolean => isInbound(party) && isRinging(party);

/** Somebody's phone still rings and nobody has taken the call (platform.md 4.6: the caller's leg is answered early). */
export function isDialling(call: SessionView): boolean {
  const others = otherParties(call).filter((party) => !hasLeft(party));
  return others.length > 0 ? others.every(isRinging) : call.parties.some(isRinging);
}
