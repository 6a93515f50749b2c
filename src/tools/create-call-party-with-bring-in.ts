import { hasLeft } from '../ringcentral/wire/session.ts';
import { defineAction } from './runtime/define-action.ts';
import { callName, targetPartyId, targetTelephonySessionId } from './runtime/parameters.ts';

export const createCallPartyWithBringIn = defineAction({
  name: 'create_call_party_with_bring_in',
  title: 'Bring a call into a conference',
  description:
    'Move one of your calls into your conference: its people join and all hear each other. Comes after ' +
    'create_conference_call_session, once the host has joined by phone (else 403). One call at a time. For ' +
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
    does: 'Bring another call into the conference.',
    heard: 'Everyone on that call joins the conference; all of them hear each other.',
  },
  body: (_args, other) => ({ sessionId: other?.telephonySessionId, partyId: other?.partyId }),
  proof: 'event',
  // Where the answer names no party, `party` is the host's own, which is Answered before anybody has joined.
  shows: ({ party, other }) =>
    (party?.status.code === 'Answered' && party.conferenceRole !== 'Host') ||
    (other !== undefined && hasLeft(other)),
  done: (_args, onYou) =>
    `The call is in the conference; ${onYou ? 'your' : 'the'} old leg of it is gone, which is what joining looks like.`,
});
