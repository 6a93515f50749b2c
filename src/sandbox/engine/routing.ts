import type { Called } from './api.ts';
import { invalid, missing, notFound } from './errors.ts';
import { insideIdentity, seenInside, seenOutside } from './identity.ts';
import { type Endpoint, isOver, type Party } from './model.ts';
import type { NewParty, Pbx } from './pbx.ts';
import { enterQueue } from './queue.ts';
import { startRinging, toVoicemail } from './ringing.ts';
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
const E164 = /^\+?[1-9]\d{6,14}$/;
/** `*67` hides the caller's number. */
const STAR_PREFIX = /^\*67/;

/** Finds the destination of a dialled number or extension; throws CMN-100, CMN-101 or CMN-102. */
export function resolve(world: World, to: Called): Destination {
  if (to.extensionNumber !== undefined) {
    return { kind: 'extension', ...extensionByNumber(world, to.extensionNumber, 'extensionNumber') };
  }
  if (to.phoneNumber === undefined) throw missing('phoneNumber');
  const dialled = to.phoneNumber.replace(STAR_PREFIX, '');
  if (PARK_CODE.test(dialled)) return { kind: 'parkCode', dialled };
  if (EMERGENCY_NUMBERS.has(dialled)) return { kind: 'pstn', dialled };
  const [number = '', extensionNumber] = dialled.split('*');
  const e164 = number.startsWith('+') ? number : `+${number}`;
  if (extensionNumber !== undefined && e164 === world.account.mainNumber) {
    return { kind: 'extension', ...extensionByNumber(world, extensionNumber, 'phoneNumber') };
  }
  const extensionId = world.dialPlan.get(dialled) ?? world.dialPlan.get(e164);
  const extension = extensionId === undefined ? undefined : world.extensions.get(extensionId);
  if (extension !== undefined) return { kind: 'extension', extension, dialled };
  if (!E164.test(dialled)) throw invalid('phoneNumber', dialled);
  return { kind: 'pstn', dialled: e164 };
}

function extensionByNumber(world: World, dialled: string, parameter: string) {
  const id = world.dialPlan.get(dialled);
  const extension = id === undefined ? undefined : world.extensions.get(id);
  if (extension === undefined) throw notFound(parameter, dialled);
  return { extension, dialled };
}

/** The extension with that id as a destination. */
export function extensionDestination(
  world: World,
  kind: 'extension' | 'voicemail',
  id: string,
  parameter: string,
): Destination {
  const extension = world.extensions.get(id);
  if (extension === undefined) throw notFound(parameter, id);
  return { kind, extension, dialled: extension.extensionNumber };
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
 * Tells a caller that somebody of the account was reached, long before a human answers (FACTS 4.6 b).
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

/** The phones of a user ring, unless the user takes no calls or has no phone. */
function deliver(pbx: Pbx, leg: Party): void {
  const extension = leg.extensionId === undefined ? undefined : pbx.world.extensions.get(leg.extensionId);
  if (leg.serves !== undefined) leg.from = seenInside(pbx.world, leg.serves);
  startRinging(pbx, leg);
  const refuses = extension?.type !== 'User' || extension.dndStatus === 'DoNotAcceptAnyCalls';
  if (refuses || leg.ringing?.devices.size === 0) toVoicemail(pbx, leg);
  else {
    leg.mobilePickup = true;
    pbx.change(leg, { code: 'Proceeding' });
  }
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

/** An outside phone rings: there is no Setup, and the caller's leg follows a moment behind (FACTS 4.6 c). */
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
