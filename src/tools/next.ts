import type { CallParty } from '../ringcentral/wire/session.ts';

/** What can be done with a party in a state: the one table behind `next` and behind the words of a refusal. */
interface State {
  /** "is …", for a sentence. */
  means: string;
  next: readonly string[];
}

const ringing: State = {
  means: 'ringing',
  next: ['answer_call_party', 'reject_party', 'forward_call_party', 'reply_party'],
};
const ringingFromQueue: State = {
  means: 'ringing from a call queue',
  next: ['answer_call_party', 'ignore_call_in_queue', 'forward_call_party'],
};
const dialling: State = {
  means: 'still being connected',
  next: ['wait_for_call_event', 'delete_call_session'],
};
const voicemail: State = { means: 'in voicemail', next: ['wait_for_call_event', 'list_active_calls'] };
const left: State = {
  means: 'no longer on the call',
  next: ['list_active_calls', 'read_call_session_status'],
};

const states: Readonly<Record<string, State>> = {
  Answered: {
    means: 'on the call',
    next: [
      'hold_call_party',
      'transfer_call_party',
      'start_call_recording',
      'update_call_party',
      'delete_call_session',
    ],
  },
  Hold: {
    means: 'holding the call',
    next: ['unhold_call_party', 'bridge_call_party', 'transfer_call_party', 'delete_call_session'],
  },
  Parked: { means: 'parked', next: ['pickup_call_party', 'delete_call_party'] },
  VoiceMail: voicemail,
  VoiceMailScreening: voicemail,
  FaxReceive: { means: 'receiving a fax', next: ['wait_for_call_event'] },
  Disconnected: left,
  Gone: left,
};

const unknown: State = { means: 'in a state that is not known here', next: ['read_call_session_status'] };

/** The row of the table for a party; without one (a call nobody of ours is on) only looking makes sense. */
export function stateOf(party: CallParty | undefined): State {
  if (party === undefined)
    return { means: 'not there', next: ['list_active_calls', 'read_call_session_status'] };
  const { code } = party.status;
  if (code === 'Setup' || code === 'Proceeding') {
    if (party.direction !== 'Inbound') return dialling;
    return (party.queueCall ?? party.attributes?.queueCall) ? ringingFromQueue : ringing;
  }
  return states[code] ?? unknown;
}
