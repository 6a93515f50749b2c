import type { PartyView, SessionView } from '../calls/store/views.ts';
import type { CallParty, Endpoint } from '../ringcentral/wire/session.ts';
import { clean, untrusted } from '../shared/untrusted.ts';

/**
 * A call as tool results and resources show it to a model. Texts that outsiders can choose (their names, status
 * descriptions) are marked as untrusted, names of the account's own people are not; numbers stay as the network gave
 * them, unless they are no numbers.
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

/** A party as `presentSession` shows it. */
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
  ...(endpoint.name !== undefined && { name: presentName(endpoint, endpoint.name) }),
});

/**
 * The account's own name of an extension, which the platform tells by its id (platform.md 3.2), plain; of anybody
 * else it is a claim, marked as untrusted. A claimed name never has an id.
 */
const presentName = ({ extensionId }: Endpoint, name: string): string =>
  extensionId === undefined ? untrusted(name) : clean(name);

/**
 * A number, `anonymous` or `conference` (platform.md 3.2) as it is; anything else, which a SIP caller can send,
 * marked as untrusted.
 */
export const presentNumber = (text: string): string =>
  /^(?:[+*#\d][\d*#]{0,31}|conference|anonymous)$/.test(text) ? text : untrusted(text);

/** The party's own end of its leg. */
export const ownEnd = ({ direction, from, to }: CallParty): Endpoint | undefined =>
  direction === 'Inbound' ? to : from;
/** The far end of its leg. */
export const farEnd = ({ direction, from, to }: CallParty): Endpoint | undefined =>
  direction === 'Inbound' ? from : to;

/**
 * The far end of a party's leg of the call; of a colleague to whom you listen, which is a number alone there, as their own
 * leg has it. Absent: the call is not known.
 */
export function farEndOn(
  call: { parties: readonly CallParty[] } | undefined,
  party: CallParty,
): Endpoint | undefined {
  const end = farEnd(party);
  if (end?.phoneNumber === undefined || end.name !== undefined) return end;
  const ends = call?.parties.map(ownEnd) ?? [];
  // Of an extension the platform tells the name (platform.md 3.2); anybody else's is a claim.
  const named = ends.find((one) => one?.extensionId !== undefined && one.phoneNumber === end.phoneNumber);
  return named ?? end;
}

/** The far end of a party's leg of the call in words: number and name. */
export const otherSide = (party: CallParty, call?: { parties: readonly CallParty[] }): string =>
  side(farEndOn(call, party));
/** The number of the far end. */
export const otherNumber = (party: CallParty): string | undefined => farEnd(party)?.phoneNumber;

/** The party itself in words: number and name. */
export const ownSide = (party: CallParty): string => side(ownEnd(party));
/** The party's own number. */
export const ownNumber = (party: CallParty): string | undefined => ownEnd(party)?.phoneNumber;

function side(end: Endpoint | undefined): string {
  const number = end?.phoneNumber === undefined ? 'unknown number' : presentNumber(end.phoneNumber);
  return end?.name === undefined ? number : `${number} ${presentName(end, end.name)}`;
}
