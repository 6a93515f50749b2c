import type { Called, Caller } from './api.ts';
import { invalid, missing, notFound } from './errors.ts';
import { insideIdentity, onlineDevices } from './identity.ts';
import type { Call, Party, Reason } from './model.ts';
import { checkMayRetrieve, parkedUnder, retrieve } from './parking.ts';
import type { NewParty, Pbx } from './pbx.ts';
import { noteReached } from './reached.ts';
import { connect, EMERGENCY_NUMBERS, resolve } from './routing.ts';
import { hangUp } from './teardown.ts';
import { AUTO_ANSWER_MS, REACHED_MS, SETUP_MS } from './timing.ts';
import type { Extension, WhenCalled, World } from './world.ts';

/** Who dials: somebody of the account at a device, or somebody outside. */
export type Dialler =
  | { extension: Extension; deviceId: string | undefined }
  | { phoneNumber: string; name: string | undefined; emergencyCallback: boolean };

/**
 * Who dials by the control interface: a user of the account, named by extension number or direct number, at an online
 * device; or any other number, which is outside.
 *
 * @throws ApiError CMN-100 without a number, CMN-102 for an unknown extension, CMN-101 for an extension that is no
 * user and for a device that is not the user's or not online
 */
export function diallerOf(world: World, from: Caller): Dialler {
  const number = from.extensionNumber ?? from.phoneNumber;
  if (number === undefined) throw missing('from.phoneNumber');
  const extension = world.extensions.get(world.dialPlan.get(number) ?? '');
  if (extension === undefined) {
    if (from.phoneNumber === undefined) throw notFound('from.extensionNumber', number);
    return {
      phoneNumber: from.phoneNumber,
      name: from.name,
      emergencyCallback: from.emergencyCallback ?? false,
    };
  }
  if (extension.type !== 'User') throw invalid('from.extensionNumber', number);
  const devices = onlineDevices(world, extension.id).map((device) => device.id);
  if (from.deviceId !== undefined && !devices.includes(from.deviceId)) {
    throw invalid('from.deviceId', from.deviceId);
  }
  return { extension, deviceId: from.deviceId ?? devices[0] };
}

/**
 * Places a call: the caller's leg is in `Setup`, and the destination's first leg follows a moment later, or, with
 * `deviceFirst`, when that device of the caller has answered. A park code or location retrieves the parked call.
 *
 * @throws ApiError for a number that leads nowhere, and for a parked call that the caller may not retrieve
 */
export function startCall(
  pbx: Pbx,
  options: { origin: Call['origin']; from: Dialler; to: Called; countryId?: string; deviceFirst?: string },
): Call {
  const { from, to, origin, countryId, deviceFirst } = options;
  const extensionId = 'extension' in from ? from.extension.id : undefined;
  const destination = resolve(pbx.world, to, {
    ...(extensionId === undefined ? {} : { extensionId }),
    ...(countryId === undefined ? {} : { countryId }),
  });
  const parked = parkedUnder(pbx, destination);
  if (parked !== undefined) checkMayRetrieve(pbx.world, parked, extensionId);
  const call = pbx.openCall(origin);
  const caller = pbx.addParty(call, {
    direction: 'Outbound',
    code: 'Setup',
    ...callerEnd(from),
    to: { phoneNumber: to.extensionNumber ?? destination.dialled },
  });
  if ('phoneNumber' in from && from.name !== undefined) caller.callerName = from.name;
  const goOn = () => {
    if (parked === undefined) connect(pbx, caller, destination);
    else pbx.later(caller, REACHED_MS, () => retrieve(pbx, caller, parked));
  };
  if (deviceFirst === undefined) pbx.later(caller, SETUP_MS, goOn);
  else callFirst(pbx, caller, deviceFirst, goOn);
  return call;
}

/** Calls the caller's own device, and goes on when it has answered. What it does is its `whenCalled`. */
function callFirst(pbx: Pbx, caller: Party, deviceId: string, goOn: () => void): void {
  const cancelTimeout = pbx.later(caller, pbx.world.account.ringSeconds * 1000, () => refuse('NoAnswer'));
  const refuse = (reason: Reason) => hangUp(pbx, caller, reason);
  const answer = () => {
    cancelTimeout();
    delete caller.calledFirst;
    noteReached(pbx, caller, 'answers', [deviceId]);
    goOn();
  };
  caller.calledFirst = { deviceId, answer, refuse };
  noteReached(pbx, caller, 'rings', [deviceId]);
  pbx.later(caller, AUTO_ANSWER_MS, () => {
    if (caller.calledFirst === undefined) return;
    const does = whenCalled(pbx, deviceId);
    const reason = DEVICE_REFUSALS[does];
    if (does === 'answers') answer();
    else if (reason !== undefined) refuse(reason);
  });
}

/** Why a call-out ends whose first device does not answer by itself. */
const DEVICE_REFUSALS: Partial<Record<WhenCalled, Reason>> = {
  declines: 'Rejected',
  busy: 'TargetBusy',
  unreachable: 'NoAnswer',
};

/** What a device does when it is called; one that is unknown or offline is `unreachable`. */
export function whenCalled(pbx: Pbx, deviceId: string): WhenCalled {
  const device = pbx.world.devices.get(deviceId);
  return device?.status === 'Online' ? device.whenCalled : 'unreachable';
}

function callerEnd(from: Dialler): Pick<NewParty, 'from' | 'extensionId' | 'emergencyCallback'> {
  if ('phoneNumber' in from) {
    // Emergency services call back from ordinary numbers too.
    const emergencyCallback = from.emergencyCallback || EMERGENCY_NUMBERS.has(from.phoneNumber);
    return { from: { phoneNumber: from.phoneNumber }, ...(emergencyCallback ? { emergencyCallback } : {}) };
  }
  const { extension, deviceId } = from;
  return {
    extensionId: extension.id,
    from: {
      ...insideIdentity(extension),
      // A caller's own leg shows the direct number (platform.md 4.6.2).
      phoneNumber: extension.directNumber ?? extension.extensionNumber,
      ...(deviceId === undefined ? {} : { deviceId }),
    },
  };
}
