import { z } from 'zod';
import { acting } from './acting.ts';
import { atLeastOne } from './checks.ts';
import { ownPartyId, telephonySessionId } from './parameters.ts';

export const updateCallParty = acting({
  name: 'update_call_party',
  title: 'Mute or unmute',
  description:
    "Mute or unmute yourself: the others stop or start hearing you, you hear them. The phone's own mute is " +
    'separate. To silence the caller too use hold_call_party. Works in Answered and Hold.',
  input: z.object({
    telephonySessionId,
    partyId: ownPartyId,
    muted: z.boolean().optional().describe('true: mute, false: unmute'),
    standAlone: z.boolean().optional().describe('e.g. false'),
  }),
  risk: 'reversible',
  idempotent: true,
  party: 'own',
  worksIn: ['Answered', 'Hold'],
  check: (args) => atLeastOne(args, ['muted', 'standAlone']),
  effect({ muted, standAlone }) {
    const mode =
      standAlone === undefined ? [] : [`Switch stand-alone mode ${standAlone ? 'on' : 'off'} for this call.`];
    if (muted === undefined) {
      return { does: mode.join(), heard: 'RingCentral does not say what the others hear of it.' };
    }
    const [does, heard] = muted
      ? ['Mute your microphone on this call.', 'The others do not hear you.']
      : ['Unmute your microphone on this call.', 'The others hear you again.'];
    return { does: [does, ...mode].join(' '), heard };
  },
  body: ({ muted, standAlone }) => ({
    ...(muted !== undefined && { muted }),
    ...(standAlone !== undefined && { standAlone }),
  }),
  proof: 'answer',
  shows: ({ party }, { muted, standAlone }) =>
    party !== undefined &&
    (muted === undefined || party.muted === muted) &&
    (standAlone === undefined || party.standAlone === standAlone),
  done: ({ muted }) =>
    muted === undefined
      ? 'Your party is updated.'
      : muted
        ? 'You are muted.'
        : 'You are unmuted (unless the phone itself is muted).',
});
