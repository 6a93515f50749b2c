import { Failure } from '../../base/failure.ts';
import type { Directory } from '../ports.ts';

/** Every `deviceId` must be a phone of the login: on another's phone a microphone would open (FACTS 2.2). */
export async function refuseForeignDevices(
  deviceIds: readonly string[],
  directory: Directory,
): Promise<void> {
  if (deviceIds.length === 0) return;
  const own = new Set((await directory.devices()).map(({ id }) => id));
  if (deviceIds.every((id) => own.has(id))) return;
  throw new Failure('denied', 'This device is not one of yours: use an id from list_devices.', {
    parameter: 'deviceId',
    next: ['list_devices'],
  });
}
