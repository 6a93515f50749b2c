import { ownParty } from '../calls/store/own-party.ts';
import type {
  ConferenceMember,
  ConferenceMembership,
  FeedView,
  PartyView,
  Provenance,
  SessionView,
} from '../calls/store/views.ts';
import {
  type CallParty,
  hasLeft,
  isBroughtIn,
  isConference,
  isFinal,
  isInbound,
  isQueueCall,
  isRinging,
  listensIn,
  type Recording,
} from '../ringcentral/wire/session.ts';
import { lasting, momentAgo } from '../shared/moment.ts';
import { whoHearsWhom } from './conference-size.ts';
import { endingWords } from './ending-words.ts';
import { flippedTo } from './flips.ts';
import { howLong } from './how-long.ts';
import { stateOf } from './party-states.ts';
import { otherNumber, ownNumber, ownSide, presentNumber, withOtherSide } from './views.ts';

/** So many parties are listed in a line: a call from a queue can ring at dozens of agents. */
const named = 12;

/**
 * One line on a call, enough to act on: its id, and every party that is on it with id and state.
 * @param now epoch ms, for ages
 * @param alsoPartyId is listed even when it has left
 */
export function formatCallLine(call: SessionView, now: number, alsoPartyId?: string): string {
  const own = ownParty(call);
  const { members = [], memberOf } = call;
  const isMember = ({ id }: CallParty) => members.some(({ partyId }) => partyId === id);
  const others = call.parties.filter(
    (party) => party !== own && !isMember(party) && (!hasLeft(party) || party.id === alsoPartyId),
  );
  const otherPhone = flippedTo(call)?.id;
  const known = own && !isConference(call) ? otherNumber(own, call) : undefined;
  return [
    `${[call.handle, call.id].filter(Boolean).join(' ')}: ${head(call, own, others, now)}`,
    ...formatList(members, (member) => formatMember(member, now)),
    ...formatList(
      others,
      (party) =>
        formatPerson(party, now, known) + (party.id === otherPhone ? ', another phone of yours' : ''),
    ),
    memberOf && formatMembership(memberOf, now),
    whoHearsWhom(call, now),
    formatCallStaleness(call, [own, ...others], now),
  ]
    .filter(Boolean)
    .join('; ');
}

/** The beginning of a line: the other side and your own party, or that it is a conference, or not your call. */
function head(
  call: SessionView,
  own: PartyView | undefined,
  others: readonly PartyView[],
  now: number,
): string {
  const yours = own && `your party ${formatParty(own, wordsForYours(call, own, now))}${asOf(own, now)}`;
  if (isConference(call)) {
    if (call.parties.length > 0) return ['conference', yours].filter(Boolean).join(', ');
    return call.over ? 'conference' : 'conference that nobody has joined yet, its host has to dial in';
  }
  if (yours) return `${withOtherSide(own, call)}, ${yours}`;
  return `not your call${others.length > 0 ? '' : ', nobody is on it'}`;
}

/** A conference's participant: who it is, and from which call they were brought in. */
function formatMember({ partyId, state, since, telephonySessionId, people }: ConferenceMember, now: number) {
  const notes = [
    state,
    since && `since ${momentAgo(Date.parse(since), now)}`,
    telephonySessionId && `from call ${telephonySessionId}`,
  ].filter(Boolean);
  const who = people.length > 0 ? people.map((party) => formatPerson(party, now)).join(' and ') : 'somebody';
  return `conference participant ${partyId} (${notes.join(', ')}): ${who}`;
}

/** The conference that a call was brought into. */
const formatMembership = (
  { telephonySessionId, partyId, state, since }: ConferenceMembership,
  now: number,
): string =>
  `${state === 'joined' ? 'is in' : 'is joining'} conference ${telephonySessionId} as ${partyId}` +
  (since ? ` since ${momentAgo(Date.parse(since), now)}` : '');

/** The age of a party that RingCentral may know better; empty for one that is current. */
const asOf = (party: CallParty & Partial<Provenance>, now: number): string =>
  party.stale && party.asOf ? `, as of ${lasting(now - Date.parse(party.asOf))} ago` : '';

/** A note for a stale call none of whose shown parties is stale: others may have joined. Empty otherwise. */
function formatCallStaleness(
  call: SessionView,
  shown: readonly (PartyView | undefined)[],
  now: number,
): string {
  if (!call.stale || shown.some((party) => party?.stale)) return '';
  if (call.partiesAsOf === undefined) return 'who else is on it has not been read yet';
  const age = `, as of ${lasting(now - Date.parse(call.partiesAsOf))} ago`;
  // The people of a conference are on calls of their own.
  return shown[0] && !isConference(call) ? `nobody else is on it${age}` : `so it was${age}`;
}

