import { awayWords } from '../presentation/ways-back.ts';
import { hasLeft } from '../ringcentral/wire/session.ts';
import type { ObservedState } from './runtime/action-tool.ts';
import { defineAction } from './runtime/define-action.ts';
import { callName, targetPartyId, targetTelephonySessionId } from './runtime/parameters.ts';

/** Whether who was brought in is in the conference. */
const hasJoined = ({ call }: ObservedState, args: { targetTelephonySessionId?: string }): boolean =>
  call?.members?.some(
    ({ state, telephonySessionId }) =>
      state === 'joined' && telephonySessionId === args.targetTelephonySessionId,
  ) === true;

export const createCallPartyWithBringIn = defineAction({
  name: 'create_call_party_with_bring_in',
  title: 'Bring a call into a conference',
  description:
    'Move one of your calls into your conference: its people join and all hear each other. Comes after ' +
    'create_conference_call_session, once the host has joined by phone. One call at a time. For ' +
    'just two callers use bridge_call_party.',
  input: {
    telephonySessionId: () => callName('Conference, e.g. c412'),
    targetTelephonySessionId,
    targetPartyId,
  },
  risk: 'redirect',
  idempotent: false,
  joins: true,
  effect: {
    does: 'bring {others} into {conference}',
    heard: 'All of them hear each other; so do you, unless you are on hold or out of the conversation there.',
    undo: 'Cannot be undone: whoever is in the conference leaves it only by hanging up or being dropped.',
  },
  body: (_args, other) => ({ sessionId: other?.telephonySessionId, partyId: other?.partyId }),
  proof: 'event',
  // Where the answer names no party, `party` is the host's own, which is Answered before anybody has joined.
  shows: ({ party, other }) =>
    (party?.status.code === 'Answered' && party.conferenceRole !== 'Host') ||
    (other !== undefined && hasLeft(other)),
  settles: hasJoined,
  awaits: '{others} is joining the conference',
  done(args, onYou, seen) {
    if (!hasJoined(seen, args))
      return '{others} is joining the conference; nothing has shown yet that they hear the others.';
    const away = onYou ? awayWords(seen.call) : undefined;
    return [
      `{others} has joined: {all}${away === undefined ? '' : `, but you are ${away} there`}.`,
      `${onYou ? 'Your' : 'The'} old leg of that call is gone, as it should be.`,
    ].join(' ');
  },
});
