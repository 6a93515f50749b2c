import type { Reply } from '../api.ts';
import type { Body } from '../bodies.ts';
import { bringIn, hostLeg, openConference } from '../conference.ts';
import { missing, notAllowed } from '../errors.ts';
import { checkOwner, checkState } from '../states.ts';
import { restParty, restSession } from '../wire.ts';
import { type AccountContext, findCall, findParty, type SessionContext } from './context.ts';

/** Opens a conference of the caller (platform.md 2.3.2). */
export function createConferenceCallSession({ pbx, login }: AccountContext): Reply {
  return { status: 201, body: { session: restSession(pbx, openConference(pbx, login.id)) } };
}

/** Brings a call of the host into the conference (platform.md 2.3.5). 403 TAS-106 until the host has joined (9.2). */
export function createCallPartyWithBringIn(
  { pbx, login, call }: SessionContext,
  body: Body<'createCallPartyWithBringIn'>,
): Reply {
  const sessionId = body.sessionId ?? body.telephonySessionId;
  if (sessionId === undefined) throw missing('sessionId');
  if (call.origin !== 'Conference') throw notAllowed('the session is no conference');
  if (call.hostExtensionId !== login.id) throw notAllowed('the conference has another host');
  if (hostLeg(call) === undefined) throw notAllowed('the host has not joined the conference');
  const broughtIn = findCall(pbx, sessionId, 'sessionId');
  const own = findParty(broughtIn, body.partyId);
  if (broughtIn.origin === 'Conference' || broughtIn.conference !== undefined) {
    throw notAllowed('the call is in a conference already');
  }
  checkOwner('createCallPartyWithBringIn', own, login, pbx.world);
  checkState('createCallPartyWithBringIn', own);
  return { status: 201, body: restParty(pbx, bringIn(pbx, call, own)) };
}
