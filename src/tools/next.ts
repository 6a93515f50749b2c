import type { SessionView } from '../calls/view.ts';
import type { CallParty } from '../ringcentral/wire/session.ts';

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
  when?: (party: CallParty) => boolean;
}

const ringing = ['Setup', 'Proceeding'];
const live = [...ringing, 'Answered', 'Hold'];
const isInbound = ({ direction }: CallParty) => direction === 'Inbound';
const isFromQueue = ({ queueCall, attributes }: CallParty) => (queueCall ?? attributes?.queueCall) === true;

/** The first row that fits counts. */
const rows: readonly Row[] = [
  {
    codes: ringing,
    when: ({ status }) => status.reason === 'CallReplied',
    means: 'the caller hears your message',
    next: ['wait_for_call_event'],
  },
  {
    codes: live,
    when: ({ conferenceRole }) => conferenceRole === 'Participant',
    means: 'in the conference',
    next: ['wait_for_call_event', 'delete_call_party'],
  },
  {
    codes: ringing,
    when: (party) => isInbound(party) && isFromQueue(party),
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
/** Other people's parties are only looked at, unless a tool is made for them. */
const others: readonly string[] = ['pickup_call_party', 'delete_call_party'];
const looking: readonly string[] = ['read_call_session_status', 'wait_for_call_event'];

/** The state of a party, in words. */
export const meaningOf = (party: CallParty): string => stateOf(party).means;

const stateOf = (party: CallParty): State =>
  rows.find(({ codes, when }) => codes.includes(party.status.code) && (when?.(party) ?? true)) ?? unknown;

/** Names of the tools that make sense now for this party of the call. */
export function nextFor(call: SessionView | undefined, party: CallParty | undefined): readonly string[] {
  if (party === undefined) {
    return call?.origin?.type === 'Conference' && !call.over
      ? emptyConference.next
      : ['list_active_calls', 'read_call_session_status'];
  }
  const { next } = stateOf(party);
  if (isOwn(call, party)) return next;
  const offered = next.filter((name) => others.includes(name));
  return offered.length > 0 ? offered : looking;
}

function isOwn(call: SessionView | undefined, party: CallParty): boolean {
  const own = call?.parties.find(({ id }) => id === call.yourPartyId);
  return own !== undefined && (party.id === own.id || party.extensionId === own.extensionId);
}
