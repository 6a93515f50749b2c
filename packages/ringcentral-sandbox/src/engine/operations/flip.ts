import type { Reply } from '../api.ts';
import type { Body } from '../bodies.ts';
import { invalid, wrongState } from '../errors.ts';
import { insideIdentity, seenInside, seenOutside } from '../identity.ts';
import { isOnTheLine, isOver, others, type Party } from '../model.ts';
import type { Pbx } from '../pbx.ts';
import { startRinging } from '../ringing.ts';
import { resolve } from '../routing.ts';
import { hangUp } from '../teardown.ts';
import { restParty } from '../wire.ts';
import type { FlipNumber } from '../world.ts';
import type { PartyContext } from './context.ts';
import { setHeld } from './talk.ts';

/** Moves the caller's side to another phone of theirs (platform.md 2.3.12). That the answer has a body is assumed. */
export function callFlipParty({ pbx, party }: PartyContext, { callFlipId }: Body<'callFlipParty'>): Reply {
  const wanted = callFlipId.replace(/^\*/, '');
  const flipNumber = pbx.world.extensions
    .get(party.extensionId ?? '')
    ?.flipNumbers.find((number) => number.flipNumber === wanted && number.features.includes('CallFlip'));
  if (flipNumber === undefined) throw invalid('callFlipId', callFlipId);
  flip(pbx, party, flipNumber);
  return { status: 200, body: restParty(pbx, party) };
}

/**
 * Rings the other phone while the far end is held. When it answers, the old leg ends; when it does not, that goes on.
 */
function flip(pbx: Pbx, party: Party, number: FlipNumber): void {
  const waiting = others(party).find(isOnTheLine);
  if (waiting === undefined) throw wrongState('nobody at the other end');
  if (others(party).some((leg) => leg.ringing !== undefined)) throw wrongState('another phone rings already');
  const destination = resolve(pbx.world, { phoneNumber: number.phoneNumber });
  const heldBefore = party.api.held;
  setHeld(pbx, party, 'api', true);
  const inside = destination.kind === 'extension';
  const leg = pbx.addParty(party.call, {
    direction: 'Inbound',
    code: 'Proceeding',
    ...(inside ? { extensionId: destination.extension.id } : {}),
    from: inside ? seenInside(pbx.world, waiting) : seenOutside(pbx.world, waiting),
    to: {
      ...(inside ? insideIdentity(destination.extension) : {}),
      phoneNumber: number.phoneNumber,
      ...(number.deviceId === undefined ? {} : { deviceId: number.deviceId }),
    },
    serves: waiting,
  });
  startRinging(
    pbx,
    leg,
    {
      onAnswer: () => pbx.end(party, 'CallFlip'),
      onGiveUp(reason) {
        hangUp(pbx, leg, reason);
        if (!heldBefore && !isOver(party)) setHeld(pbx, party, 'api', false);
      },
    },
    number.deviceId === undefined ? undefined : [number.deviceId],
  );
}
