import { hasLeft } from '../ringcentral/wire/session.ts';
import { exactlyOne } from './runtime/argument-rules.ts';
import { defineAction } from './runtime/define-action.ts';
import { destinationBody, destinationTargets, isInVoicemail } from './runtime/destinations.ts';
import {
  extensionId,
  extensionNumber,
  ownPartyId,
  parkOrbit,
  phoneNumber,
  telephonySessionId,
  voicemail,
} from './runtime/parameters.ts';

export const transferCallParty = defineAction({
  name: 'transfer_call_party',
  title: 'Transfer',
  description:
    'Hand a call over unannounced: the other side hears ringing, you are out (Disconnected/BlindTransfer is ' +
    'success). Give exactly one destination. Works in Answered, Hold. To talk to the colleague first use ' +
    'consult_and_transfer, for a ringing call forward_call_party.',
  input: {
    telephonySessionId,
    partyId: ownPartyId,
    phoneNumber,
    extensionNumber,
    extensionId,
    voicemail,
    parkOrbit,
  },
  risk: 'redirect',
  idempotent: false,
  party: 'own',
  worksIn: ['Answered', 'Hold'],
  check: (args) =>
    exactlyOne(args, ['phoneNumber', 'extensionNumber', 'extensionId', 'voicemail', 'parkOrbit']),
  targets: destinationTargets,
  effect({ voicemail, parkOrbit }) {
    if (parkOrbit !== undefined) {
      return {
        does: 'park the call{withThem} at {target}',
        heard: 'The other side hears hold music until somebody picks the call up; you are off the call.',
        undo: 'Can be undone: whoever belongs to that park location can pick the call up.',
      };
    }
    const undo = 'Cannot be undone: you cannot take the call back.';
    return voicemail !== undefined
      ? {
          does: 'send the call{withThem} to {target}',
          heard: 'The other side hears a greeting and can leave a message; you are off the call.',
          undo,
        }
      : {
          does: 'transfer the call{withThem} to {target}',
          heard: 'The other side hears ringing and then whoever answers; you are off the call.',
          undo,
        };
  },
  body: destinationBody,
  proof: 'event',
  shows: ({ party }) => party !== undefined && hasLeft(party),
  settles: ({ call }, { voicemail }) => voicemail === undefined || isInVoicemail(call),
  awaits: 'the call has gone on',
  done({ voicemail, parkOrbit }, onYou, { call }) {
    const off = `${onYou ? 'you are' : '{party} is'} off the call.`;
    if (parkOrbit !== undefined) return `{them} is being parked at {target}; ${off}`;
    if (voicemail === undefined) return `{them} goes on to {target}, where it is to {wait}; ${off}`;
    return isInVoicemail(call)
      ? `{target} has taken the call: {them} hears its greeting; ${off}`
      : `{them} is on the way to {target}; ${off}`;
  },
});
