import type { PartyView, SessionView } from './views.ts';

type Parties = Pick<SessionView, 'parties' | 'yourPartyId'>;

/** The login's own party of a call, as far as it is known. */
export const ownParty = (call: Parties | undefined): PartyView | undefined =>
  call?.parties.find(({ id }) => id === call.yourPartyId);

/** All parties but the login's own; all of them where that is not known. */
export const otherParties = ({ parties, yourPartyId }: Parties): PartyView[] =>
  parties.filter(({ id }) => id !== yourPartyId);

/** The party that waits to be picked up; undefined where nobody is parked, or several are. */
export function parkedParty(call: Parties | undefined): PartyView | undefined {
  const [parked, ...more] = call?.parties.filter(({ status }) => status.code === 'Parked') ?? [];
  return more.length === 0 ? parked : undefined;
}
