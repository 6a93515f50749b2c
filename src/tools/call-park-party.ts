import { isInbound } from '../ringcentral/wire/session.ts';
import { defineAction } from './runtime/define-action.ts';
import { ownPartyId, telephonySessionId } from './runtime/parameters.ts';

export const callParkParty = defineAction({
  name: 'call_park_party',
  title: 'Park',
  description:
    'Park an incoming call: the caller hears music, and anyone in the company can take it with the ' +
    'code in park.id or pickup_call_party. Works in Answered, Hold. To keep it use hold_call_party, for a park ' +
    'location transfer_call_party with parkOrbit.',
  input: { telephonySessionId, partyId: ownPartyId },
  risk: 'redirect',
  idempotent: false,
  party: 'own',
  worksIn: ['Answered', 'Hold'],
  only: {
    calls: 'calls that rang at you (one that you picked up counts as placed by you)',
    is: isInbound,
  },
  effect: {
    does: 'park the call{withThem}',
    heard: 'The caller hears hold music until somebody picks the call up.',
    undo: 'Can be undone: you can pick it up again, and so can anybody in the company.',
  },
  proof: 'answer',
  shows: ({ party, call }) => [party, ...(call?.parties ?? [])].some((one) => one?.status.code === 'Parked'),
  awaits: '{them} is parked',
  done(_args, _onYou, { call }) {
    const code = call?.parties.find(({ status }) => status.code === 'Parked')?.park?.id;
    return `Parked${code === undefined ? '' : ` under ${code}`}: {them} hears music until somebody takes the call.`;
  },
});
