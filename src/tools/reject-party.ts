import { ringsElsewhere } from '../calls/store/own-party.ts';
import { hasLeft } from '../ringcentral/wire/session.ts';
import { defineAction } from './runtime/define-action.ts';
import { ownPartyId, telephonySessionId } from './runtime/parameters.ts';

export const rejectParty = defineAction({
  name: 'reject_party',
  title: 'Reject a ringing call',
  description:
    'Stop a call from ringing for you: the caller hears ringing until another device or voicemail takes it. ' +
    'Works in Setup, Proceeding. For queue calls use ignore_call_in_queue, to send it on forward_call_party, ' +
    'to say something reply_party.',
  input: { telephonySessionId, partyId: ownPartyId },
  risk: 'redirect',
  idempotent: true,
  party: 'own',
  worksIn: ['Setup', 'Proceeding'],
  effect: {
    does: 'stop the call from {them} from ringing for you',
    heard: 'The caller hears ringing until another device or voicemail takes the call.',
    undo: 'Cannot be undone: it no longer rings for you.',
  },
  proof: 'event',
  shows: ({ party }) => party !== undefined && (hasLeft(party) || party.status.code.startsWith('VoiceMail')),
  awaits: 'it has stopped ringing at every phone of yours: it stops one at a time',
  done: (_args, onYou, { call, party }) =>
    onYou && ringsElsewhere(call, party)
      ? 'The call no longer rings at that phone; it rings on at another one of yours.'
      : `The call no longer rings ${onYou ? 'for you' : 'there'}; the caller goes on to another device or voicemail.`,
});
