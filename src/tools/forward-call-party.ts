import { hasLeft } from '../ringcentral/wire/session.ts';
import { exactlyOne } from './runtime/argument-rules.ts';
import { defineAction } from './runtime/define-action.ts';
import { destinationBody, destinationTargets } from './runtime/destinations.ts';
import {
  extensionId,
  extensionNumber,
  ownPartyId,
  phoneNumber,
  telephonySessionId,
  voicemail,
} from './runtime/parameters.ts';

export const forwardCallParty = defineAction({
  name: 'forward_call_party',
  title: 'Forward a ringing call',
  description:
    'Send a ringing call elsewhere unanswered: the caller hears ringing until the destination answers. Give ' +
    'exactly one destination. Works in Setup, Proceeding. For an answered call use transfer_call_party, just ' +
    'to stop ringing reject_party.',
  input: {
    telephonySessionId,
    partyId: ownPartyId,
    phoneNumber,
    extensionNumber,
    extensionId,
    voicemail,
  },
  risk: 'redirect',
  idempotent: false,
  party: 'own',
  worksIn: ['Setup', 'Proceeding'],
  check: (args) => exactlyOne(args, ['phoneNumber', 'extensionNumber', 'extensionId', 'voicemail']),
  targets: destinationTargets,
  effect: ({ voicemail }) => ({
    ...(voicemail !== undefined
      ? {
          does: 'Send this ringing call to voicemail.',
          heard: 'The caller hears a greeting and can leave a message.',
        }
      : {
          does: 'Forward this ringing call.',
          heard: 'The caller hears ringing until the destination answers.',
        }),
    final: 'It no longer rings here.',
  }),
  body: destinationBody,
  proof: 'event',
  shows: ({ party }) => party !== undefined && hasLeft(party),
  done({ voicemail }, onYou) {
    const here = onYou ? 'here' : 'at the party';
    return voicemail === undefined
      ? `The call rings at its destination, no longer ${here}.`
      : `The caller gets the voicemail; the call no longer rings ${here}.`;
  },
});
