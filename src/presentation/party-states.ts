import { isOwn } from '../calls/store/own-party.ts';
import { yourParkedParty } from '../calls/store/parked-party.ts';
import type { CallOutline, CallShape, PartyView, SessionView } from '../calls/store/views.ts';
import {
  type CallParty,
  hasLeft,
  hasRecording,
  isBroughtIn,
  isConference,
  isInbound,
  isQueueCall,
  isRinging,
  listensIn,
} from '../ringcentral/wire/session.ts';
import { successorsOf } from './far-ends.ts';
import { flippedTo, hasFlipped } from './flips.ts';
import { howLong } from './how-long.ts';
import {
  answer,
  answered,
  backFromHold,
  callColleague,
  callForConference,
  changes,
  consult,
  endUnanswered,
  flip,
  forward,
  hangUp,
  hold,
  mute,
  type Offer,
  offHold,
  ofParty,
  park,
  pauseOrResume,
  pickedUp,
  pickup,
  placeCall,
  read,
  record,
  reject,
  rejoin,
  taken,
  takenThere,
  transfer,
  unhold,
  until,
} from './next-step-offers.ts';

export const ringing = ['Setup', 'Proceeding'];
export const machines = ['VoiceMail', 'VoiceMailScreening', 'FaxReceive'];
export const live = [...ringing, 'Answered', 'Hold'];
const ended = ['Disconnected', 'Gone'];

/** Whether somebody is still to take the call that this party has left: it was sent on, or rings elsewhere. */
function isOnItsWay({ status }: CallParty, call: SessionView | undefined): boolean {
  const others = call?.parties.filter((other) => !hasLeft(other)) ?? [];
  const called = others.filter(isInbound);
  if (!called.every(isRinging)) return false;
  return called.length > 0 || status.reason === 'BlindTransfer' || status.reason === 'Rejected';
}

/**
 * Whether all others that are still on a call which the party placed are in one of these states; on one that came to it,
 * all to whom the caller has sent it on.
 */
const othersAre =
  (codes: readonly string[]) =>
  (party: CallParty, call: Pick<CallOutline, 'parties'> | undefined): boolean => {
    const others = isInbound(party)
      ? successorsOf(call, party)
      : (call?.parties.filter((other) => other.id !== party.id && !hasLeft(other)) ?? []);
    return others.length > 0 && others.every(({ status }) => codes.includes(status.code));
  };
export const areRinging = othersAre(ringing);
export const areMachines = othersAre(machines);

/** Whether all others on the call hold it, so that whoever has this leg hears music. */
export function areHolding(party: CallParty, call: CallShape | undefined): boolean {
  if (call === undefined || isConference(call)) return false;
  const others = call.parties.filter((one) => one.id !== party.id && !hasLeft(one) && !listensIn(one));
  return others.length > 0 && others.every(({ status }) => status.code === 'Hold');
}

/** Whether the party is your own, and the other side has you on hold. */
export const areYouOnHold = (party: CallParty, call: CallShape | undefined): boolean =>
  party.id === call?.yourPartyId && areHolding(party, call);

/** Whether you wait to be picked up, in this party or in one that the other side has sent you to. */
function isYouParked(party: CallParty, call: SessionView | undefined): boolean {
  const parked = yourParkedParty(call);
  return call !== undefined && parked !== undefined && (party.id === parked.id || isOwn(call, party));
}

/** Whether all who are on the call are phones of yours. A view of which nobody else was read yet is none. */
export function areAllYours(call: CallShape & Partial<Pick<SessionView, 'stale' | 'partiesAsOf'>>): boolean {
  const isRead = !call.stale || call.partiesAsOf !== undefined;
  const there = call.parties.filter((party) => !hasLeft(party));
  const areOwn = there.every((party) => isOwn(call, party) && !isRinging(party));
  return isRead && !isConference(call) && there.length > 1 && areOwn;
}

