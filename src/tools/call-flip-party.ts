import { ownParty } from '../calls/store/own-party.ts';
import { flippedTo, hasFlipped } from '../presentation/flips.ts';
import { ownNumber, presentNumber } from '../presentation/views.ts';
import { hasLeft, isRinging } from '../ringcentral/wire/session.ts';
import type { ObservedState } from './runtime/action-tool.ts';
import { defineAction } from './runtime/define-action.ts';
import { id, ownPartyId, telephonySessionId } from './runtime/parameters.ts';

/** Whether your party is the leg of the other phone, and connected. */
const hasArrived = ({ call, party }: ObservedState): boolean => {
  const own = ownParty(call);
  return own !== undefined && own.id !== party?.id && own.status.code === 'Answered';
};

/** The number of the phone outside that has taken the call; undefined where none is known to have. */
const outsidePhone = ({ call }: ObservedState): string | undefined => {
  const phone = hasFlipped(call) ? flippedTo(call) : undefined;
  return phone && !isRinging(phone) ? ownNumber(phone) : undefined;
};

export const callFlipParty = defineAction({
  name: 'call_flip_party',
  title: 'Flip to another phone',
  description:
    'Move your side of a call to another phone of yours: the other side is on hold while it rings. Works in ' +
    'Answered. To hand the call to another person use transfer_call_party.',
  input: {
    telephonySessionId,
    partyId: ownPartyId,
    callFlipId: () => id('flipNumber from list_call_flip_numbers, e.g. 2'),
  },
  risk: 'redirect',
  idempotent: false,
  party: 'own',
  worksIn: ['Answered'],
  targets: ({ callFlipId }) => [{ kind: 'callFlipId', value: callFlipId }],
  effect: {
    does: 'move your side of the call{withThem} to {target}',
    heard: 'The other side is on hold until that phone is answered.',
    undo:
      'Cannot be undone once a phone outside your company has answered, such as a mobile; from a desk phone of yours it can ' +
      'be moved back.',
  },
  body: ({ callFlipId }) => ({ callFlipId }),
  proof: 'event',
  shows: ({ party }) => party !== undefined && hasLeft(party),
  settles: (seen) => hasArrived(seen) || outsidePhone(seen) !== undefined,
  rings: true,
  awaits: 'you are on the other phone',
  done(_args, onYou, seen) {
    if (!onYou) return '{party} is on another phone.';
    if (hasArrived(seen)) return 'You are now on the other phone, and {them} hears you there.';
    const phone = outsidePhone(seen);
    return phone === undefined
      ? 'You have left this phone; nothing shows yet that you are on the other one.'
      : `You have taken the call on ${presentNumber(phone)}, which this server does not control: {them} hears you there.`;
  },
});
