import type { PartyView, SessionView } from '../calls/store/views.ts';
import { type CallParty, type Endpoint, isInbound } from '../ringcentral/wire/session.ts';
import { clean, untrusted } from '../shared/untrusted.ts';
import { farEndsOn, ownEnd, successorsOf } from './far-ends.ts';

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

/** Who is at the far end of a party's leg of the call, in words: number and name; of several the first three. */
export function otherSide(party: CallParty, call?: { parties: readonly CallParty[] }): string {
  const ends = farEndsOn(call, party);
  return ends.length > 1 ? ends.slice(0, 3).map(side).join(', ') : side(ends[0]);
}
/** The same after `from` or `to`, as the call came or went; after `with`, who was sent it since. */
export function withOtherSide(party: CallParty, call: { parties: readonly CallParty[] }): string {
  const began = isInbound(party) ? 'from' : 'to';
  return `${successorsOf(call, party).length > 0 ? 'with' : began} ${otherSide(party, call)}`;
}
/** The number of the far end; undefined where several are there. */
export function otherNumber(party: CallParty, call: { parties: readonly CallParty[] }): string | undefined {
  const [end, ...more] = farEndsOn(call, party);
  return more.length === 0 ? end?.phoneNumber : undefined;
}

/** The party itself in words: number and name. */
export const ownSide = (party: CallParty): string => side(ownEnd(party));
/** The party's own number. */
export const ownNumber = (party: CallParty): string | undefined => ownEnd(party)?.phoneNumber;

function side(end: Endpoint | undefined): string {
  const number = end?.phoneNumber === undefined ? 'unknown number' : presentNumber(end.phoneNumber);
  return end?.name === undefined ? number : `${number} ${presentName(end, end.name)}`;
}
