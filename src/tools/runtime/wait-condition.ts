import { otherParties, ownParty } from '../../calls/store/own-party.ts';
import { isBeingRecorded } from '../../calls/store/party.ts';
import type { HistoryEntry, PartyView, SessionView } from '../../calls/store/views.ts';
import { tookByMachine } from '../../presentation/event-words.ts';
import { successorsOf } from '../../presentation/far-ends.ts';
import { nameOf } from '../../presentation/person-names.ts';
import {
  hasLeft,
  isBroughtIn,
  isConference,
  isFinal,
  isRinging,
  statusCodes,
} from '../../ringcentral/wire/session.ts';
import { Failure } from '../../shared/failure.ts';

type Happened = Omit<HistoryEntry, 'cursor' | 'time' | 'late'>;

/** What `until` can be beside the party states of platform.md 3.3. */
const conditions: Readonly<Record<string, (state: Happened) => boolean>> = {
  left: ({ status, joined }) => isFinal(status) && !joined,
  muted: ({ muted }) => muted === true,
  unmuted: ({ muted }) => muted === false,
  recording: ({ recording }) => recording === true,
};
export const conditionNames: readonly string[] = Object.keys(conditions);

/**
 * A party that was brought into a conference and has joined it counts as `Answered`, although it is `Gone` for the
 * platform (platform.md 2.3.5).
 */
const isStatus =
  (wanted: string) =>
  ({ status, joined }: Happened): boolean =>
    status === wanted || (wanted === 'Answered' && joined === true);

/** Whose state counts where no party is named; that of any party, for a word that is not here. */
const isMeant: Readonly<Record<string, (state: Happened, call: SessionView) => boolean>> = {
  Setup: isCalled,
  Proceeding: isCalled,
  VoiceMail: isCalled,
  VoiceMailScreening: isCalled,
  FaxReceive: isCalled,
  Answered: isAnswerer,
  Hold: isYours,
  muted: isYours,
  // Every event of a party that is not muted says that it is unmuted.
  unmuted: isYours,
  recording: concernsYou,
  Disconnected: isEnd,
  Gone: isEnd,
  left: isEnd,
};
const endings: ReadonlySet<string> = new Set(['Disconnected', 'Gone', 'left']);

/** What only your own leg can become; all else can still happen on a call that you have left. */
const onlyYours: ReadonlySet<string> = new Set(['Hold', 'muted', 'unmuted', 'recording']);

/** States in which no person will answer. */
const machines: ReadonlySet<string> = new Set(['VoiceMail', 'FaxReceive']);

/**
 * A state that is waited for: of `partyId`, or, where no party is named, of those whose state is meant (`isMeant`).
 */
export class WaitCondition {
  readonly word: string;
  readonly #partyId: string | undefined;
  readonly #is: (state: Happened) => boolean;

  /**
   * @param word a party state or one of `conditionNames`, in any case
   * @throws Failure `invalid_input` that lists the words there are
   */
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

