import type { PartyView, SessionView } from '../calls/store/views.ts';
import type { CallParty, Endpoint } from '../ringcentral/wire/session.ts';
import { untrusted } from '../shared/untrusted.ts';

/**
 * The one way in which a call leaves towards a model, in tool results and resources alike: names and notes come
 * from callers and are marked as untrusted; numbers stay as the network gave them, unless they are no numbers.
 */
export function presentSession(session: SessionView) {
  const { parties, members } = session;
  return {
    ...session,
    parties: parties.map(presentParty),
    ...(members && {
      members: members.map((member) => ({ ...member, people: member.people.map(presentParty) })),
    }),
  };
}

export function presentParty<Party extends CallParty | PartyView>(party: Party) {
  const { from, to, status } = party;
  return {
    ...party,
    ...(from && { from: presentEndpoint(from) }),
    ...(to && { to: presentEndpoint(to) }),
    status: {
      ...status,
      ...(status.description !== undefined && { description: untrusted(status.description) }),
    },
  };
}

const presentEndpoint = (endpoint: Endpoint): Endpoint => ({
  ...endpoint,
  ...(endpoint.phoneNumber !== undefined && { phoneNumber: presentNumber(endpoint.phoneNumber) }),
  ...(endpoint.name !== undefined && { name: untrusted(endpoint.name) }),
});

/** A number, or the platform's word `conference` (platform.md 3.2); a SIP caller can put anything here. */
export const presentNumber = (text: string): string =>
  /^(?:[+*#\d][\d*#]{0,31}|conference|anonymous)$/.test(text) ? text : untrusted(text);

const ends = (party: CallParty) =>
  party.direction === 'Inbound' ? { own: party.to, other: party.from } : { own: party.from, other: party.to };

/** The other side of a party's leg, for a line of text. */
export const otherSide = (party: CallParty): string => side(ends(party).other);
export const otherNumber = (party: CallParty): string | undefined => ends(party).other?.phoneNumber;

/** Who the party itself is, for a line of text. */
export const ownSide = (party: CallParty): string => side(ends(party).own);
export const ownNumber = (party: CallParty): string | undefined => ends(party).own?.phoneNumber;

function side(end: Endpoint | undefined): string {
  const number = end?.phoneNumber === undefined ? 'unknown number' : presentNumber(end.phoneNumber);
  return end?.name === undefined ? number : `${number} ${untrusted(end.name)}`;
}
