import { cached } from '../shared/cached.ts';
import type { Clock } from '../shared/clock.ts';
import { Failure } from '../shared/failure.ts';
import { readPages } from './pages.ts';
import type { AccountNumber, LoginIdentity, Platform } from './platform.ts';
import { presenceBatch, readPresenceBatch } from './presence.ts';
import { type RestClient, unreadable } from './rest/rest-client.ts';
import { type Presence, presence } from './wire/event.ts';
import {
  account,
  activeCallRecord,
  callFlipNumber,
  type DirectoryEntry,
  device,
  directoryEntry,
  type Extension,
  type MonitoredExtension,
  monitoringGroup,
  monitoringMember,
  ownExtension,
  queueMember,
  recordingDetails,
} from './wire/lookups.ts';
import type { RateGroup } from './wire/operation-table.ts';

type Lookups = Omit<Platform, 'prepare' | 'read' | 'readSession' | 'close'>;

const own = '/restapi/v1.0/account/~/extension/~';
const company = '/restapi/v1.0/account/~';

/** How long, in ms, what was read of the account is kept: the directory costs a Medium request for each page. */
const accountTtlMs = 60_000;

/** The reads that give operations their arguments (platform.md 8). */
export function createLookups(rest: RestClient, clock: Clock): Lookups {
  const read = (path: string, group: RateGroup, what: string) =>
    rest.send({ method: 'GET', path, route: `GET ${path}`, group, what, acting: false });
  const list = (path: string, group: RateGroup, what: string) => ({
    path,
    route: `GET ${path}`,
    group,
    what,
  });

  /** Undefined without the right to read the account; the main number then counts as an outside number. */
  const mainNumber = cached(clock, accountTtlMs, async (): Promise<string | undefined> => {
    try {
      const { body } = await read(company, 'light', 'Read the account');
      return account.safeParse(body).data?.mainNumber;
    } catch (error) {
      if (error instanceof Failure && error.kind === 'forbidden') return undefined;
      throw error;
    }
  });

  /** The logged-in user; read once, because it does not change. */
  const identity = cached(clock, Number.POSITIVE_INFINITY, async (): Promise<LoginIdentity> => {
    const what = 'Read who is logged in';
    const owner = (error: unknown) => {
      if (error instanceof Failure && error.kind === 'forbidden') return rest.login.ownerId();
      throw error;
    };
    const extension = await read(own, 'light', what).catch(owner);
    // Without the right to read it the token still says whose it is, and whoever asks knows what is theirs.
    if (typeof extension === 'string') return { accountId: '', extensionId: extension, extensionNumber: '' };
    const body = extension?.body;
    const { data } = ownExtension.safeParse(body);
    if (!data) throw unreadable(what);
    const { id, extensionNumber = '', name } = data;
    return { accountId: data.account.id, extensionId: id, extensionNumber, name };
  });

  const directory = cached(clock, accountTtlMs, () =>
    readPages(
      rest,
      {
        ...list(`${company}/directory/entries`, 'medium', 'Read the directory'),
        query: { showFederated: false },
      },
      directoryEntry,
    ),
  );

  return {
    identity,
    mainNumber,
    async readPresence(scope, options = {}) {
      if (scope === 'extension') return readPresenceBatch(rest, ['~'], { detailed: true, ...options });
      const request = {
        ...list(`${company}/presence`, 'heavy', 'Read presence'),
        query: { detailedTelephonyState: true },
        ...options,
      };
      return readPages(rest, request, presence);
    },
    async readActiveCallIds(scope, options = {}) {
      const request = {
        ...list(`${scope === 'extension' ? own : company}/active-calls`, 'heavy', 'Read active calls'),
        ...options,
      };
      const records = await readPages(rest, request, activeCallRecord);
      // Calls that have ended stay in the list for two minutes.
      return records.flatMap(({ telephonySessionId, result = 'In Progress' }) =>
        result === 'In Progress' ? [telephonySessionId] : [],
      );
    },
    async readAvailability(extensionIds, { withCalls = false } = {}) {
      const found: Presence[] = [];
      for (let from = 0; from < extensionIds.length; from += presenceBatch) {
        const ids = extensionIds.slice(from, from + presenceBatch);
        found.push(...(await readPresenceBatch(rest, ids, { detailed: withCalls })));
      }
      return found;
    },
    listDevices: () => readPages(rest, list(`${own}/device`, 'light', 'List devices'), device),
    async listCallFlipNumbers() {
      const request = list(`${own}/forwarding-number`, 'light', 'List call flip numbers');
      const numbers = await readPages(rest, request, callFlipNumber);
      return numbers.filter(({ features }) => !features || features.includes('CallFlip'));
    },
    async findExtensions(search = '') {
      return (await directory()).filter((entry) => matches(entry, search)).map(toExtension);
    },
    async listMonitoredExtensions() {
      const [{ extensionId }, entries] = await Promise.all([identity(), directory()]);
      const groupsRequest = {
        ...list(`${company}/call-monitoring-groups`, 'medium', 'List monitoring groups'),
        query: { memberExtensionId: extensionId },
      };
      const names = new Map(entries.map((entry) => [entry.id, nameOf(entry)]));
      const monitored: MonitoredExtension[] = [];
      for (const group of await readPages(rest, groupsRequest, monitoringGroup)) {
        const path = `${company}/call-monitoring-groups/${encodeURIComponent(group.id)}/members`;
        const route = 'GET call-monitoring-groups/members';
        const request = { ...list(path, 'medium', 'List monitoring groups'), route };
        const members = await readPages(rest, request, monitoringMember);
        const me = members.find(({ id }) => id === extensionId);
        if (!me?.permissions.includes('Monitoring')) continue;
        for (const { id, extensionNumber, permissions } of members) {
          if (id === extensionId || !permissions.includes('Monitored')) continue;
          monitored.push({
            id,
            extensionNumber,
            name: names.get(id),
            groupId: group.id,
            groupName: group.name,
          });
        }
      }
      return monitored;
    },
    listQueueMembers(queueId) {
      const path = `${company}/call-queues/${encodeURIComponent(queueId)}/members`;
      const request = { ...list(path, 'light', 'List queue members'), route: 'GET call-queues/members' };
      return readPages(rest, request, queueMember);
    },
    async readRecording(recordingId) {
      const what = 'Read call recording';
      const { body } = await rest.send({
        method: 'GET',
        path: `${company}/recording/${encodeURIComponent(recordingId)}`,
        route: 'GET recording',
        group: 'heavy',
        what,
        acting: false,
      });
      const { data } = recordingDetails.safeParse(body);
      if (!data) throw unreadable(what);
      return data;
    },
    async accountNumbers() {
      const [main, entries] = await Promise.all([mainNumber(), directory()]);
      const numbers = new Map<string, AccountNumber>();
      if (main) numbers.set(main, { phoneNumber: main });
      for (const { id, phoneNumbers = [] } of entries) {
        for (const { phoneNumber } of phoneNumbers) {
          // The directory lists the main number under extensions that it reaches.
          if (phoneNumber !== main) numbers.set(phoneNumber, { phoneNumber, extensionId: id });
        }
      }
      return [...numbers.values()];
    },
  };
}

const nameOf = ({ name, firstName, lastName }: DirectoryEntry): string | undefined =>
  name ?? ([firstName, lastName].filter(Boolean).join(' ') || undefined);

const toExtension = (entry: DirectoryEntry): Extension => ({
  id: entry.id,
  extensionNumber: entry.extensionNumber,
  name: nameOf(entry),
  type: entry.type,
  status: entry.status,
});

/** By part of the name, or by digits in the extension number or a direct number. */
function matches(entry: DirectoryEntry, search: string): boolean {
  const wanted = search.trim().toLowerCase();
  if (wanted === '' || nameOf(entry)?.toLowerCase().includes(wanted)) return true;
  const digits = wanted.replace(/[\s().+-]/g, '');
  if (!/^\d+$/.test(digits)) return false;
  const numbers = (entry.phoneNumbers ?? []).map(({ phoneNumber }) => phoneNumber);
  return (
    entry.extensionNumber === digits || (digits.length > 5 && numbers.some((one) => one.includes(digits)))
  );
}
