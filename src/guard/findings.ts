import type { SessionView } from '../calls/view.ts';
import { isConference } from '../ringcentral/wire/session.ts';
import type { Action, PartyRef } from './action.ts';
import { people } from './people.ts';
import type { Findings } from './policy/decide.ts';
import type { Calls, Directory } from './ports.ts';
import { resolveTarget } from './targets/resolve.ts';

/** Looks at an act from the picture and the directory; throws for targets that are never dialled. */
export async function investigate(action: Action, calls: Calls, directory: Directory): Promise<Findings> {
  const targets = await Promise.all(action.targets.map((target) => resolveTarget(target, directory)));
  const { telephonySessionId, other } = action;
  const call = telephonySessionId === undefined ? undefined : calls.call(telephonySessionId);
  const second = other && calls.call(other.telephonySessionId);
  return {
    another:
      (telephonySessionId !== undefined && actsOnAnother(call, action.partyId)) ||
      (other !== undefined && actsOnAnother(second, other.partyId)),
    targets,
    joined: other !== undefined && joinsOutsiders(call, other, second),
  };
}

/**
 * Whoever has your extension is you, on whichever of your phones; a parked party is in nobody's hands. A call that is
 * not in the picture is not known to be yours.
 */
function actsOnAnother(call: SessionView | undefined, partyId: string | undefined): boolean {
  const yours = call?.parties.find(({ id }) => id === call.yourPartyId);
  if (partyId === undefined) return yours === undefined;
  const party = call?.parties.find(({ id }) => id === partyId);
  if (!party) return true;
  if (party.status.code === 'Parked' || party === yours) return false;
  return yours?.extensionId === undefined || party.extensionId !== yours.extensionId;
}

/** Bridge joins those who stay in both calls; into a conference an outsider comes to whoever follows. */
function joinsOutsiders(
  call: SessionView | undefined,
  other: PartyRef,
  second: SessionView | undefined,
): boolean {
  if (!call || !second) return true;
  if (!bringsOutsiders(second, other.partyId)) return false;
  return isConference(call) || bringsOutsiders(call, call.yourPartyId);
}

/** Whoever is not known counts as an outsider. */
function bringsOutsiders(call: SessionView, leaving: string | undefined): boolean {
  const staying = people(call).filter(({ partyId }) => partyId === undefined || partyId !== leaving);
  return staying.length === 0 || staying.some(({ extensionId }) => extensionId === undefined);
}
