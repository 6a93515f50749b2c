import type { Actor, RingOutRequest, RingOutStatus } from './api.ts';
import { invalid, notFound, wrongState } from './errors.ts';
import { insideIdentity, seenInside, seenOutside } from './identity.ts';
import { isOver, type Party } from './model.ts';
import type { NewParty, Pbx } from './pbx.ts';
import { startRinging } from './ringing.ts';
import { type Destination, resolve } from './routing.ts';
import { hangUp, settleSoon } from './teardown.ts';
import { OTHER_SIDE_MS } from './timing.ts';

/** How far the legacy id of the twin session is from the first one (platform.md 4.7). */
const TWIN_STEPS = [1000, 2000, 3000, 4000] as const;

/**
 * Starts a RingOut (platform.md 4.7; details assumed): the user's phone rings in a second session, whose leg is
 * inbound and has the numbers the other way round; when it is answered, the target is called in the first one.
 *
 * @returns the user's leg in the first session
 * @throws ApiError CMN-100, CMN-101 or CMN-102 for a number that is no phone
 */
export function startRingOut(pbx: Pbx, actor: Actor, { from, to }: RingOutRequest): Party {
  const user = pbx.world.extensions.get(actor.extensionId);
  const own = phoneOf(pbx, from, 'from.phoneNumber');
  const target = phoneOf(pbx, to, 'to.phoneNumber');
  if (user === undefined) throw notFound('extensionId', actor.extensionId);
  const call = pbx.openCall('RingOut');
  const initiator = pbx.addParty(call, {
    direction: 'Outbound',
    code: 'Setup',
    extensionId: user.id,
    from: { ...insideIdentity(user), phoneNumber: from.phoneNumber },
    to: { phoneNumber: to.phoneNumber },
    ringOutRole: 'Initiator',
  });
  const step = pbx.random.pick(TWIN_STEPS);
  const twinCall = pbx.openCall('RingOut', { sessionId: String(Number(call.sessionId) + step) });
  const phone = pbx.addParty(twinCall, {
    direction: 'Inbound',
    code: 'Proceeding',
    ...extensionIdOf(own),
    from: { phoneNumber: to.phoneNumber },
    to: { phoneNumber: from.phoneNumber },
    serves: initiator,
  });
  initiator.twin = phone;
  phone.twin = initiator;
  startRinging(pbx, phone, {
    onAnswer() {
      pbx.change(initiator, { code: 'Proceeding' });
      ringTarget(pbx, initiator, target);
    },
    onGiveUp: (reason) => pbx.end(phone, reason),
  });
  return initiator;
}

/** Where a number leads. Throws CMN-101 for anything but a user or an outside phone (assumed). */
function phoneOf(pbx: Pbx, number: { phoneNumber: string }, parameter: string): Destination {
  const destination = resolve(pbx.world, number);
  const isPhone =
    destination.kind === 'extension' ? destination.extension.type === 'User' : destination.kind === 'pstn';
  if (!isPhone) throw invalid(parameter, number.phoneNumber);
  return destination;
}

function ringTarget(pbx: Pbx, initiator: Party, target: Destination): void {
  const inside = target.kind === 'extension';
  const leg = pbx.addParty(initiator.call, {
    direction: 'Inbound',
    code: 'Proceeding',
    ...extensionIdOf(target),
    from: inside ? seenInside(pbx.world, initiator) : seenOutside(pbx.world, initiator),
    to: inside ? insideIdentity(target.extension) : { phoneNumber: target.dialled },
    serves: initiator,
    ringOutRole: 'Target',
  });
  startRinging(pbx, leg);
}

function extensionIdOf(destination: Destination): Pick<NewParty, 'extensionId'> {
  return destination.kind === 'extension' ? { extensionId: destination.extension.id } : {};
}

/** Observer of every leg: the two legs of the user of a RingOut end together. */
export function endTwin(pbx: Pbx, leg: Party): void {
  const { twin } = leg;
  if (twin === undefined || !isOver(leg) || isOver(twin)) return;
  pbx.later(twin, OTHER_SIDE_MS, () => hangUp(pbx, twin));
  settleSoon(pbx, leg.call);
}

/** Ends a RingOut. Throws CMN-102 for an unknown one, TAS-102 unless the user's own phone still rings. */
export function cancelRingOut(pbx: Pbx, id: string, extensionId: string): void {
  const initiator = initiatorOf(pbx, id, extensionId);
  if (initiator === undefined) throw notFound('ringOutId', id);
  if (initiator.code !== 'Setup') throw wrongState('the first leg is answered or gone');
  hangUp(pbx, initiator);
}

/**
 * Status of a RingOut (platform.md 8.10; values beyond `InProgress` and `Success` are assumed); undefined for one
 * that is unknown or another extension's.
 */
export function ringOutStatus(pbx: Pbx, id: string, extensionId: string): RingOutStatus | undefined {
  const initiator = initiatorOf(pbx, id, extensionId);
  if (initiator === undefined) return undefined;
  const target = initiator.call.parties.find((party) => party.ringOutRole === 'Target');
  const calleeStatus = statusOf(target);
  return {
    id,
    callerStatus: statusOf(initiator.twin),
    calleeStatus,
    callStatus: calleeStatus === 'Finished' ? 'Success' : isOver(initiator) ? 'CannotReach' : calleeStatus,
  };
}

function statusOf(leg: Party | undefined): 'InProgress' | 'Success' | 'Finished' {
  if (leg === undefined || leg.serves !== undefined) return 'InProgress';
  return isOver(leg) ? 'Finished' : 'Success';
}

function initiatorOf(pbx: Pbx, id: string, extensionId: string): Party | undefined {
  const call = pbx.calls.get(id);
  return call?.parties.find(
    (party) => party.ringOutRole === 'Initiator' && party.extensionId === extensionId,
  );
}
