import { ownParty } from '../calls/store/own-party.ts';
import { isParked, yourParkedParty } from '../calls/store/parked-party.ts';
import { isBeingRecorded } from '../calls/store/party.ts';
import type { ConferenceMember, PartyView, SessionView } from '../calls/store/views.ts';
import { hasLeft, isBroughtIn, isConference, isQueueCall, isRinging } from '../ringcentral/wire/session.ts';
import { lasting } from '../shared/moment.ts';
import { whoHearsWhom } from './conference-size.ts';
import { lastingStates, stateInShort } from './party-states.ts';
import { otherNumber, otherSide, ownNumber, ownSide, withOtherSide } from './views.ts';

/** So many people are named of one call. */
const named = 6;

/** A call as one entry of a list: enough to tell it from others and to act on it; the rest is told by reading it. */
export interface CallSummary {
  id: string;
  handle?: string;
  yourPartyId?: string;
  /** Of your own party: its status, ISO time since when where that matters and is known, and what else is so. */
  status?: string;
  since?: string;
  muted?: true;
  recording?: true;
  queueCall?: true;
  /** ISO time as of when this is known, where that is not now. */
  asOf?: string;
  direction?: string;
  /** The other side of your own party. */
  with?: string;
  conference?: true;
  members?: { partyId: string; state: string; telephonySessionId?: string; people: string[] }[];
  /** The conference that it was brought into. */
  memberOf?: string;
  /** Everybody else on it. Ids only where a tool needs one. */
  others?: {
    who?: string;
    status: string;
    since?: string;
    partyId?: string;
    parkCode?: string;
    asOf?: string;
  }[];
  stale?: true;
}

/** The call as one entry of a list. */
export function summarizeCall(call: SessionView): CallSummary {
  const own = ownParty(call);
  const inConference = isConference(call);
  const others = othersOn(call, own);
  const far = farNumber(call, own);
  return {
    id: call.id,
    ...(call.handle !== undefined && { handle: call.handle }),
    ...(call.yourPartyId !== undefined && { yourPartyId: call.yourPartyId }),
    ...(own && {
      status: own.status.code,
      ...sinceWhereItMatters(own),
      ...(own.muted && { muted: true }),
      ...(isBeingRecorded(own.recordings) && { recording: true }),
      ...(isQueueCall(own) && { queueCall: true }),
      ...(own.stale && { asOf: own.asOf }),
      ...(!inConference && { direction: own.direction, with: otherSide(own, call) }),
    }),
    ...(inConference && {
      conference: true,
      members: (call.members ?? []).slice(0, named).map(summarizeMember),
    }),
    ...(call.memberOf && { memberOf: call.memberOf.telephonySessionId }),
    ...(others.length > 0 && { others: others.slice(0, named).map((party) => summarizeOther(party, far)) }),
    ...(call.stale && { stale: true }),
  };
}

/**
 * The same in one line, which begins with handle and id.
 * @param now epoch ms, for ages
 */
export function formatCallSummary(call: SessionView, now: number): string {
  const own = ownParty(call);
  // Of the leg that you wait in your own says so.
  const others = othersOn(call, own).filter((party) => party !== yourParkedParty(call));
  const far = farNumber(call, own);
  const { muted, recording, queueCall, asOf, conference, members = [], memberOf } = summarizeCall(call);
  const state = [
    own && stateInShort(call, own, now),
    ...[muted && 'muted', recording && 'recording', queueCall && 'queue call'],
    ago(asOf, now),
  ];
  const people = members.map(
    ({ partyId, state: joined, people }) => `${list(people)} (${partyId}, ${joined})`,
  );
  const begin = conference
    ? `conference${people.length > 0 ? ` with ${list(people)}` : ' that nobody else has joined yet'}`
    : own
      ? withOtherSide(own, call)
      : 'not your call';
  const more = others.length > named ? [`${others.length - named} more`] : [];
  return [
    `${[call.handle, call.id].filter(Boolean).join(' ')}: ${[begin, ...state].filter(Boolean).join(', ')}`,
    ...others.slice(0, named).map((party) => formatOther(call, party, far, now)),
    ...more,
    memberOf && `in conference ${memberOf}`,
    whoHearsWhom(call, now),
    formatStale(call, [own, ...others], now),
  ]
    .filter(Boolean)
    .join('; ');
}

