import { isOwn, ownParty } from '../calls/store/own-party.ts';
import { isParkLocation, yourParkedParty } from '../calls/store/parked-party.ts';
import type { CallShape, SessionView } from '../calls/store/views.ts';
import { type CallParty, type Endpoint, isConference } from '../ringcentral/wire/session.ts';
import { clean } from '../shared/untrusted.ts';
import { farEnd, farEndsOn, ownEnd } from './far-ends.ts';
import { presentNumber } from './views.ts';

/* Who people are, for a sentence: colleagues by name, anybody else by number, because their names are their own. */

/** The other side of your call, or of another party's: who is there now. */
export function otherSideOf(
  call: CallShape | undefined,
  party: CallParty | undefined = ownParty(call),
): string {
  const [end, ...more] = party && call && !isConference(call) ? farEndsOn(call, party) : [];
  return (more.length === 0 && nameAt(end)) || 'the other side';
}

/** Who a party of the call is: `you`, a name, or a number; of a leg in a conference, the people behind it. */
export function nameOf(party: CallParty, call: SessionView | undefined): string {
  if (call && isYou(call, party)) return 'you';
  if (party.conferenceRole === 'Participant') {
    const people = call?.members?.find(({ partyId }) => partyId === party.id)?.people ?? [];
    return people.map((person) => nameAt(ownEnd(person)) ?? 'somebody').join(' and ') || 'a participant';
  }
  return nameAt(isParkLocation(party) ? farEnd(party) : ownEnd(party)) ?? 'somebody';
}

/** Whether the party is a phone of yours, or of a park location where you wait. */
export const isYou = (call: SessionView, party: CallParty): boolean =>
  isOwn(call, party) || yourParkedParty(call)?.id === party.id;

/** A name of the account within a sentence: short, and without what ends a reason or a step in the text of a result. */
export const nameInAdvice = (name: string): string => clean(name.replace(/[();]/g, ' '), 32);

/** The platform tells whose extension it is, and then the name is the account's (platform.md 3.2). */
function nameAt(end: Endpoint | undefined): string | undefined {
  if (end?.extensionId !== undefined && end.name) return nameInAdvice(end.name);
  if (end?.phoneNumber === 'anonymous') return 'the anonymous caller';
  return end?.phoneNumber === undefined ? undefined : presentNumber(end.phoneNumber);
}

const numerals = ['two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

/** A number of people in words: `three`, `12`. */
export const counted = (people: number): string => numerals[people - 2] ?? String(people);
