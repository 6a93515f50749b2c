import { type CallParty, isInbound, isRinging } from '../../ringcentral/wire/session.ts';
import type { PartyView, SessionView } from './views.ts';

export interface Parties<Party> extends Pick<SessionView, 'yourPartyId'> {
  readonly parties: readonly Party[];
}

/** The login's own party of a call, as far as it is known. */
export const ownParty = <Party extends { id: string } = PartyView>(
  call: Parties<Party> | undefined,
): Party | undefined => call?.parties.find(({ id }) => id === call.yourPartyId);

/** All parties but the login's own; all of them where that is not known. */
export const otherParties = ({ parties, yourPartyId }: Parties<PartyView>): PartyView[] =>
  parties.filter(({ id }) => id !== yourPartyId);

/** Whether the party is the login's own: the own party or another leg of the same extension. */
export function isOwn(call: Parties<CallParty>, party: CallParty): boolean {
  const own = ownParty(call);
  return own !== undefined && (party.id === own.id || party.extensionId === own.extensionId);
}

/** Another leg of the login's than this one that rings on the call. */
export const ringsElsewhere = <Party extends CallParty>(
  call: Parties<Party> | undefined,
  party: CallParty | undefined,
): Party | undefined =>
  call?.parties.find((one) => one.id !== party?.id && isInbound(one) && isRinging(one) && isOwn(call, one));
