import type { CallOutline } from '../calls/store/views.ts';
import { hasLeft, isConference, listensIn } from '../ringcentral/wire/session.ts';
import { ownLeg } from './call-place.ts';
import { areHolding } from './party-states.ts';
import { otherSideOf } from './person-names.ts';

/**
 * Why you and the other side of a call that you are on do not hear each other, as a clause after "but"; undefined where
 * you do, as far as is known, and of a conference, which words of its own tell of.
 */
export function whyUnheard(call: CallOutline | undefined): string | undefined {
  const own = call && ownLeg(call);
  if (call === undefined || own === undefined || isConference(call)) return undefined;
  const others = call.parties.filter((party) => party !== own && !hasLeft(party) && !listensIn(party));
  const areAll = (is: (party: (typeof others)[number]) => boolean) => others.length > 0 && others.every(is);
  if (areHolding(own, call)) return `${otherSideOf(call)} has you on hold: neither hears the other`;
  const clauses = [
    areAll(({ muted }) => muted === true) && `${otherSideOf(call)} is muted: you do not hear them`,
    own.muted === true && 'you are muted: they do not hear you',
  ];
  return clauses.filter(Boolean).join(', and ') || undefined;
}
