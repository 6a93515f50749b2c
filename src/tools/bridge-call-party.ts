import { hasLeft } from '../ringcentral/wire/session.ts';
import { defineAction } from './runtime/define-action.ts';
import {
  ownPartyId,
  targetPartyId,
  targetTelephonySessionId,
  telephonySessionId,
} from './runtime/parameters.ts';

export const bridgeCallParty = defineAction({
  name: 'bridge_call_party',
  title: 'Connect two calls (warm transfer)',
  description:
    'Connect your two calls and drop out: their people hear each other. Last step of a warm transfer, usually ' +
    'with one call in Hold, one Answered. To stay in use create_conference_call_session, to hand over unannounced ' +
    'transfer_call_party.',
  input: { telephonySessionId, partyId: ownPartyId, targetTelephonySessionId, targetPartyId },
  risk: 'redirect',
  idempotent: false,
  party: 'own',
  worksIn: ['Answered', 'Hold'],
  joins: true,
  effect: {
    does: 'connect {them} with {others}, and take you off both calls',
    heard: 'They hear each other; you are off both calls.',
    undo: 'Cannot be undone: you cannot come back into the call by yourself.',
  },
  body: (_args, other) => ({ telephonySessionId: other?.telephonySessionId, partyId: other?.partyId }),
  proof: 'answer',
  shows: ({ party }) => party !== undefined && hasLeft(party),
  awaits: '{them} and {others} are connected',
  done: (_args, onYou) =>
    `{them} and {others} hear each other; ${onYou ? 'you are' : '{party} is'} off both calls.`,
});
