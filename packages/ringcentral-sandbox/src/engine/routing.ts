import type { Called } from './api.ts';
import { ringDelegates } from './delegates.ts';
import { invalid, missing, notFound } from './errors.ts';
import { insideIdentity, seenInside, seenOutside } from './identity.ts';
import { type Endpoint, isOver, type Party } from './model.ts';
import { countryOf, toE164 } from './numbering.ts';
import { page } from './paging.ts';
import type { NewParty, Pbx } from './pbx.ts';
import { enterQueue } from './queue.ts';
import { startRinging, stopRinging, toVoicemail } from './ringing.ts';
import { hangUp } from './teardown.ts';
import { DELIVER_MS, OTHER_SIDE_MS, PSTN_DELIVER_MS, REACHED_MS } from './timing.ts';
import type { Extension, World } from './world.ts';

/** Where a dialled number leads. */
export type Destination =
  | { kind: 'extension'; extension: Extension; dialled: string }
  | { kind: 'voicemail'; extension: Extension; dialled: string }
  | { kind: 'parkCode'; dialled: string }
  | { kind: 'pstn'; dialled: string };

/** Numbers of emergency services. A call from one of them has `attributes.emergencyCallback`. */
export const EMERGENCY_NUMBERS = new Set(['911', '112', '933', '988', '999']);
const PARK_CODE = /^\*8\d\d$/;
/** `*67` hides the caller's number. */
const STAR_PREFIX = /^\*67/;
/** Dials one's own mailbox (assumed; documented is only that the code is accepted). */
const OWN_MAILBOX = '*86';

/** Who dials, and how. */
export interface Dialling {
  /** Who dials; absent: somebody outside. */
  extensionId?: string;
  /** The country by whose plan the number is dialled; absent: the account's. */
  countryId?: string;
}

/**
 * Where a dialled number or extension leads.
 *
 * @throws ApiError CMN-100 without a number, CMN-101 for what is no number or an unknown country, CMN-102 for an
 * unknown extension
 */
export function resolve(world: World, to: Called, dialling: Dialling = {}): Destination {
  const country = countryOf(dialling.countryId ?? world.account.homeCountryId);
  if (country === undefined) throw invalid('countryId', dialling.countryId);
  if (to.extensionNumber !== undefined) {
    return { kind: 'extension', ...extensionByNumber(world, to.extensionNumber, 'extensionNumber') };
  }
  if (to.phoneNumber === undefined) throw missing('phoneNumber');
  const dialled = to.phoneNumber.replace(STAR_PREFIX, '');
  if (PARK_CODE.test(dialled)) return { kind: 'parkCode', dialled };
  if (EMERGENCY_NUMBERS.has(dialled)) return { kind: 'pstn', dialled };
  const self = world.extensions.get(dialling.extensionId ?? '');
  if (dialled === OWN_MAILBOX && self !== undefined) return { kind: 'voicemail', extension: self, dialled };
  const [number = '', extensionNumber] = dialled.split('*');
  const e164 = toE164(number, country);
  if (extensionNumber !== undefined) {
    if (e164 !== world.account.mainNumber) throw invalid('phoneNumber', dialled);
    return { kind: 'extension', ...extensionByNumber(world, extensionNumber, 'phoneNumber') };
  }
  const byNumber = diallable(world, dialled);
  if (byNumber !== undefined) return { kind: 'extension', extension: byNumber, dialled };
  if (e164 === undefined) throw invalid('phoneNumber', dialled);
  const extension = diallable(world, e164);
  return extension === undefined
    ? { kind: 'pstn', dialled: e164 }
    : { kind: 'extension', extension, dialled: e164 };
}

function diallable(world: World, number: string): Extension | undefined {
  return world.extensions.get(world.dialPlan.get(number) ?? '');
}

function extensionByNumber(world: World, dialled: string, parameter: string) {
  const extension = diallable(world, dialled);
  if (extension === undefined) throw notFound(parameter, dialled);
  return { extension, dialled };
}

/** What an id must be, by the member of the body that has it: any extension, one with a mailbox, a park location. */
const MEANT: Record<
  'extensionId' | 'voicemail' | 'parkOrbit',
  (world: World, extension: Extension) => boolean
> = {
  extensionId: () => true,
  voicemail: (_, extension) => hasMailbox(extension),
  parkOrbit: (world, { id }) => world.parkLocations.has(id),
};

/**
 * The destination that an extension id in a body names.
 *
 * @throws ApiError CMN-102 for an unknown extension, CMN-101 for one that this member cannot name (assumed)
 */
export function destinationById(world: World, member: keyof typeof MEANT, id: string): Destination {
  const extension = world.extensions.get(id);
  if (extension === undefined) throw notFound(member, id);
  if (!MEANT[member](world, extension)) throw invalid(member, id);
  const kind = member === 'voicemail' ? 'voicemail' : 'extension';
  return { kind, extension, dialled: extension.extensionNumber };
}

/** Users and queues have voicemail (assumed of queues); menus, park locations and loudspeakers don't. */
function hasMailbox({ type }: Extension): boolean {
  return type === 'User' || type === 'Department';
}