  /** Whether this event is what is waited for. `callOf` gives a call as it is now. */
  isReachedBy(entry: HistoryEntry, callOf: (telephonySessionId: string) => SessionView | undefined): boolean {
    if (!this.#is(entry) && !this.#isHeldAnswer(entry)) return false;
    const call = callOf(entry.telephonySessionId);
    if (!this.#isIn(entry, call)) return false;
    if (this.#partyId !== undefined) return entry.partyId === this.#partyId;
    return call === undefined || isMeant[this.word]?.(entry, call) !== false;
  }

  /** Whether the state is waited for. Somebody else who holds the call has answered it, though no event has told. */
  #isIn(state: Happened, call: SessionView | undefined): boolean {
    const isOther = call?.yourPartyId !== undefined && state.partyId !== call.yourPartyId;
    return this.#is(state) || (isOther && this.#isHeldAnswer(state));
  }

  #isHeldAnswer({ status }: Happened): boolean {
    return this.word === 'Answered' && status === 'Hold';
  }

  /** Whether the call is in this state now. Stale parties do not count. */
  holds(call: SessionView): boolean {
    const is = (party: PartyView | undefined) =>
      party !== undefined && !party.stale && this.#isIn(stateOf(party, call), call);
    if (this.#partyId !== undefined) return is(call.parties.find(({ id }) => id === this.#partyId));
    const own = ownParty(call);
    // That others have left before does not count as an ending.
    if (endings.has(this.word)) return own ? is(own) : call.over;
    if (own && !hasLeft(own) && this.word === 'Answered') return is(own) && answerers(call).some(is);
    // On a call without you, the parties that are still on it count.
    const counts = (party: PartyView) => isMeant[this.word]?.(stateOf(party, call), call) !== false;
    return [...(own && !hasLeft(own) ? [own] : []), ...remaining(call)].filter(counts).some(is);
  }

  /** Why the call cannot come into this state any more, as the end of a sentence; undefined while it can. */
  isLost(call: SessionView): string | undefined {
    if (call.over) return `the call ${call.id} is over`;
    const named = call.parties.find(({ id }) => id === this.#partyId);
    if (named && hasLeft(named) && !stateOf(named, call).joined)
      return `${nameOf(named, call)} ${named.id === call.yourPartyId ? 'have' : 'has'} left`;
    const own = ownParty(call);
    if (!named && own && hasLeft(own) && onlyYours.has(this.word)) return 'you are no longer on it';
    if (this.word !== 'Answered') return undefined;
    const awaited = (named ? [named] : answerers(call)).filter((party) => !hasLeft(party));
    const isMachine =
      awaited.length > 0 && awaited.every(({ status, stale }) => !stale && machines.has(status.code));
    return isMachine ? awaited.map((party) => tookByMachine(party, call)).join(', ') : undefined;
  }
}

/**
 * Whether this party's answering is meant: yours when you are called; the other side's when you have called or left, or
 * were sent on by your caller.
 * The caller's leg does not count, because it is Answered before the one that is called rings (platform.md 4.6.2),
 * unless it has joined a call that was there.
 */
function isAnswerer({ partyId, direction, status, reason }: Happened, call: SessionView): boolean {
  const own = ownParty(call);
  if (own && hasLeft(own)) {
    if (partyId === own.id) return false;
    return (
      isAnsweredWithoutYou(call, own) ||
      (machines.has(status) && !remaining(call).some(isRinging)) ||
      hasLeftSince(partyId, direction, call)
    );
  }
  if (own === undefined) return direction !== 'Outbound' || reason !== undefined || isConference(call);
  const hasJoined = isConference(call) || own.status.reason !== undefined;
  const isYours = (own.direction === 'Inbound' || hasJoined) && successorsOf(call, own).length === 0;
  return isYours === (partyId === own.id);
}

/** Whether the people whom you have left on a call are talking: somebody it was transferred to has answered. */
function isAnsweredWithoutYou(call: SessionView, own: PartyView): boolean {
  const others = remaining(call);
  // After a blind transfer two people talk on this call; after a warm one (`Gone`) one of them is on another
  // (platform.md 10.3).
  const enough = own.status.code === 'Gone' || isConference(call) ? 1 : 2;
  return (
    others.length >= enough &&
    others.every((party) => talking.has(stateOf(party, call).joined ? 'Answered' : party.status.code))
  );
}

/** Whether a party that was called has left since. */
function hasLeftSince(partyId: string, direction: string | undefined, call: SessionView): boolean {
  const party = call.parties.find(({ id }) => id === partyId);
  return direction !== 'Outbound' && party !== undefined && hasLeft(party);
}

const talking: ReadonlySet<string> = new Set(['Answered', 'Hold']);

/** Whether a call rings now: at you, or, where you have no party on it, at anybody. */
export function isRingingNow(call: SessionView): boolean {
  const own = ownParty(call);
  return (own ? [own] : call.parties).some(
    (party) => party.direction !== 'Outbound' && !party.stale && isRinging(party),
  );
}

/** The other parties that are still on a call, those that joined a conference included. */
const remaining = (call: SessionView): PartyView[] =>
  otherParties(call).filter((party) => !hasLeft(party) || stateOf(party, call).joined === true);

const answerers = (call: SessionView): PartyView[] =>
  call.parties.filter((party) => isAnswerer(stateOf(party, call), call));

/**
 * Whether this party's ringing, or mailbox, is meant: yours where you are called; while your own phone does not ring,
 * that of everybody who is called. Your phone that rings because you place a call with it is not meant.
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

/** Whether a state of the call as a whole is meant, which any party can show while you are on it. */
function concernsYou({ partyId }: Happened, call: SessionView): boolean {
  const own = ownParty(call);
  return own === undefined || own.id === partyId || !hasLeft(own);
}

/** Whether this party's leaving is meant: yours; on a call without you, or in a conference, that of anybody. */
function isEnd({ partyId, joined }: Happened, call: SessionView): boolean {
  const own = ownParty(call);
  if (own?.id === partyId) return true;
  // After a flip your party is the leg of the other phone; the one that has left was yours, too.
  const party = call.parties.find(({ id }) => id === partyId);
  if (own?.extensionId !== undefined && party?.extensionId === own.extensionId) return !joined;
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
