import type { PartyView, SessionView } from './views.ts';

interface Parties<Party> extends Pick<SessionView, 'yourPartyId'> {
  readonly parties: readonly Party[];
}

/** The login's own party of a call, as far as it is known. */
export const ownParty = <Party extends { id: string } = PartyView>(
  call: Parties<Party> | undefined,
): Party | undefined => call?.parties.find(({ id }) => id === call.yourPartyId);

/** All parties but the login's own; all of them where that is not known. */
export const otherParties = ({ parties, yourPartyId }: Parties<PartyView>): PartyView[] =>
  parties.filter(({ id }) => id !== yourPartyId);

/** The party that waits to be picked up; undefined where nobody is parked, or several are. */
export function parkedParty(call: Parties<PartyView> | undefined): PartyView | undefined {
  const [parked, ...more] = call?.parties.filter(({ status }) => status.code === 'Parked') ?? [];
  return more.length === 0 ? parked : undefined;
}
