import { ownParty } from '../calls/store/own-party.ts';
import type { SessionView } from '../calls/store/views.ts';
import {
  type CallParty,
  hasLeft,
  hasRecording,
  isBroughtIn,
  isConference,
  isQueueCall,
} from '../ringcentral/wire/session.ts';

/** What a party is doing and what can be done with it now: behind `next`, and behind the words of a refusal. */
interface State {
  /** Goes on from "p-1 is Answered: …". */
  means: string;
  next: readonly string[];
}

interface Row extends State {
  /** Party status codes. */
  codes: readonly string[];
  /** What else must hold. */
  when?: (party: CallParty, call: SessionView | undefined) => boolean;
}

const ringing = ['Setup', 'Proceeding'];
const machines = ['VoiceMail', 'VoiceMailScreening', 'FaxReceive'];
const live = [...ringing, 'Answered', 'Hold'];
const isInbound = ({ direction }: CallParty) => direction === 'Inbound';

/** You called, and all that there is on the other side is in one of these states. */
const othersAre =
  (codes: readonly string[]) =>
  (party: CallParty, call: SessionView | undefined): boolean => {
    const others = call?.parties.filter(({ id }) => id !== party.id).filter((other) => !hasLeft(other)) ?? [];
    return (
      !isInbound(party) && others.length > 0 && others.every(({ status }) => codes.includes(status.code))
    );
  };

/** The first row that fits counts. */
const rows: readonly Row[] = [
  {
    codes: ringing,
    when: ({ status }) => status.reason === 'CallReplied',
    means: 'the caller hears your message',
    next: ['wait_for_call_event'],
  },
  {
    codes: [...live, 'Gone'],
    when: (party) => (hasLeft(party) ? isBroughtIn(party) : party.conferenceRole === 'Participant'),
    means: 'in the conference',
    next: ['wait_for_call_event', 'create_call_party_with_bring_in', 'delete_call_party'],
  },
  {
    codes: ringing,
    when: (party) => isInbound(party) && isQueueCall(party),
    means: 'ringing from a call queue',
    next: ['answer_call_party', 'ignore_call_in_queue', 'forward_call_party'],
  },
  {
    codes: ringing,
    when: isInbound,
    means: 'ringing',
    next: ['answer_call_party', 'reject_party', 'forward_call_party', 'reply_party'],
  },
  { codes: ringing, means: 'still being connected', next: ['wait_for_call_event', 'delete_call_session'] },
  {
    codes: ['Answered'],
    when: ({ status }) => status.reason === 'Supervising',
    means: 'listening in',
    next: ['wait_for_call_event', 'delete_call_party'],
  },
  {
    codes: ['Answered'],
    when: ({ conferenceRole }) => conferenceRole === 'Host',
    means: 'hosting the conference',
    next: [
      'create_call_party_with_bring_in',
      'update_call_party',
      'delete_call_party',
      'delete_call_session',
    ],
  },
  {
    codes: ['Answered'],
    when: othersAre(ringing),
    means: 'on the line, but the other side still rings',
    next: ['wait_for_call_event', 'delete_call_session'],
  },
  {
    codes: ['Answered'],
    when: othersAre(machines),
    means: 'on the line with a machine: nobody has answered',
    next: ['delete_call_session', 'update_call_party'],
  },
  {
    codes: ['Answered'],
    when: hasRecording,
    means: 'on the call, which has a recording',
    next: [
      'hold_call_party',
      'transfer_call_party',
      'pause_resume_call_recording',
      'update_call_party',
      'delete_call_session',
    ],
  },
  {
    codes: ['Answered'],
    means: 'on the call',
    next: [
      'hold_call_party',
      'transfer_call_party',
      'start_call_recording',
      'update_call_party',
      'delete_call_session',
    ],
  },
  {
    codes: ['Hold'],
    means: 'holding the call',
    next: ['unhold_call_party', 'bridge_call_party', 'transfer_call_party', 'delete_call_session'],
  },
  { codes: ['Parked'], means: 'parked', next: ['pickup_call_party', 'delete_call_party'] },
  {
    codes: ['VoiceMail', 'VoiceMailScreening'],
    means: 'in voicemail',
    next: ['wait_for_call_event', 'list_active_calls'],
  },
  { codes: ['FaxReceive'], means: 'receiving a fax', next: ['wait_for_call_event'] },
  {
    codes: ['Disconnected', 'Gone'],
    means: 'no longer on the call',
    next: ['list_active_calls', 'read_call_session_status'],
  },
];

const unknown: State = { means: 'a state not known here', next: ['read_call_session_status'] };
const emptyConference: State = {
  means: 'waiting for its host',
  next: ['wait_for_call_event', 'create_call_party_with_bring_in', 'delete_call_session'],
};
/** Whose people are in a conference: what can be done is done there. */
const inConference: readonly string[] = ['read_call_session_status', 'list_active_calls'];
/** Other people's parties are only looked at, unless a tool is made for them. */
const forOthers: readonly string[] = [
  'wait_for_call_event',
  'create_call_party_with_bring_in',
  'pickup_call_party',
  'delete_call_party',
];
export const lookOnlySteps: readonly string[] = ['read_call_session_status', 'wait_for_call_event'];

/** The state of a party of the call, in words. */
export const describeState = (call: SessionView | undefined, party: CallParty): string =>
  stateOf(call, party).means;

const stateOf = (call: SessionView | undefined, party: CallParty): State =>
  rows.find(({ codes, when }) => codes.includes(party.status.code) && (when?.(party, call) ?? true)) ??
  unknown;

/** Somebody is on the other side, neither ringing nor a machine. */
export const canTalk = (call: SessionView, party: CallParty): boolean =>
  !othersAre(ringing)(party, call) && !othersAre(machines)(party, call);

/** Names of the tools that make sense now for this party of the call. */
export function nextStepsFor(call: SessionView | undefined, party: CallParty | undefined): readonly string[] {
  if (party === undefined) {
    return call && isConference(call) && !call.over
      ? emptyConference.next
      : ['list_active_calls', 'read_call_session_status'];
  }
  if (call?.memberOf?.state === 'joined' && hasLeft(party)) return inConference;
  const { next } = stateOf(call, party);
  if (isOwn(call, party)) return next;
  const offered = next.filter((name) => forOthers.includes(name));
  return offered.length > 0 ? offered : lookOnlySteps;
}

function isOwn(call: SessionView | undefined, party: CallParty): boolean {
  const own = ownParty(call);
  return own !== undefined && (party.id === own.id || party.extensionId === own.extensionId);
}
