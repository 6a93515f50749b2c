import { parkedParty, yourParkedParty } from '../calls/store/parked-party.ts';
import { whyUnheard } from '../presentation/unheard.ts';
import { hasLeft } from '../ringcentral/wire/session.ts';
import { defineAction } from './runtime/define-action.ts';
import { deviceId, partyId, telephonySessionId } from './runtime/parameters.ts';

export const pickupCallParty = defineAction({
  name: 'pickup_call_party',
  title: 'Pick up a parked call',
  description:
    'Take a parked call: your phone answers by itself, its microphone opens, the caller hears you. Works in' +
    ' Parked. For your held call use unhold_call_party, for a ringing one answer_call_party.',
  input: { telephonySessionId, partyId: () => partyId('Default the Parked one').optional(), deviceId },
  risk: 'redirect',
  idempotent: false,
  party: 'named',
  // Where you are the one who is parked, the refusal of that says so.
  defaultParty: (call) => parkedParty(call) ?? yourParkedParty(call),
  worksIn: ['Parked'],
  phone: 'deviceId',
  effect: {
    does: 'take the parked call of {party} on {phone}',
    heard: 'The phone answers by itself, its microphone opens, and the caller hears you.',
    undo: 'Cannot be undone: you can hold the call, send it on or hang up, but a call that you picked up cannot be parked again.',
  },
  body: (args) => ({ deviceId: args.deviceId }),
  proof: 'answer',
  shows: ({ party }) => party?.status.code === 'Answered',
  // The leg that was parked leaves a moment after your phone has answered.
  settles: ({ call }, { partyId }) =>
    call?.parties.some((one) => one.id === partyId && hasLeft(one)) === true,
  awaits: 'you have the call',
  done(_args, _onYou, { call }) {
    const unheard = whyUnheard(call);
    return unheard === undefined
      ? 'You and {party} talk: your microphone is open.'
      : `You have the call and your microphone is open, but ${unheard}.`;
  },
});
