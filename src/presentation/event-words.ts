import { isOwn } from '../calls/store/own-party.ts';
import type { HistoryEntry, SessionView } from '../calls/store/views.ts';
import { type CallParty, isFinal, listensIn } from '../ringcentral/wire/session.ts';
import { clean } from '../shared/untrusted.ts';
import { endingWords } from './ending-words.ts';
import { flippedTo } from './flips.ts';
import { machines, ringing } from './party-states.ts';
import { isYou, nameOf } from './person-names.ts';
import { otherSide } from './views.ts';

/** What happened, with the call as it is known now and the party's event before this one. */
export interface Happened {
  entry: HistoryEntry;
  call: SessionView | undefined;
  before: HistoryEntry | undefined;
}

/** What happened to a party, as a sentence without its end: "Bob Brown is ringing". */
export function happened({ entry, call, before }: Happened): string {
  const party = call?.parties.find(({ id }) => id === entry.partyId);
  if (party === undefined) return codes(entry);
  const you = call !== undefined && isYou(call, party);
  if (before && before.status === entry.status && before.reason === entry.reason)
    return sameState(entry, before, nameOf(party, call), you);
  const words = you ? yours(entry, party, call, before) : theirs(entry, party, call, before);
  return [words, entry.muted && 'muted', entry.recording && 'recorded'].filter(Boolean).join(', ');
}

/** What happened to your own leg. */
function yours(
  { status, reason, joined, direction }: HistoryEntry,
  party: CallParty,
  call: SessionView | undefined,
  before: HistoryEntry | undefined,
): string {
  const isCalled = direction === 'Inbound';
  // After a flip your party is the new leg, which was the other phone as it rang.
  const hasFlipped = call?.parties.some(
    (one) => one !== party && isOwn(call, one) && one.status.reason === 'CallFlip',
  );
  const isOther = hasFlipped || (party.id !== call?.yourPartyId && !isFinal(status));
  if (joined) return 'your call has joined the conference';
  if (ringing.includes(status)) {
    if (reason === 'CallReplied') return 'the caller hears your message';
    if (isOther) return `another phone of yours ${status === 'Setup' ? 'is about to ring' : 'is ringing'}`;
    if (!isCalled) return 'your phone is being connected';
    return `your phone ${status === 'Setup' ? 'is about to ring' : 'is ringing'}: ${otherSide(party)} is calling`;
  }
  if (status === 'Answered') {
    if (before?.status === 'Hold') return listensIn(party) ? listening : 'you have taken the call off hold';
    return answers[reason ?? ''] ?? (isCalled ? 'you have answered' : 'you are on the line');
  }
  if (status === 'Hold')
    return listensIn(party)
      ? 'the phone you listen with holds: the others talk on'
      : 'you have put the call on hold';
  if (status === 'Parked') return 'the other side has parked you';
  if (machines.includes(status)) return `your voicemail took the call${unanswered(before)}`;
  if (isFinal(status)) {
    const stopped = before && ringing.includes(before.status) ? 'it no longer rings here' : undefined;
    return endingWords('yours', reason) ?? stopped ?? 'you are off the call';
  }
  return `you: ${codes({ status, reason })}`;
}

const listening = 'you are listening in';
const answers: Readonly<Record<string, string>> = {
  Supervising: listening,
  Pickup: 'you have picked up the call',
};

/** What happened to the leg of somebody else. */
function theirs(
  { status, reason, joined, direction }: HistoryEntry,
  party: CallParty,
  call: SessionView | undefined,
  before: HistoryEntry | undefined,
): string {
  const who = nameOf(party, call);
  if (party === flippedTo(call)) {
    if (ringing.includes(status)) return `another phone of yours, ${who}, is ringing`;
    if (status === 'Answered') return `you have answered on ${who}, another phone of yours`;
  }
  if (joined) return `${who} has joined the conference`;
  if (party.conferenceRole === 'Participant' && ringing.includes(status))
    return `${who} is being brought into the conference`;
  if (ringing.includes(status)) {
    if (direction !== 'Inbound') return `${who} is calling`;
    return `${who} ${status === 'Setup' ? 'is being called' : 'is ringing'}`;
  }
  if (status === 'Answered') {
    if (listensIn(party)) return `${who} is listening in`;
    if (before?.status === 'Hold') return `${who} has taken the call off hold`;
    return direction === 'Inbound' ? `${who} has answered` : `${who} is on the line`;
  }
  if (status === 'Hold')
    return listensIn(party)
      ? `${who} listens in, and has put that on hold`
      : `${who} has put the call on hold`;
  if (status === 'Parked') return `${who} is parked${party.park?.id ? ` under ${party.park.id}` : ''}`;
  if (machines.includes(status)) return tookByMachine(party, call, before);
  if (isFinal(status)) {
    if (reason === 'AttendedTransfer') return `${who} was connected with the people of another call`;
    if (reason === 'Pickup') return `${who} was picked up`;
    if (before && direction === 'Inbound' && ringing.includes(before.status)) return `${who} no longer rings`;
    return `${who} is off this call`;
  }
  return `${who}: ${codes({ status, reason })}`;
}

/** "Carol's voicemail took the call (no answer)": that nobody answered, where it is known. */
export function tookByMachine(
  party: CallParty,
  call: SessionView | undefined,
  before?: HistoryEntry,
): string {
  if (party.status.code === 'FaxReceive') return `${nameOf(party, call)}: a fax machine took the call`;
  const youCalled = call?.parties.some((one) => isOwn(call, one) && one.direction === 'Outbound') === true;
  const noAnswer = youCalled ? ' (no answer)' : unanswered(before);
  return `${nameOf(party, call)}'s voicemail took the call${noAnswer}`;
}

const unanswered = (before: HistoryEntry | undefined): string =>
  before && ringing.includes(before.status) ? ' (no answer)' : '';

/** What is different where the state is the same. */
function sameState(entry: HistoryEntry, before: HistoryEntry, who: string, you: boolean): string {
  const are = you ? 'you are' : `${who} is`;
  const changes = [
    (entry.muted ?? false) !== (before.muted ?? false) && `${are} ${entry.muted ? '' : 'no longer '}muted`,
    (entry.recording ?? false) !== (before.recording ?? false) &&
      (entry.recording ? 'the call is being recorded' : 'the recording is paused or has ended'),
  ].filter(Boolean);
  return changes.length > 0 ? changes.join(', ') : `${are} as before`;
}

const codes = ({ status, reason }: Pick<HistoryEntry, 'status' | 'reason'>): string =>
  [status, reason].flatMap((code) => (code === undefined ? [] : [clean(code)])).join('/');
