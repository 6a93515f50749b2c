import { hasLeft } from '../ringcentral/wire/session.ts';
import { exactlyOne } from './runtime/argument-rules.ts';
import { defineAction } from './runtime/define-action.ts';
import { destinationBody, destinationTargets, isInVoicemail } from './runtime/destinations.ts';
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
          does: 'send the ringing call from {them} to {target}',
          heard: 'The caller hears a greeting and can leave a message.',
        }
      : {
          does: 'forward the ringing call from {them} to {target}',
          heard: 'The caller hears ringing until the destination answers.',
        }),
    undo: 'Cannot be undone: it no longer rings here.',
  }),
  body: destinationBody,
  proof: 'event',
  shows: ({ party }) => party !== undefined && hasLeft(party),
  settles: ({ call }, { voicemail }) => voicemail === undefined || isInVoicemail(call),
  awaits: 'the call has gone on',
  done({ voicemail }, onYou, { call }) {
    const here = onYou ? 'here' : 'at {party}';
    return voicemail === undefined
      ? `{them} goes on to {target}, where it is to {wait}; it no longer rings ${here}.`
      : isInVoicemail(call)
        ? `{target} has taken the call: {them} hears its greeting. It no longer rings ${here}.`
        : `{them} is on the way to {target}; it no longer rings ${here}.`;
  },
});
