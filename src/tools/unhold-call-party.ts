import { areAllYours } from '../presentation/party-states.ts';
import { whyUnheard } from '../presentation/unheard.ts';
import { isConference } from '../ringcentral/wire/session.ts';
import { defineAction } from './runtime/define-action.ts';
import { ownPartyId, telephonySessionId } from './runtime/parameters.ts';

export const unholdCallParty = defineAction({
  name: 'unhold_call_party',
  title: 'Take off hold',
  description:
    'Take a call off hold: you and the other side hear each other again. Works in Hold. A hold pressed on the' +
    ' phone itself is separate. For a parked call use pickup_call_party.',
  input: { telephonySessionId, partyId: ownPartyId },
  risk: 'reversible',
  idempotent: true,
  party: 'own',
  worksIn: ['Hold'],
  effect: {
    does: 'take the call{withThem} off hold',
    heard: 'You and the other side hear each other again, unless you are muted or out of the conversation.',
    undo: 'Can be undone: it can be put on hold again.',
  },
  proof: 'answer',
  shows: ({ party }) => party?.status.code === 'Answered',
  awaits: 'the call is off hold (a hold made at the phone ends only at the phone)',
  done(_args, onYou, { call, party }) {
    const are = onYou ? 'You are' : '{party} is';
    if (party?.standAlone)
      return `Off hold. ${are} out of the conversation still: the others neither hear nor are heard there.`;
    if (call && areAllYours(call)) return 'Off hold: nobody else is on this call.';
    const unheard = onYou ? whyUnheard(call) : undefined;
    if (unheard !== undefined) return `Off hold, but ${unheard}.`;
    return call && isConference(call)
      ? `${are} back in the conference.`
      : `${onYou ? 'You' : '{party}'} and {them} hear each other again.`;
  },
});
