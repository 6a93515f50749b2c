import { otherParties, ownParty } from '../../calls/store/own-party.ts';
import { isBeingRecorded } from '../../calls/store/party.ts';
import type { HistoryEntry, PartyView, SessionView } from '../../calls/store/views.ts';
import { hasLeft, isBroughtIn, isConference, isFinal, statusCodes } from '../../ringcentral/wire/session.ts';
import { Failure } from '../../shared/failure.ts';

type Happened = Omit<HistoryEntry, 'cursor' | 'time' | 'late'>;

/** Conditions beside the party states of platform.md 3.3. */
const conditions: Readonly<Record<string, (state: Happened) => boolean>> = {
  left: ({ status, joined }) => isFinal(status) && !joined,
  muted: ({ muted }) => muted === true,
  unmuted: ({ muted }) => muted === false,
  recording: ({ recording }) => recording === true,
};
export const conditionNames: readonly string[] = Object.keys(conditions);

/**
 * Who was brought into a conference and has joined it is on the line, and `Gone` for the platform
 * (platform.md 2.3.5).
 */
const isStatus =
  (wanted: string) =>
  ({ status, joined }: Happened): boolean =>
    status === wanted || (wanted === 'Answered' && joined === true);

/** Where no party is named: whether it counts that this party is so. What is not here counts of everybody. */
const counting: Readonly<Record<string, (state: Happened, call: SessionView) => boolean>> = {
  Setup: isCalled,
  Proceeding: isCalled,
  VoiceMail: isCalled,
  VoiceMailScreening: isCalled,
  FaxReceive: isCalled,
  Answered: isAnswerer,
  Hold: isYours,
  muted: isYours,
  // Every event of a party that is not muted says so.
  unmuted: isYours,
  recording: concernsYou,
  Disconnected: isEnd,
  Gone: isEnd,
  left: isEnd,
};
const endings: ReadonlySet<string> = new Set(['Disconnected', 'Gone', 'left']);

/** What no leg but your own can become for you; where a call goes without you can be waited for on. */
const onlyYours: ReadonlySet<string> = new Set(['Hold', 'muted', 'unmuted', 'recording']);

/** Where nobody can answer any more. */
const machines: ReadonlySet<string> = new Set(['VoiceMail', 'FaxReceive']);

/** What is waited for, and whose: `partyId`, or who is meant where nobody is named. */
export class WaitCondition {
  readonly word: string;
  readonly #partyId: string | undefined;
  readonly #is: (state: Happened) => boolean;

  /** @throws Failure `invalid_input` that names the words there are. */
  constructor(word: string, partyId: string | undefined) {
    const words = [...statusCodes, ...conditionNames];
    const known = words.find((one) => one.toLowerCase() === word.toLowerCase());
    if (known === undefined) {
      throw new Failure('invalid_input', `until: ${word} is none of ${words.join(', ')}.`, {
        parameter: 'until',
      });
    }
    this.word = known;
    this.#partyId = partyId;
    this.#is = conditions[known] ?? isStatus(known);
  }

