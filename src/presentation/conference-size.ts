import { ownParty } from '../calls/store/own-party.ts';
import { isHosting, isInConversation } from '../calls/store/party.ts';
import type { SessionView } from '../calls/store/views.ts';
import { lasting } from '../shared/moment.ts';
import { counted } from './person-names.ts';

/**
 * "three people hear each other, as of 40 s ago": those who have joined a conference, its host included unless they are
 * out of it meanwhile, and the age of what is stale among them. Undefined where not everybody is known, or somebody is
 * muted or holds.
 * @param now epoch ms
 */
export function whoHearsWhom(conference: SessionView | undefined, now: number): string | undefined {
  const { parties = [], members = [] } = conference ?? {};
  const joined = members.filter(({ state }) => state === 'joined');
  if (joined.some(({ people }) => people.length === 0)) return undefined;
  const people = [
    ...parties.filter((party) => isHosting(party) && isInConversation(party)),
    ...joined.flatMap((member) => member.people),
  ];
  if (people.length < 2 || ownParty(conference)?.muted) return undefined;
  if (people.some((person) => !isInConversation(person) || person.muted)) return undefined;
  const ages = people.filter(({ stale }) => stale).map(({ asOf }) => now - Date.parse(asOf));
  const age = Math.max(0, ...ages);
  return `${counted(people.length)} people hear each other${age < 1_000 ? '' : `, as of ${lasting(age)} ago`}`;
}