/** What a party is doing, in words, and what makes sense now: for `next` in results, and for refusals. */
export interface State {
  /** The end of a sentence that begins "p-1 is Answered: ". */
  means: string;
  /** `means` where what else is so is told beside it. */
  short?: string;
  /** The platform's code does not say it, so the words are told beside it. */
  isBeyondCode?: true;
  next: readonly Offer[];
}

export interface Row extends State {
  /** Party status codes. */
  codes: readonly string[];
  /** What else must hold. */
  when?: (party: CallParty, call: SessionView | undefined) => boolean;
}

/** What can be done in which state (platform.md 2.2). The first row that fits counts. */
export const rows: readonly Row[] = [
  {
    codes: ['Answered', 'Hold', 'Parked'],
    when: isYouParked,
    means: 'parked by the other side: you hear music until somebody picks you up',
    short: 'parked by the other side: you hear music',
    isBeyondCode: true,
    next: [pickedUp, hangUp],
  },
  {
    codes: ['Answered', 'Hold'],
    when: (_party, call) => call !== undefined && areAllYours(call),
    means: 'on the line with another phone of yours: nobody else is on it',
    isBeyondCode: true,
    next: [hangUp],
  },
  {
    codes: ['Hold'],
    when: (party, call) => party.id === call?.yourPartyId && flippedTo(call) !== undefined,
    means: 'waiting for another phone of yours, which rings',
    isBeyondCode: true,
    next: [takenThere, { ...unhold, why: 'you and {them} talk again here' }],
  },
  {
    codes: ringing,
    when: (party, call) => party.id === flippedTo(call)?.id,
    means: 'another phone of yours, ringing',
    next: [takenThere],
  },
  {
    codes: ['Answered', 'Hold'],
    when: (party, call) => party.id === flippedTo(call)?.id,
    means: 'another phone of yours, on the call',
    next: [changes],
  },
  {
    codes: ended,
    when: (party, call) => party.id === call?.yourPartyId && hasFlipped(call),
    means: 'on another phone of yours, which this server does not control',
    isBeyondCode: true,
    next: [changes],
  },
  {
    codes: ringing,
    when: ({ status }) => status.reason === 'CallReplied',
    means: 'the caller hears your message',
    next: [changes],
  },
  {
    codes: [...live, 'Gone'],
    when: (party) => (hasLeft(party) ? isBroughtIn(party) : party.conferenceRole === 'Participant'),
    means: 'in the conference',
    next: [changes],
  },
  {
    codes: ringing,
    when: (party) => isInbound(party) && isQueueCall(party),
    means: 'ringing from a call queue',
    short: 'ringing',
    next: [answer, { tool: 'ignore_call_in_queue', why: 'the queue offers it to the next agent' }, forward],
  },
  {
    codes: ringing,
    when: isInbound,
    means: 'ringing',
    next: [answer, forward, reject],
  },
  { codes: ringing, means: 'still being connected', next: [answered, endUnanswered] },
  {
    // Whatever it holds, the others hear each other.
    codes: ['Answered', 'Hold'],
    when: listensIn,
    means: 'listening in',
    next: [changes, { tool: 'delete_call_party', why: 'stops listening', with: ofParty }],
  },
  {
    codes: ['Answered'],
    when: ({ conferenceRole, standAlone }) => conferenceRole === 'Host' && standAlone === true,
    means: 'hosting the conference, and out of the conversation',
    next: [rejoin, callForConference],
  },
  {
    codes: ['Hold'],
    when: ({ conferenceRole, standAlone }) => conferenceRole === 'Host' && standAlone === true,
    means: 'hosting the conference, on hold and out of the conversation',
    next: backFromHold,
  },
  {
    codes: ['Answered'],
    when: ({ conferenceRole }) => conferenceRole === 'Host',
    means: 'hosting the conference',
    next: [callForConference, mute],
  },
  {
    codes: ['Hold'],
    when: ({ conferenceRole }) => conferenceRole === 'Host',
    means: 'hosting the conference, and out of it on hold',
    next: [{ ...unhold, why: 'you are in the conference again' }],
  },
  {
    codes: ['Answered'],
    when: areRinging,
    means: 'on the line, but the other side still rings',
    short: 'on the line',
    next: [answered, endUnanswered],
  },
  {
    codes: ['Answered'],
    when: areMachines,
    means: 'on the line with a machine: nobody has answered',
    short: 'on the line',
    next: [{ tool: 'delete_call_session', why: 'ends it: {them} did not answer' }],
  },
  {
    codes: ['Answered'],
    when: ({ standAlone }) => standAlone === true,
    means: 'out of the conversation: the others neither hear nor are heard there',
    short: 'out of the conversation',
    next: [rejoin, hold, transfer],
  },
  {
    codes: ['Answered'],
    when: areYouOnHold,
    means: 'on the line, and the other side has you on hold',
    short: 'on the line',
    next: [
      offHold,
      placeCall,
      { ...hold, why: '{them} hears music, not you, after taking you off hold' },
      transfer,
    ],
  },
  {
    codes: ['Answered'],
    when: hasRecording,
    means: 'on the call',
    next: [pauseOrResume, hold, transfer, park, flip, mute],
  },
  { codes: ['Answered'], means: 'on the call', next: [hold, transfer, consult, park, flip, record, mute] },
  {
    codes: ['Hold'],
    when: ({ standAlone }) => standAlone === true,
    means: 'holding the call, and out of the conversation',
    next: [...backFromHold, transfer],
  },
  {
    codes: ['Hold'],
    when: areYouOnHold,
    means: 'holding the call, and the other side has you on hold, too',
    short: 'holding the call',
    next: [callColleague, { ...unhold, why: 'ends your hold; {them} has you on hold still' }, transfer],
  },
  { codes: ['Hold'], means: 'holding the call', next: [callColleague, unhold, transfer] },
  { codes: ['Parked'], means: 'parked', next: [pickup, changes] },
  { codes: ['VoiceMail', 'VoiceMailScreening'], means: 'in voicemail', next: [changes] },
  { codes: ['FaxReceive'], means: 'receiving a fax', next: [changes] },
  { codes: ended, when: isOnItsWay, means: 'no longer on the call', next: [taken] },
  { codes: ended, means: 'no longer on the call', next: [changes] },
];

