import { Failure } from '../../base/failure.ts';
import type { Action } from '../action.ts';
import type { Directory } from '../ports.ts';

/** Every `deviceId` must be a phone of the login: on another's phone a microphone would open (FACTS 2.2). */
export async function refuseForeignDevices({ deviceIds, args }: Action, directory: Directory): Promise<void> {
  if (deviceIds.length === 0) return;
  const own = new Set((await directory.devices()).map(({ id }) => id));
  const foreign = deviceIds.find((id) => !own.has(id));
  if (foreign === undefined) return;
  const isIt = ([name, value]: [string, unknown]) => value === foreign && /deviceId$/i.test(name);
  throw new Failure('invalid_input', 'This device is not one of yours: use an id from list_devices.', {
    parameter: Object.entries(args).find(isIt)?.[0] ?? 'deviceId',
    next: ['list_devices'],
  });
}
