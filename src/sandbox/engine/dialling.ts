import type { Called } from './api.ts';
import { insideIdentity } from './identity.ts';
import type { Call } from './model.ts';
import { checkMayRetrieve, parkedUnder, retrieve } from './parking.ts';
import type { NewParty, Pbx } from './pbx.ts';
import { connect, EMERGENCY_NUMBERS, resolve } from './routing.ts';
import { REACHED_MS } from './timing.ts';
import type { Extension } from './world.ts';

/** Who dials: somebody of the account at a device, or somebody outside. */
export type Dialler =
  | { extension: Extension; deviceId: string | undefined }
  | { phoneNumber: string; name: string | undefined };

/** Opens a call with the caller's leg in `Setup`; the destination's first leg follows after `delayMs`. */
export function startCall(
  pbx: Pbx,
  options: { origin: Call['origin']; from: Dialler; to: Called; delayMs: number },
): Call {
  const { from, to, origin, delayMs } = options;
  const destination = resolve(pbx.world, to);
  const parked = parkedUnder(pbx, destination);
  if (parked !== undefined) {
    checkMayRetrieve(pbx.world, parked, 'extension' in from ? from.extension.id : undefined);
  }
  const call = pbx.openCall(origin);
  const caller = pbx.addParty(call, {
    direction: 'Outbound',
    code: 'Setup',
    ...callerEnd(from),
    to: { phoneNumber: to.extensionNumber ?? destination.dialled },
  });
  if ('phoneNumber' in from && from.name !== undefined) caller.callerName = from.name;
  if (parked === undefined) pbx.later(caller, delayMs, () => connect(pbx, caller, destination));
  else pbx.later(caller, delayMs + REACHED_MS, () => retrieve(pbx, caller, parked));
  return call;
}

function callerEnd(from: Dialler): Pick<NewParty, 'from' | 'extensionId' | 'emergencyCallback'> {
  if ('phoneNumber' in from) {
    const emergencyCallback = EMERGENCY_NUMBERS.has(from.phoneNumber);
    return { from: { phoneNumber: from.phoneNumber }, ...(emergencyCallback ? { emergencyCallback } : {}) };
  }
  const { extension, deviceId } = from;
  return {
    extensionId: extension.id,
    from: {
      ...insideIdentity(extension),
      // A caller's own leg shows the direct number (FACTS 4.6 b).
      phoneNumber: extension.directNumber ?? extension.extensionNumber,
      ...(deviceId === undefined ? {} : { deviceId }),
    },
  };
}
