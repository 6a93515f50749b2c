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

/** Numbers of emergency services, also as callers (`attributes.emergencyCallback`). */
export const EMERGENCY_NUMBERS = new Set(['911', '112', '933', '988', '999']);
const PARK_CODE = /^\*8\d\d$/;
/** `*67` hides the caller's number. */
const STAR_PREFIX = /^\*67/;
/** One's own mailbox (assumed; documented is only that the code is taken). */
const OWN_MAILBOX = '*86';

/** Who dials, and how. */
export interface Dialling {
  /** Of the extension that dials; absent: somebody outside. */
  extensionId?: string;
  /** Whose dialling plan the number follows; absent: the account's. */
  countryId?: string;
}

/** Finds the destination of a dialled number or extension; throws CMN-100, CMN-101 or CMN-102. */
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

/** What an id in a body can mean, by the member that has it: anything, a mailbox, or a park location. */
const MEANT: Record<
  'extensionId' | 'voicemail' | 'parkOrbit',
  (world: World, extension: Extension) => boolean
> = {
  extensionId: () => true,
  voicemail: (_, extension) => hasMailbox(extension),
  parkOrbit: (world, { id }) => world.parkLocations.has(id),
};

/**
 * The extension with that id as a destination. Throws CMN-102 for an unknown one, CMN-101 for one that the member
 * cannot mean (assumed).
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

/** Sends a waiting party on to a destination: a new leg in its call, and the news on the party's own leg. */
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

/** First leg at an extension: call-handling rules start. */
function arrive(pbx: Pbx, waiting: Party, extension: Extension, dialled: string): Party {
  return pbx.addParty(waiting.call, {
    ...inbound(waiting, { ...insideIdentity(extension), phoneNumber: dialled }),
    code: 'Setup',
    extensionId: extension.id,
    from: seenInside(pbx.world, waiting),
  });
}

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
 * Tells a caller that somebody of the account was reached, long before a human answers (platform.md 4.6.2).
 * Returns how long the phones of the destination take from now.
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

function seenByItself(caller: Party): Endpoint {
  return caller.callerName === undefined ? caller.from : { ...caller.from, name: caller.callerName };
}

/** The phones of a user ring, and those of delegates, unless the user takes no direct calls or has no phone. */
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

/** The menu hands the caller over: its leg ends in the same instant in which the next begins. */
export function leaveMenu(pbx: Pbx, leg: Party, extensionId: string | undefined): void {
  const waiting = leg.serves;
  if (waiting === undefined || isOver(waiting)) return;
  const extension = extensionId === undefined ? undefined : pbx.world.extensions.get(extensionId);
  pbx.end(leg);
  if (extension !== undefined) {
    connectInside(pbx, waiting, extension, leg.to.phoneNumber ?? extension.extensionNumber);
  }
}

/** An outside phone rings: there is no Setup, and the caller's leg follows a moment behind (platform.md 4.6.3). */
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
