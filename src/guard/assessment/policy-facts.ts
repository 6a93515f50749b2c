import { ownParty } from '../../calls/store/own-party.ts';
import type { SessionView } from '../../calls/store/views.ts';
import { isConference } from '../../ringcentral/wire/session.ts';
import type { Action, PartyRef } from '../action.ts';
import type { PolicyFacts } from '../policy/decide.ts';
import type { CallSnapshot, ConferenceParticipant } from './call-snapshot.ts';
import { participantsOn } from './people/participants.ts';
import type { ResolvedTarget } from './targets/resolve-target.ts';

/** What the policy judges an act by, from the readings of its calls and its resolved targets. */
export function policyFactsOf(
  action: Action,
  snapshot: CallSnapshot,
  targets: readonly ResolvedTarget[],
  unusual: readonly string[],
): PolicyFacts {
  const { telephonySessionId, other } = action;
  return {
    another:
      (telephonySessionId !== undefined && actsOnAnother(snapshot.call, action.partyId)) ||
      (other !== undefined && actsOnAnother(snapshot.other, other.partyId)),
    targets,
    joined: other !== undefined && joinsOutsiders(action, snapshot, other),
    unusual,
  };
}

/**
 * Whether the act is on somebody else's party. Every party of your extension is yours, on whichever phone, and a
 * parked party is nobody's. A call that could not be read is not known to be yours: true.
 */
function actsOnAnother(call: SessionView | undefined, partyId: string | undefined): boolean {
  const yours = ownParty(call);
  if (partyId === undefined) return yours === undefined;
  const party = call?.parties.find(({ id }) => id === partyId);
  if (!party) return true;
  if (party.status.code === 'Parked' || party === yours) return false;
  return yours?.extensionId === undefined || party.extensionId !== yours.extensionId;
}

/**
 * Whether the act joins outsiders to others. Bridge joins those who stay in either call; bring-in joins outsiders to
 * everybody in the conference, now or later, and is the same whether they come or are there already.
 */
function joinsOutsiders(
  { tool, steps = [] }: Action,
  { call, other: second, conferenceParticipants }: CallSnapshot,
  other: PartyRef,
): boolean {
  if (!call || !second) return true;
  const bringsThem = bringsOutsiders(second, other.partyId);
  // A plan opens the conference first.
  const isJoining = [tool, ...steps.map((step) => step.tool)].includes('create_call_party_with_bring_in');
  if (!isConference(call) && !isJoining) return bringsThem && bringsOutsiders(call, call.yourPartyId);
  return bringsThem || hasOutsiders(call) || conferenceParticipants.some(isOutsider);
}

/** Whether anybody on the call but you is not known to be of this account. */
const hasOutsiders = (call: SessionView): boolean =>
  participantsOn(call).some(({ you, extensionId }) => !you && extensionId === undefined);

/** One whose call cannot be read may be anybody. */
const isOutsider = ({ call }: ConferenceParticipant): boolean => call === undefined || hasOutsiders(call);

/**
 * Whether anybody but the leaving party is, or may be, outside the account: who is not known counts as an outsider.
 */
function bringsOutsiders(call: SessionView, leaving: string | undefined): boolean {
  const staying = participantsOn(call).filter(({ partyId }) => partyId === undefined || partyId !== leaving);
  return staying.length === 0 || staying.some(({ extensionId }) => extensionId === undefined);
}
