import { cached } from '../../shared/cached.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Platform } from '../platform.ts';
import type { RestClient } from '../rest/rest-client.ts';
import { readAccount, readDirectory, readIdentity } from './account.ts';
import { matches, numbersOf, toExtension } from './directory.ts';
import { readMonitoredExtensions } from './monitoring.ts';
import { readCallFlipNumbers, readDevices, readQueueMembers } from './phones.ts';
import { readActiveCallIds, readAvailability, readPresence } from './presence.ts';
import { readRecording } from './recording.ts';

type Lookups = Omit<Platform, 'prepare' | 'read' | 'readSession' | 'close'>;

/** How long, in ms, what was read of the account is kept: the directory costs a Medium request for each page. */
const accountTtlMs = 60_000;

/** The reads that give operations their arguments (platform.md 8). */
export function createLookups(rest: RestClient, clock: Clock): Lookups {
  const account = cached(clock, accountTtlMs, () => readAccount(rest));
  const mainNumber = async () => (await account()).mainNumber;
  const directory = cached(clock, accountTtlMs, () => readDirectory(rest));
  // Who is logged in does not change.
  const identity = cached(clock, Number.POSITIVE_INFINITY, () => readIdentity(rest));
  return {
    identity,
    timeZone: async () => (await identity()).timeZone ?? (await account()).timeZone,
    mainNumber,
    readPresence: (scope, options) => readPresence(rest, scope, options),
    readActiveCallIds: (scope, options) => readActiveCallIds(rest, scope, options),
    readAvailability: (extensionIds, options) => readAvailability(rest, extensionIds, options),
    listDevices: () => readDevices(rest),
    listCallFlipNumbers: () => readCallFlipNumbers(rest),
    listQueueMembers: (queueId) => readQueueMembers(rest, queueId),
    readRecording: (recordingId) => readRecording(rest, recordingId),
    async findExtensions(search = '') {
      return (await directory()).filter((entry) => matches(entry, search)).map(toExtension);
    },
    async listMonitoredExtensions() {
      const [{ extensionId }, entries] = await Promise.all([identity(), directory()]);
      return readMonitoredExtensions(rest, extensionId, entries);
    },
    async accountNumbers() {
      const [main, entries] = await Promise.all([mainNumber(), directory()]);
      return numbersOf(main, entries);
    },
  };
}