  /** Whether this is what is waited for. `callOf` gives the call as it is now. */
  isReachedBy(entry: HistoryEntry, callOf: (telephonySessionId: string) => SessionView | undefined): boolean {
    if (!this.#is(entry)) return false;
    if (this.#partyId !== undefined) return entry.partyId === this.#partyId;
    const counts = counting[this.word];
    const call = counts && callOf(entry.telephonySessionId);
    return call === undefined || counts?.(entry, call) === true;
  }

  /** Whether it is so now, in a view that can be believed. */
  holds(call: SessionView): boolean {
    const is = (party: PartyView | undefined) =>
      party !== undefined && !party.stale && this.#is(stateOf(party, call));
    if (this.#partyId !== undefined) return is(call.parties.find(({ id }) => id === this.#partyId));
    const own = ownParty(call);
    // Who left before is no news.
    if (endings.has(this.word)) return own ? is(own) : call.over;
    if (own && !hasLeft(own) && this.word === 'Answered') return is(own) && answerers(call).some(is);
    // Whoever is not on the call waits for what those do who are.
    const counts = (party: PartyView) => counting[this.word]?.(stateOf(party, call), call) !== false;
    return [...(own && !hasLeft(own) ? [own] : []), ...remaining(call)].filter(counts).some(is);
  }

  /** Why it cannot come any more; nothing while it can. */
  isLost(call: SessionView): string | undefined {
    if (call.over) return `the call ${call.id} is over`;
    const named = call.parties.find(({ id }) => id === this.#partyId);
    if (named && hasLeft(named) && !stateOf(named, call).joined) return `${named.id} has left`;
    const own = ownParty(call);
    if (!named && own && hasLeft(own) && onlyYours.has(this.word)) return 'you are no longer on it';
    if (this.word !== 'Answered') return undefined;
    const awaited = (named ? [named] : answerers(call)).filter((party) => !hasLeft(party));
    const isMachine =
      awaited.length > 0 && awaited.every(({ status, stale }) => !stale && machines.has(status.code));
    return isMachine ? awaited.map(({ id, status }) => `${id} is ${status.code}`).join(', ') : undefined;
  }
}

/**
 * Whose answering is meant: yours when it rings at you, the other side's when you called or have left. The caller's
 * leg is Answered before the one that was called even rings (platform.md 4.6.2), unless it is one that joined a call.
 */
function isAnswerer({ partyId, direction, status, reason }: Happened, call: SessionView): boolean {
  const own = ownParty(call);
  if (own && hasLeft(own)) {
    if (partyId === own.id) return false;
    return (
      isAnsweredWithoutYou(call, own) ||
      (machines.has(status) && !remaining(call).some(isRinging)) ||
      isPast(partyId, direction, call)
    );
  }
  if (own === undefined) return direction !== 'Outbound' || reason !== undefined || isConference(call);
  const hasJoined = isConference(call) || own.status.reason !== undefined;
  const isYours = !hasLeft(own) && (own.direction === 'Inbound' || hasJoined);
  return isYours === (partyId === own.id);
}

/** You have left, and those who are on the call are talking: where it was handed to somebody, they have answered. */
function isAnsweredWithoutYou(call: SessionView, own: PartyView): boolean {
  const others = remaining(call);
  // A leg that is `Gone` goes on in another call, where the other one of this is; one that ended left two or nobody.
  const enough = own.status.code === 'Gone' || isConference(call) ? 1 : 2;
  return (
    others.length >= enough &&
    others.every((party) => talking.has(stateOf(party, call).joined ? 'Answered' : party.status.code))
  );
}

/** It was called, answered, and has left since. */
function isPast(partyId: string, direction: string | undefined, call: SessionView): boolean {
  const party = call.parties.find(({ id }) => id === partyId);
  return direction !== 'Outbound' && party !== undefined && hasLeft(party);
}

const talking: ReadonlySet<string> = new Set(['Answered', 'Hold']);
const isRinging = ({ status }: PartyView): boolean => status.code === 'Setup' || status.code === 'Proceeding';

/** Whether somebody is called on it now: you, or, where you have no part in it, anybody. */
export function isRingingNow(call: SessionView): boolean {
  const own = ownParty(call);
  return (own ? [own] : call.parties).some(
    (party) => party.direction !== 'Outbound' && !party.stale && isRinging(party),
  );
}

/** Those who are on a call, you left out. */
const remaining = (call: SessionView): PartyView[] =>
  otherParties(call).filter((party) => !hasLeft(party) || stateOf(party, call).joined === true);

const answerers = (call: SessionView): PartyView[] =>
  call.parties.filter((party) => isAnswerer(stateOf(party, call), call));

/**
 * Whose ringing is meant, or whose mailbox: yours where you are called, and, unless your phone rings, that of whoever
 * else is called. A phone that rings because you place a call with it is not meant.
 */
function isCalled({ partyId, direction, reason }: Happened, call: SessionView): boolean {
  const own = ownParty(call);
  if (own === undefined) return direction !== 'Outbound' || reason !== undefined || isConference(call);
  if (partyId !== own.id) return !isRinging(own);
  const hasJoined = isConference(call) || (!hasLeft(own) && own.status.reason !== undefined);
  return own.direction === 'Inbound' || hasJoined;
}

function isYours({ partyId }: Happened, { yourPartyId }: SessionView): boolean {
  return yourPartyId === undefined || yourPartyId === partyId;
}

/** Something that is done to the call as a whole, while you are on it. */
function concernsYou({ partyId }: Happened, call: SessionView): boolean {
  const own = ownParty(call);
  return own === undefined || own.id === partyId || !hasLeft(own);
}

/** The end of the call for you; legs come and go on it. In a conference its people are meant too. */
function isEnd({ partyId, joined }: Happened, call: SessionView): boolean {
  const own = ownParty(call);
  if (own?.id === partyId) return true;
  return !joined && (own === undefined || hasLeft(own) || isConference(call));
}

const stateOf = (party: PartyView, { id: telephonySessionId, members = [] }: SessionView): Happened => ({
  telephonySessionId,
  partyId: party.id,
  status: party.status.code,
  ...(party.direction !== undefined && { direction: party.direction }),
  ...(party.status.reason !== undefined && { reason: party.status.reason }),
  ...(party.muted !== undefined && { muted: party.muted }),
  recording: isBeingRecorded(party.recordings),
  ...(isBroughtIn(party) && members.some(({ partyId }) => partyId === party.id) && { joined: true }),
});
