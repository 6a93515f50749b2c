import type { RestClient } from '../rest/rest-client.ts';
import {
  type CallFlipNumber,
  callFlipNumber,
  type Device,
  device,
  type QueueMember,
  queueMember,
} from '../wire/lookups.ts';
import { readPages } from './pages.ts';
import { accountPath, lookup, ownExtensionPath } from './request.ts';

/** Reads the devices of the login. */
export const readDevices = (rest: RestClient): Promise<Device[]> =>
  readPages(rest, lookup(`${ownExtensionPath}/device`, 'light', 'List devices'), device);

/** Reads the numbers that the login can flip a call to. */
export async function readCallFlipNumbers(rest: RestClient): Promise<CallFlipNumber[]> {
  const request = lookup(`${ownExtensionPath}/forwarding-number`, 'light', 'List call flip numbers');
  const numbers = await readPages(rest, request, callFlipNumber);
  return numbers.filter(({ features }) => !features || features.includes('CallFlip'));
}

/** Reads who is in a call queue. */
export function readQueueMembers(rest: RestClient, queueId: string): Promise<QueueMember[]> {
  const path = `${accountPath}/call-queues/${encodeURIComponent(queueId)}/members`;
  const request = { ...lookup(path, 'light', 'List queue members'), route: 'GET call-queues/members' };
  return readPages(rest, request, queueMember);
}