/** Sends a waiting party on to a destination: a new leg in its call, and what the party's own leg shows of it. */
export function connect(pbx: Pbx, waiting: Party, destination: Destination): void {
  if (destination.kind === 'pstn') connectOutside(pbx, waiting, destination.dialled);
  else if (destination.kind === 'voicemail') {
    const leg = arrive(pbx, waiting, destination.extension, destination.dialled);
    pbx.later(leg, reached(pbx, waiting, destination.extension), () => toVoicemail(pbx, leg));
  } else if (destination.kind === 'extension') {
    connectInside(pbx, waiting, destination.extension, destination.dialled);
  }
}

function connectInside(pbx: Pbx, waiting: Party, extension: Extension, dialled: string): void {
  const leg = arrive(pbx, waiting, extension, dialled);
  const delay = reached(pbx, waiting, extension);
  if (extension.type === 'IvrMenu') {
    const menu = pbx.world.ivrMenus.get(extension.id);
    pbx.later(leg, menu?.connectAfterMs ?? 0, () => leaveMenu(pbx, leg, menu?.connectTo));
  } else if (extension.type === 'Department') {
    pbx.later(leg, delay, () => enterQueue(pbx, leg, waiting));
  } else if (extension.type === 'PagingOnly') {
    pbx.later(leg, delay, () => page(pbx, leg));
  } else {
    pbx.later(leg, delay, () => deliver(pbx, leg));
  }
}

/** Adds the first leg of an extension, in `Setup`. */
function arrive(pbx: Pbx, waiting: Party, extension: Extension, dialled: string): Party {
  return pbx.addParty(waiting.call, {
    ...inbound(waiting, { ...insideIdentity(extension), phoneNumber: dialled }),
    code: 'Setup',
    extensionId: extension.id,
    from: seenInside(pbx.world, waiting),
  });
}

/** What every leg for a waiting party has in common. */
function inbound(
  waiting: Party,
  to: Endpoint,
): Pick<NewParty, 'direction' | 'to' | 'serves' | 'emergencyCallback'> {
  return {
    direction: 'Inbound',
    to,
    serves: waiting,
    ...(waiting.emergencyCallback ? { emergencyCallback: true } : {}),
  };
}

/**
 * Turns the leg of a caller to `Answered` because the account was reached, before anybody answers
 * (platform.md 4.6.2).
 *
 * @returns milliseconds until the phones of the destination ring
 */
function reached(pbx: Pbx, waiting: Party, extension: Extension): number {
  if (waiting.code !== 'Setup') return DELIVER_MS;
  pbx.later(waiting, REACHED_MS, () => {
    if (waiting.code !== 'Setup') return;
    const to = { ...waiting.to, name: extension.name, extensionId: extension.id };
    pbx.change(waiting, { code: 'Answered', to, from: seenByItself(waiting) });
  });
  return REACHED_MS + DELIVER_MS;
}

/** An outside caller's own end, with the name. */
function seenByItself(caller: Party): Endpoint {
  return caller.callerName === undefined ? caller.from : { ...caller.from, name: caller.callerName };
}

/**
 * Lets the phones of a user and of their delegates ring; voicemail takes the call where none can, or the user takes
 * none.
 */
function deliver(pbx: Pbx, leg: Party): void {
  const extension = pbx.world.extensions.get(leg.extensionId ?? '');
  if (leg.serves !== undefined) leg.from = seenInside(pbx.world, leg.serves);
  if (extension === undefined || !hasMailbox(extension)) hangUp(pbx, leg);
  else if (takesDirectCalls(extension) && startRinging(pbx, leg)) {
    leg.mobilePickup = true;
    pbx.change(leg, { code: 'Proceeding' });
    ringDelegates(pbx, leg, extension);
  } else {
    stopRinging(leg);
    toVoicemail(pbx, leg);
  }
}

function takesDirectCalls({ type, dndStatus }: Extension): boolean {
  return type === 'User' && dndStatus !== 'DoNotAcceptAnyCalls' && dndStatus !== 'TakeDepartmentCallsOnly';
}

/** Ends the leg of a menu and connects its caller to that extension; without one the caller stays alone. */
export function leaveMenu(pbx: Pbx, leg: Party, extensionId: string | undefined): void {
  const waiting = leg.serves;
  if (waiting === undefined || isOver(waiting)) return;
  const extension = extensionId === undefined ? undefined : pbx.world.extensions.get(extensionId);
  pbx.end(leg);
  if (extension !== undefined) {
    connectInside(pbx, waiting, extension, leg.to.phoneNumber ?? extension.extensionNumber);
  }
}

/**
 * Calls an outside phone: its leg has no `Setup`, and the caller's is `Proceeding` a moment later (platform.md
 * 4.6.3).
 */
function connectOutside(pbx: Pbx, waiting: Party, dialled: string): void {
  const leg = () => {
    const outside = pbx.addParty(waiting.call, {
      ...inbound(waiting, { phoneNumber: dialled }),
      code: 'Proceeding',
      from: seenOutside(pbx.world, waiting),
    });
    startRinging(pbx, outside);
    if (waiting.code === 'Setup') {
      pbx.later(waiting, OTHER_SIDE_MS, () => pbx.change(waiting, { code: 'Proceeding' }));
    }
  };
  if (waiting.code === 'Setup') pbx.later(waiting, PSTN_DELIVER_MS, leg);
  else leg();
}
