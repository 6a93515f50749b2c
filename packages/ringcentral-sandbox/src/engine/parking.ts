import { invalid, notAllowed, notFound, wrongState } from './errors.ts';
import { insideIdentity, ownEnd, seenInside } from './identity.ts';
import { type Call, isOnTheLine, isOver, others, type Party } from './model.ts';
import type { Pbx } from './pbx.ts';
import { noteReached } from './reached.ts';
import { connect, type Destination } from './routing.ts';
import { settleSoon } from './teardown.ts';
import type { Extension, ParkLocation, World } from './world.ts';

const FIRST_CODE = 801;
const LAST_CODE = 899;
/** Most calls that are parked by code at one time (platform.md 2.2). */
const MOST_PARKED = 50;

/**
 * Parks by code the person with whom a party talks, and ends the party's leg (platform.md 2.3.11).
 *
 * @returns the leg that waits, with its `parkCode`
 * @throws ApiError TAS-102 unless there is exactly one person at the other end, TAS-106 if no code is free
 */
export function parkByCode(pbx: Pbx, party: Party): Party {
  const [waiting, another] = others(party).filter(isOnTheLine);
  if (waiting === undefined || another !== undefined) throw wrongState('not one person at the other end');
  if (pbx.parked.size >= MOST_PARKED) throw notAllowed(`${MOST_PARKED} calls are parked already`);
  const parkCode = freeCode(pbx);
  pbx.endLegsServing(waiting);
  pbx.parked.set(parkCode, waiting);
  waiting.api.held = false;
  waiting.phone.held = false;
  pbx.change(waiting, { code: 'Parked', parkCode });
  noteReached(pbx, waiting, 'parked');
  pbx.end(party, 'CallPark');
  settleSoon(pbx, party.call);
  ringBackLater(pbx, waiting, party);
  return waiting;
}

/**
 * Lets a call that nobody retrieves ring at the extension that parked it, after the account's `parkSeconds`; it then
 * goes on like a call that was transferred there, to voicemail at last. All of this is assumed, time and events (the
 * caller `Answered`, a new leg in the same session) included. A call that was parked by an outside party stays
 * parked.
 */
function ringBackLater(pbx: Pbx, parked: Party, parker: Party): void {
  const extension = pbx.world.extensions.get(parker.extensionId ?? '');
  if (extension === undefined) return;
  pbx.later(parked, pbx.world.account.parkSeconds * 1000, () => {
    if (callerLeft(parked)) return;
    const waiting = parked.serves ?? parked;
    if (waiting === parked) pbx.change(parked, { code: 'Answered' });
    else pbx.end(parked, 'ParkLocation');
    connect(pbx, waiting, { kind: 'extension', extension, dialled: extension.extensionNumber });
  });
}

function freeCode(pbx: Pbx): string {
  for (let code = FIRST_CODE; code <= LAST_CODE; code++) {
    if (!pbx.parked.has(`*${code}`)) return `*${code}`;
  }
  throw notAllowed('no park code is free');
}

/** The park location that a destination leads to; undefined if it is none. */
export function locationOf(world: World, destination: Destination): ParkLocation | undefined {
  if (destination.kind !== 'extension') return undefined;
  return world.parkLocations.get(destination.extension.id);
}

/**
 * Parks `waiting` at a location: as a leg of the location's extension, without a park code. A location has room for
 * one call (assumed).
 *
 * @throws ApiError TAS-106 if `party` is no member of the location, or the location is occupied
 */
export function parkAtLocation(pbx: Pbx, party: Party, waiting: Party, location: ParkLocation): void {
  const extension = pbx.world.extensions.get(location.extensionId);
  if (extension === undefined) throw invalid('parkOrbit', location.extensionId);
  checkMember(location, party.extensionId);
  if (parkedAt(pbx, location) !== undefined) throw notAllowed('the park location is occupied');
  const parked = pbx.addParty(party.call, {
    direction: 'Inbound',
    code: 'Parked',
    extensionId: extension.id,
    from: seenInside(pbx.world, waiting),
    to: insideIdentity(extension),
    serves: waiting,
  });
  noteReached(pbx, parked, 'parked');
  ringBackLater(pbx, parked, party);
}

