import { whyUnheard } from '../presentation/unheard.ts';
import { defineAction } from './runtime/define-action.ts';
import { deviceId, ownPartyId, telephonySessionId } from './runtime/parameters.ts';

export const answerCallParty = defineAction({
  name: 'answer_call_party',
  title: 'Answer',
  description:
    'Answer a ringing call: your phone picks up by itself, its microphone opens, the caller hears the room. ' +
    'Works in Setup, Proceeding. `accepted` is not yet answered. To refuse use reject_party, to send it on ' +
    'forward_call_party, if parked pickup_call_party.',
  input: { telephonySessionId, partyId: ownPartyId, deviceId },
  risk: 'place-call',
  idempotent: true,
  party: 'own',
  worksIn: ['Setup', 'Proceeding'],
  phone: 'deviceId',
  effect: {
    does: 'answer the call from {them} on {phone}',
    heard: 'The phone picks up by itself, its microphone opens, and the caller hears the room.',
    undo: 'Cannot be undone: you can only hang up again.',
  },
  body: (args) => ({ deviceId: args.deviceId }),
  proof: 'event',
  shows: ({ party }) => party?.status.code === 'Answered',
  awaits: 'the call is answered',
  done(_args, onYou, { call }) {
    if (!onYou) return 'The call is answered; the microphone is open.';
    const unheard = whyUnheard(call);
    return unheard === undefined
      ? 'You and {them} talk: your microphone is open.'
      : `The call is answered and your microphone is open, but ${unheard}.`;
  },
});