export const unknown: State = { means: 'a state not known here', next: [read] };
export const emptyConference: readonly Offer[] = [
  { tool: 'wait_for_call_event', why: 'tells when your phone has joined as host', with: until('Answered') },
];
/** For a call that was brought into a conference: actions belong to the conference. */
export const inConference: readonly Offer[] = [
  {
    tool: 'read_call_session_status',
    why: 'shows the conference that it is in',
    with: ({ call }) => call.memberOf && { telephonySessionId: call.memberOf.telephonySessionId },
  },
];
/** The tools that make sense on other people's parties. */
export const forOthers: ReadonlySet<string> = new Set(['wait_for_call_event', 'pickup_call_party']);

/** The state of a party of the call, in words. */
export const describeState = (call: SessionView | undefined, party: CallParty): string =>
  stateOf(call, party).means;

/** The same in short, as others are told of beside it, and for how long where that matters and is known. */
export function stateInShort(call: SessionView | undefined, party: PartyView, now: number): string {
  const { means, short = means } = stateOf(call, party);
  const { code, reason } = party.status;
  if (code === 'Setup' && isInbound(party) && reason === undefined) return 'being called';
  const matters = lastingStates.has(code) && reason !== 'CallReplied';
  return short + (matters ? howLong(party, now) : '');
}

/** States of which it matters how long they last: somebody waits. */
export const lastingStates: ReadonlySet<string> = new Set(['Proceeding', 'Hold', 'Parked']);

export const stateOf = (call: SessionView | undefined, party: CallParty): State =>
  rows.find(({ codes, when }) => codes.includes(party.status.code) && (when?.(party, call) ?? true)) ??
  unknown;

/** Whether a person is on the other side: not only phones that ring, voicemail or fax. */
export const canTalk = (call: SessionView, party: CallParty): boolean =>
  !areRinging(party, call) && !areMachines(party, call);