function checkMember(location: ParkLocation, extensionId: string | undefined): void {
  if (extensionId === undefined || !location.members.includes(extensionId)) {
    throw notAllowed('only members of the park location may park and retrieve');
  }
}

function parkedAt(pbx: Pbx, location: ParkLocation): Party | undefined {
  for (const leg of pbx.legsOf(location.extensionId)) if (leg.code === 'Parked') return leg;
  return undefined;
}

/**
 * Takes a parked call to a device (platform.md 2.3.22). The caller goes on as a new leg and the parked one is `Gone`;
 * a location's leg is `Disconnected` with the reason `ParkLocation` (assumed from platform.md 4.7).
 *
 * @returns the new leg of the extension that picks up
 * @throws ApiError TAS-106 for no member of the park location, TAS-102 if the caller has left
 */
export function pickUp(pbx: Pbx, parked: Party, picker: Extension, deviceId: string): Party {
  const caller = unpark(pbx, parked, picker.id, parked.call);
  const own = pbx.addParty(parked.call, {
    direction: 'Outbound',
    code: 'Answered',
    reason: 'Pickup',
    extensionId: picker.id,
    from: { ...insideIdentity(picker), deviceId },
    to: ownEnd(caller),
  });
  noteReached(pbx, own, 'answers', [deviceId]);
  return own;
}

/**
 * The parked leg that a dialled destination retrieves; undefined if it is neither a park code nor a park location.
 *
 * @throws ApiError CMN-102 if nothing is parked there
 */
export function parkedUnder(pbx: Pbx, destination: Destination): Party | undefined {
  const location = locationOf(pbx.world, destination);
  if (destination.kind !== 'parkCode' && location === undefined) return undefined;
  const parked = location === undefined ? pbx.parked.get(destination.dialled) : parkedAt(pbx, location);
  if (parked === undefined) throw notFound('phoneNumber', destination.dialled);
  return parked;
}

/**
 * Moves a parked caller to the call of who dialled its code or location; the dialler's leg ends if it is too late.
 */
export function retrieve(pbx: Pbx, dialler: Party, parked: Party): void {
  // The caller has left, or was retrieved already.
  if (parked.code !== 'Parked' || callerLeft(parked)) {
    pbx.end(dialler);
    return;
  }
  const caller = unpark(pbx, parked, dialler.extensionId, dialler.call);
  pbx.change(dialler, {
    code: 'Answered',
    reason: 'Pickup',
    to: { ...dialler.to, name: ownEnd(caller).name ?? '' },
  });
}

/** Throws TAS-106 if that extension may not retrieve the leg: only members do at a park location. */
export function checkMayRetrieve(world: World, parked: Party, extensionId: string | undefined): void {
  const location = world.parkLocations.get(parked.extensionId ?? '');
  if (location !== undefined) checkMember(location, extensionId);
}

/** Ends the parking and returns the caller's leg in the call `into`. Throws as `pickUp` does. */
function unpark(pbx: Pbx, parked: Party, extensionId: string | undefined, into: Call): Party {
  checkMayRetrieve(pbx.world, parked, extensionId);
  if (callerLeft(parked)) throw wrongState('the caller has left');
  settleSoon(pbx, parked.call);
  if (parked.serves === undefined) return pbx.relocate(parked, into, 'Pickup');
  const waiting = parked.serves;
  pbx.end(parked, 'ParkLocation');
  return into === waiting.call ? waiting : pbx.relocate(waiting, into, 'Pickup');
}

function callerLeft(parked: Party): boolean {
  return parked.serves !== undefined && isOver(parked.serves);
}
