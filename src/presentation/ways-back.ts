import type { CallShape } from '../calls/store/views.ts';
import { ownLeg } from './call-place.ts';
import { backFromHold, type Offer, ofCall, onSecond, rejoin, unhold } from './next-step-offers.ts';

/** How your leg is away from the people of its call. */
interface Away {
  isHeld: boolean;
  /** Out of the conversation (`standAlone`). */
  isApart: boolean;
}

/** The offer, where your leg of the call that is told of is away in this way. */
const where = ({ isHeld, isApart }: Away, offer: Offer): Offer => ({
  ...offer,
  with(known) {
    const leg = ownLeg(known.call);
    if (leg === undefined || (leg.standAlone === true) !== isApart) return undefined;
    if ((leg.status.code === 'Hold') !== isHeld) return undefined;
    return (offer.with ?? ofCall)(known);
  },
});

/** How your leg is away from the people of its call, in words: "on hold"; undefined where it is with them. */
export function awayWords(call: CallShape | undefined): string | undefined {
  const leg = call && ownLeg(call);
  const words = [leg?.status.code === 'Hold' && 'on hold', leg?.standAlone && 'out of the conversation'];
  return words.filter(Boolean).join(' and ') || undefined;
}

/** What leads back to the people of the call; nothing where your leg is with them. */
export const back: readonly Offer[] = [
  where({ isHeld: true, isApart: false }, unhold),
  where({ isHeld: false, isApart: true }, rejoin),
  ...backFromHold.map((offer) => where({ isHeld: true, isApart: true }, offer)),
];

/** The same for the second call. */
export const backToSecond: readonly Offer[] = back.map(onSecond);