/** `formatCallLine` with the parties that have left, the linked calls, and whether the call is over. */
export function formatCall(call: SessionView, now: number): string {
  const own = ownParty(call);
  const left = call.parties.filter((party) => party !== own && hasLeft(party) && !isBroughtIn(party));
  const links = (call.links ?? []).map(
    ({ telephonySessionId, reason }) => telephonySessionId + (reason ? ` (${reason})` : ''),
  );
  return [
    formatCallLine(call, now),
    left.length > 0 &&
      `No longer on it: ${formatList(left.toReversed(), (party) => formatPerson(party, now)).join(', ')}`,
    links.length > 0 && `Linked with ${links.join(', ')}`,
    call.over && 'The call is over',
  ]
    .filter(Boolean)
    .join('. ');
}

/** The items in words, the first twelve, and how many more there are. */
function formatList<Item>(items: readonly Item[], words: (item: Item) => string): string[] {
  const lines = items.slice(0, named).map((item) => words(item));
  return items.length > named ? [...lines, `${items.length - named} more`] : lines;
}

/**
 * A party with who it is, its extension and its state.
 * @param now epoch ms, for its age
 * @param known a number that the line has already: it is given without its name
 */
export function formatPerson(party: CallParty & Partial<Provenance>, now: number, known?: string): string {
  const number = ownNumber(party);
  const isLeg = party.conferenceRole === 'Participant';
  const who = isLeg
    ? 'a participant'
    : number !== undefined && number === known
      ? presentNumber(number)
      : ownSide(party);
  const extension = party.extensionId ? `, extension id ${party.extensionId}` : '';
  return `${who}${extension}: ${formatParty(party, wordsFor(party, now))}${asOf(party, now)}`;
}

/** What the codes of your own party mean (`wordsFor`), with what they do not say. */
function wordsForYours(call: SessionView, own: PartyView, now: number): string | undefined {
  const { means, isBeyondCode } = stateOf(call, own);
  const words = [isBeyondCode && hasLeft(own) ? undefined : wordsFor(own, now), isBeyondCode && means].filter(
    Boolean,
  );
  return words.length > 0 ? words.join(', ') : undefined;
}

/** What the codes of the platform mean, and for how long; undefined for those that are plain words. */
function wordsFor(party: CallParty & Partial<PartyView>, now: number): string | undefined {
  const { code, reason } = party.status;
  if (isBroughtIn(party)) return undefined;
  if (isRinging(party) && reason === 'CallReplied') return 'the caller hears the message';
  if (isRinging(party) && !isInbound(party)) return 'being connected';
  if (code === 'Proceeding') return `ringing${howLong(party, now)}`;
  if (code === 'Hold') return `on hold${howLong(party, now)}`;
  if (code === 'Parked') return `waiting${howLong(party, now)}`;
  return (isFinal(code) ? endingWords('theirs', reason) : undefined) ?? meanings[code];
}

const meanings: Readonly<Record<string, string>> = {
  Setup: 'not ringing yet',
  VoiceMail: 'the mailbox has answered',
  VoiceMailScreening: 'the mailbox has answered',
  Gone: 'has moved on to another call or phone',
  Disconnected: 'has left',
};

/**
 * A party's id and state, with what else is so: muted, recorded, parked, in a conference.
 * @param words the state in words, where they do not follow anyway
 */
export function formatParty(party: CallParty, words?: string): string {
  const { code, reason } = party.status;
  const notes = [
    words,
    isBroughtIn(party) && 'has joined the conference',
    listensIn(party) && 'listening in',
    party.muted && 'muted',
    party.standAlone && 'out of the conversation',
    ...(party.recordings ?? []).map((recording) => formatRecording(recording, party)),
    party.park?.id && `park code ${party.park.id}`,
    isQueueCall(party) && 'queue call',
    party.conferenceRole && `conference ${party.conferenceRole.toLowerCase()}`,
  ].filter(Boolean);
  return [`${party.id} is ${code}`, reason && `/${reason}`, notes.length > 0 && ` (${notes.join(', ')})`]
    .filter(Boolean)
    .join('');
}

/** A recording of a leg that has ended is over. */
const formatRecording = ({ id, active }: Recording, party: CallParty): string =>
  `recording ${id}${active || hasLeft(party) ? '' : ' paused or ended'}`;

/** Why the picture of calls may be wrong, and since when, as a sentence; empty while it is verified. */
export function formatStaleness({ stale, state, reason, asOf }: FeedView, now: number): string {
  if (!stale) return '';
  const age = asOf === null ? '' : ` since ${momentAgo(Date.parse(asOf), now)}`;
  // A reason beside a live feed is a sentence: events come in, and something else is missing.
  if (state === 'live') return `Not verified${age}. ${reason ?? 'The calls are being read again.'}`;
  return `Not verified${age}: the event feed is ${state}${reason ? ` (${reason})` : ''}.`;
}

/** The sentences on what could not be read, without the one that `formatStaleness` gives as the reason. */
export const formatUnread = ({ stale, reason, unread = [] }: FeedView): string =>
  unread.filter((sentence) => !stale || sentence !== reason).join(' ');
