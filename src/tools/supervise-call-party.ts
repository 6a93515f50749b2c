import { defineAction } from './runtime/define-action.ts';
import { partyId, telephonySessionId } from './runtime/parameters.ts';
import {
  agentExtensionId,
  autoAnswer,
  listens,
  mode,
  supervisorDeviceId,
} from './runtime/supervision-parameters.ts';

export const superviseCallParty = defineAction({
  name: 'supervise_call_party',
  title: 'Listen to one side of a call',
  description:
    'Listen silently to one party, agent or customer, of an Answered call of two. A person is asked first. ' +
    'For both sides mixed use supervise_call_session, for both apart call it once for each. Stop with ' +
    'delete_call_party.',
  input: {
    telephonySessionId,
    partyId: () => partyId('Party to hear'),
    supervisorDeviceId,
    agentExtensionId,
    autoAnswer,
  },
  risk: 'listen',
  idempotent: false,
  party: 'named',
  worksIn: ['Answered'],
  phone: 'supervisorDeviceId',
  effect: { does: 'let you listen in on {party} in the call{withThem}', ...listens },
  body: ({ telephonySessionId: _call, partyId: _party, ...rest }) => ({ mode, ...rest }),
  proof: 'event',
  // Where the answer names no party, `party` is the one that is listened to.
  shows: ({ party }, { partyId }) => party?.status.code === 'Answered' && party.id !== partyId,
  awaits: 'you are listening in',
  done: 'You are listening in; nobody on the call hears you.',
});
