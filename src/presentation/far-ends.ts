import {
  type CallParty,
  type Endpoint,
  hasLeft,
  isInbound,
  isRinging,
  listensIn,
} from '../ringcentral/wire/session.ts';

/* Who is at the far end of a party's leg now: whom the leg names, or those to whom they have sent the call on. */

interface Parties {
  readonly parties: readonly CallParty[];
}

/** The party's own end of its leg. */
export const ownEnd = ({ direction, from, to }: CallParty): Endpoint | undefined =>
  direction === 'Inbound' ? to : from;
/** The far end of its leg. */
export const farEnd = ({ direction, from, to }: CallParty): Endpoint | undefined =>
  direction === 'Inbound' ? from : to;

/**
 * Who is at the far end of a party's leg: several, where it was sent on and rings at several phones. Of a colleague to
 * whom you listen, which is a number alone there, as their own leg has it. Empty: nothing is known of them.
 */
export function farEndsOn(call: Parties | undefined, party: CallParty): Endpoint[] {
  const successors = successorsOf(call, party);
  const ends = successors.length > 0 ? successors.map(ownEnd) : [namedFarEnd(call, party)];
  return ends.filter((end) => end !== undefined);
}

const none = Object.freeze<CallParty[]>([]);

/**
 * The parties in place of the far end of a party's leg, which has left the call and sent it on (platform.md 4.7: a new
 * party in the same session): those who have answered, or all at whom it rings; once nobody is there any more, those who
 * have not sent it on. Empty where the far end is among these, or is not known to have left, or there is nobody else.
 */
export function successorsOf(call: Parties | undefined, party: CallParty): readonly CallParty[] {
  // First, because this is asked of each of many calls, which few have left.
  if (!call?.parties.some(hasLeft)) return none;
  if (listensIn(party) || party.conferenceRole !== undefined) return none;
  const others = call.parties.filter((other) => isSomebodyElse(other, party));
  const live = others.filter((other) => !hasLeft(other));
  const there = live.length > 0 ? live : others.filter(({ status }) => !transfers.has(status.reason));
  if (there.some((other) => isFarEnd(other, party))) return none;
  if (!others.some((other) => hasLeft(other) && wasFarEnd(other, party))) return none;
  const answered = there.filter((other) => !isRinging(other));
  return answered.length > 0 ? answered : there;
}

/** Whether another person talks there than the party's: neither another phone of theirs nor who only listens in. */
const isSomebodyElse = (other: CallParty, { id, extensionId }: CallParty): boolean =>
  other.id !== id &&
  (extensionId === undefined || other.extensionId !== extensionId) &&
  other.conferenceRole === undefined &&
  !listensIn(other);

/** Whether this leg is the one of whom the party's leg names as its far end. */
export function isFarEnd(other: CallParty, party: CallParty): boolean {
  const [end, far] = [ownEnd(other), farEnd(party)];
  if (far?.extensionId !== undefined) return (other.extensionId ?? end?.extensionId) === far.extensionId;
  return far?.phoneNumber !== undefined && end?.phoneNumber === far.phoneNumber;
}

const transfers: ReadonlySet<string | undefined> = new Set(['BlindTransfer', 'AttendedTransfer']);

/** The same, or that it took a call which the party placed to a number of several people, and sent it on. */
const wasFarEnd = (other: CallParty, party: CallParty): boolean =>
  isFarEnd(other, party) || (!isInbound(party) && transfers.has(other.status.reason));

/** The far end as the leg names it; without a name, as the leg of the colleague who has that number does. */
function namedFarEnd(call: Parties | undefined, party: CallParty): Endpoint | undefined {
  const end = farEnd(party);
  if (end?.phoneNumber === undefined || end.name !== undefined) return end;
  const ends = call?.parties.map(ownEnd) ?? [];
  // Of an extension the platform tells the name (platform.md 3.2); anybody else's is a claim.
  const named = ends.find((one) => one?.extensionId !== undefined && one.phoneNumber === end.phoneNumber);
  return named ?? end;
}
