import { invalid, notAllowed, notFound, wrongState } from './errors.ts';
import { insideIdentity, ownEnd, seenInside } from './identity.ts';
import { type Call, isOnTheLine, isOver, others, type Party } from './model.ts';
import type { Pbx } from './pbx.ts';
import { noteReached } from './reached.ts';
import { connect, type Destination } from './routing.ts';
import { settleSoon } from './teardown.ts';
import type { Extension, ParkLocation, World } from './world.ts';

/** Parking by code and at a location, and getting calls back (platform.md 2.3.11, 2.3.22, 10.6). */

const FIRST_CODE = 801;
const LAST_CODE = 899;
/** Calls parked by code at one time (platform.md 2.2). */
const MOST_PARKED = 50;

/** Parks the call of a party by code. Returns the leg that waits, which has the code; the party leaves. */
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
 * Nobody comes for a parked call: after a while it leaves the park and rings at its parker's, and is from then on like
 * a call transferred there, voicemail included. Assumed as a whole, the time and the events (the caller `Answered`, a
 * new leg of the parker in the same session): nothing public tells them. An outsider who parked has no phone here.
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

/** The park location that a destination is, if it is one. */
export function locationOf(world: World, destination: Destination): ParkLocation | undefined {
  if (destination.kind !== 'extension') return undefined;
  return world.parkLocations.get(destination.extension.id);
}

/** Parks at a location: a leg of the location's extension, without park data. It holds one call (assumed). */
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
 * Picks a parked call up with a device: returns the picker's new leg. The caller goes on as a new leg beside it,
 * the parked one is `Gone`; a location's leg is `Disconnected` with `ParkLocation` (assumed from platform.md 4.7).
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

/** The parked call that a dialled number retrieves; undefined if that number retrieves nothing by its nature. */
export function parkedUnder(pbx: Pbx, destination: Destination): Party | undefined {
  const location = locationOf(pbx.world, destination);
  if (destination.kind !== 'parkCode' && location === undefined) return undefined;
  const parked = location === undefined ? pbx.parked.get(destination.dialled) : parkedAt(pbx, location);
  if (parked === undefined) throw notFound('phoneNumber', destination.dialled);
  return parked;
}

/** Somebody dialled a park code or location: the waiting caller goes on in the dialler's call. */
export function retrieve(pbx: Pbx, dialler: Party, parked: Party): void {
  // The caller may have left, or somebody was faster.
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

/** Throws if that extension may not retrieve it. */
export function checkMayRetrieve(world: World, parked: Party, extensionId: string | undefined): void {
  const location = world.parkLocations.get(parked.extensionId ?? '');
  if (location !== undefined) checkMember(location, extensionId);
}

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
