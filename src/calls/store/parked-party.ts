import { type CallParty, hasLeft, isInbound } from '../../ringcentral/wire/session.ts';
import { isOwn, ownParty, type Parties } from './own-party.ts';
import type { PartyView } from './views.ts';

export const isParked = ({ status }: CallParty): boolean => status.code === 'Parked';

/** Whether it is the leg of a park location, where the far end waits; it has no park code (platform.md 3.3). */
export const isParkLocation = (party: CallParty): boolean =>
  isParked(party) && isInbound(party) && party.park?.id === undefined;

/** The party of somebody else that waits to be picked up; undefined where nobody is parked, or several are. */
export function parkedParty(call: Parties<PartyView> | undefined): PartyView | undefined {
  const [parked, ...more] = call?.parties.filter((party) => isParked(party) && !holdsYou(call, party)) ?? [];
  return more.length === 0 ? parked : undefined;
}

/** The party in which you wait to be picked up, because the other side has parked you; undefined where you do not. */
export const yourParkedParty = <Party extends CallParty>(
  call: Parties<Party> | undefined,
): Party | undefined => call?.parties.find((party) => isParked(party) && holdsYou(call, party));

/** Whether you wait in this parked party: it is your own, or of a park location that you were sent to. */
function holdsYou(call: Parties<CallParty>, party: CallParty): boolean {
  const own = ownParty(call);
  if (own === undefined) return false;
  return isOwn(call, party) || (!hasLeft(own) && isParkLocation(party) && isFrom(own, party));
}

const isFrom = ({ extensionId }: CallParty, { from }: CallParty): boolean =>
  extensionId !== undefined && from?.extensionId === extensionId;