/**
 * Of a stale call none of whose shown parties is: who it is that may have left since, or that others may have come.
 */
function formatStale(call: SessionView, shown: readonly (PartyView | undefined)[], now: number): string {
  if (!call.stale || shown.some((party) => party?.stale)) return '';
  const own = ownParty(call);
  const far = farNumber(call, own);
  const unseen = call.parties.find((party) => party.stale && isPlainCaller(party, own, far));
  if (unseen) return `the caller was there ${ago(unseen.asOf, now)}`;
  if (call.partiesAsOf === undefined) return 'who else is on it has not been read yet';
  // The people of a conference are on calls of their own.
  return `${isConference(call) ? 'so it was' : 'nobody else is on it'}, ${ago(call.partiesAsOf, now)}`;
}

/** Those on it beside you and the people of a conference. */
function othersOn(call: SessionView, own: PartyView | undefined): PartyView[] {
  const far = farNumber(call, own);
  const members = new Set((call.members ?? []).map(({ partyId }) => partyId));
  return call.parties.filter(
    (party) =>
      party !== own &&
      !members.has(party.id) &&
      !hasLeft(party) &&
      !isBroughtIn(party) &&
      !isPlainCaller(party, own, far),
  );
}

function summarizeMember({ partyId, state, telephonySessionId, people }: ConferenceMember) {
  return {
    ...{ partyId, state },
    ...(telephonySessionId !== undefined && { telephonySessionId }),
    people: people.map(ownSide),
  };
}

/** The number of the other side of your party. */
const farNumber = (call: SessionView, own: PartyView | undefined): string | undefined =>
  own && otherNumber(own, call);

/** Whether this is the other side of your party, which is named already. */
const isFarEnd = (party: PartyView, far: string | undefined): boolean =>
  far !== undefined && ownNumber(party) === far;

/**
 * Whether it is the caller of your call, of whom nothing is to be told: connected with you, or waiting while it
 * rings, which the platform calls Answered, too.
 */
const isPlainCaller = (party: PartyView, own: PartyView | undefined, far: string | undefined): boolean =>
  isFarEnd(party, far) &&
  own?.direction === 'Inbound' &&
  party.status.code === 'Answered' &&
  (!party.stale || isRinging(own));

const sinceWhereItMatters = ({ since, status }: PartyView) =>
  since !== undefined && lastingStates.has(status.code) && { since };

function summarizeOther(party: PartyView, far: string | undefined) {
  return {
    ...(!isFarEnd(party, far) && { who: ownSide(party) }),
    status: party.status.code,
    ...sinceWhereItMatters(party),
    ...(isParked(party) && { partyId: party.id }),
    ...(party.park?.id && { parkCode: party.park.id }),
    ...(party.stale && { asOf: party.asOf }),
  };
}

function formatOther(call: SessionView, party: PartyView, far: string | undefined, now: number): string {
  const { who = 'other side', partyId, parkCode, asOf } = summarizeOther(party, far);
  return [
    `${who} ${stateInShort(call, party, now)}`,
    partyId && ` as ${partyId}`,
    parkCode && ` under ${parkCode}`,
    asOf && `, ${ago(asOf, now)}`,
  ]
    .filter(Boolean)
    .join('');
}

const ago = (asOf: string | undefined, now: number) => asOf && `as of ${lasting(now - Date.parse(asOf))} ago`;

const list = (words: readonly string[]): string => words.join(' and ') || 'somebody';
