import type { Reply } from '../api.ts';
import type { Body } from '../bodies.ts';
import { invalid } from '../errors.ts';
import { isOnTheLine, others } from '../model.ts';
import { checkOwner, checkState } from '../states.ts';
import { settleSoon } from '../teardown.ts';
import { restParty } from '../wire.ts';
import { findCall, findParty, type PartyContext } from './context.ts';

/**
 * Joins two calls of the caller, who leaves both (platform.md 2.3.14, 10.3). Both own legs are `Gone` and name each
 * other; the others of the second call move to the first session (assumed).
 */
export function bridgeCallParty(context: PartyContext, body: Body<'bridgeCallParty'>): Reply {
  const { pbx, party, login, call } = context;
  const otherCall = findCall(pbx, body.telephonySessionId);
  if (otherCall === call) throw invalid('telephonySessionId', otherCall.id);
  const otherLeg = findParty(otherCall, body.partyId);
  checkOwner('bridgeCallParty', otherLeg, login, pbx.world);
  checkState('bridgeCallParty', otherLeg);
  for (const participant of others(otherLeg).filter(isOnTheLine)) {
    pbx.relocate(participant, call, 'AttendedTransfer');
  }
  pbx.change(otherLeg, { code: 'Gone', reason: 'AttendedTransfer', peer: party });
  pbx.change(party, { code: 'Gone', reason: 'AttendedTransfer', peer: otherLeg });
  settleSoon(pbx, call);
  settleSoon(pbx, otherCall);
  return { status: 200, body: restParty(pbx, party) };
}
