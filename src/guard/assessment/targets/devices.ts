import { type Device, isUsable } from '../../../ringcentral/wire/lookups.ts';
import { Failure } from '../../../shared/failure.ts';
import type { Action } from '../../action.ts';

/**
 * The phones that an act names, among the login's `own`. Each must be one of these: on another's phone a microphone would open
 * (platform.md 2.2). Throws `invalid_input` for one that is not.
 */
export function namedDevices({ deviceIds, args }: Action, own: readonly Device[]): Device[] {
  const byId = new Map(own.map((device) => [device.id, device]));
  const foreign = deviceIds.find((id) => !byId.has(id));
  if (foreign === undefined) return deviceIds.flatMap((id) => byId.get(id) ?? []);
  const isIt = ([name, value]: [string, unknown]) => value === foreign && /deviceId$/i.test(name);
  throw new Failure('invalid_input', 'This device is not one of yours: use an id from list_devices.', {
    parameter: Object.entries(args).find(isIt)?.[0] ?? 'deviceId',
    next: ['list_devices'],
  });
}

/** Throws `wrong_state` where one of the phones that an act would use cannot be used now (platform.md 8.1). */
export function mustBeUsable(devices: readonly Device[]): void {
  const phone = devices.find((device) => !isUsable(device));
  if (phone === undefined) return;
  throw new Failure(
    'wrong_state',
    `The phone ${phone.id} cannot be used now: it is ${phone.status ?? 'not a phone that answers'}. Nothing was done.`,
    { next: ['list_devices'] },
  );
}
