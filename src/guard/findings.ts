import type { SessionView } from '../calls/view.ts';
import { isConference } from '../ringcentral/wire/session.ts';
import type { Action, PartyRef } from './action.ts';
import type { Scene } from './fingerprint.ts';
import { people } from './people.ts';
import type { Findings } from './policy/decide.ts';
import type { ResolvedTarget } from './targets/resolve.ts';

/** What readings and the directory say of an act, in the terms of the policy. */
export function findingsOf(
  action: Action,
  scene: Scene,
  targets: readonly ResolvedTarget[],
  unusual: readonly string[],
): Findings {
  const { telephonySessionId, other } = action;
  return {
    another:
      (telephonySessionId !== undefined && actsOnAnother(scene.call, action.partyId)) ||
      (other !== undefined && actsOnAnother(scene.other, other.partyId)),
    targets,
    joined: other !== undefined && joinsOutsiders(scene.call, other, scene.other),
    unusual,
  };
}

/**
 * Whoever has your extension is you, on whichever of your phones; a parked party is in nobody's hands. A call that
 * could not be read is not known to be yours.
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
