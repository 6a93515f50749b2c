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

/** What a party is doing, in words, and the tools that make sense now: for `next` in results, and for refusals. */
interface State {
  /** The end of a sentence that begins "p-1 is Answered: ". */
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

/** Whether the party placed the call, and all others that are still on it are in one of these states. */
const othersAre =
  (codes: readonly string[]) =>
  (party: CallParty, call: SessionView | undefined): boolean => {
    const others = call?.parties.filter(({ id }) => id !== party.id).filter((other) => !hasLeft(other)) ?? [];
    return (
      !isInbound(party) && others.length > 0 && others.every(({ status }) => codes.includes(status.code))
    );
  };

/** What can be done in which state (platform.md 2.2). The first row that fits counts. */
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
/** For a call that was brought into a conference: actions belong to the conference. */
const inConference: readonly string[] = ['read_call_session_status', 'list_active_calls'];
/** The tools that make sense on other people's parties. */
const forOthers: readonly string[] = [
  'wait_for_call_event',
  'create_call_party_with_bring_in',
  'pickup_call_party',
  'delete_call_party',
];
/** The tools that only read, for where no other makes sense. */
export const lookOnlySteps: readonly string[] = ['read_call_session_status', 'wait_for_call_event'];

/** The state of a party of the call, in words. */
export const describeState = (call: SessionView | undefined, party: CallParty): string =>
  stateOf(call, party).means;

const stateOf = (call: SessionView | undefined, party: CallParty): State =>
  rows.find(({ codes, when }) => codes.includes(party.status.code) && (when?.(party, call) ?? true)) ??
  unknown;

/** Whether a person is on the other side: not only phones that ring, voicemail or fax. */
export const canTalk = (call: SessionView, party: CallParty): boolean =>
  !othersAre(ringing)(party, call) && !othersAre(machines)(party, call);

/** Names of the tools that make sense now for this party of the call; for the call where no party is given. */
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

/** Whether the party is the login's own: the own party or another leg of the same extension. */
function isOwn(call: SessionView | undefined, party: CallParty): boolean {
  const own = ownParty(call);
  return own !== undefined && (party.id === own.id || party.extensionId === own.extensionId);
}
