import { areAllYours, areYouOnHold } from '../presentation/party-states.ts';
import { isConference } from '../ringcentral/wire/session.ts';
import { defineAction } from './runtime/define-action.ts';
import { ownPartyId, telephonySessionId } from './runtime/parameters.ts';

export const holdCallParty = defineAction({
  name: 'hold_call_party',
  title: 'Hold',
  description:
    'Hold: the other side hears music, not you. Works in Answered, not while the other side rings. Undo with ' +
    'unhold_call_party. To be silent but keep listening use update_call_party, for a colleague to take over ' +
    'call_park_party.',
  input: { telephonySessionId, partyId: ownPartyId },
  risk: 'reversible',
  idempotent: true,
  party: 'own',
  worksIn: ['Answered'],
  effect: {
    does: 'put the call{withThem} on hold',
    heard: 'The other side hears hold music; those in a conference hear each other, without you.',
    undo: 'Can be undone: it can be taken off hold.',
  },
  proof: 'answer',
  shows: ({ party }) => party?.status.code === 'Hold',
  awaits: 'the call is on hold',
  done(_args, onYou, { call, party }) {
    if (call && isConference(call))
      return `On hold: ${onYou ? 'you are' : '{party} is'} out of the conference meanwhile; the others hear each other as before.`;
    if (call && areAllYours(call)) return 'On hold: nobody else is on this call.';
    return party && areYouOnHold(party, call)
      ? 'On hold, and {them} has you on hold, too: you hear each other once both are off hold.'
      : `On hold: {them} hears music${onYou ? ', not you' : ''}.`;
  },
});
