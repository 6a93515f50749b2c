import type { RestClient } from '../rest/rest-client.ts';
import {
  type DirectoryEntry,
  type MonitoredExtension,
  type MonitoringGroup,
  monitoringGroup,
  monitoringMember,
} from '../wire/lookups.ts';
import { nameOf } from './directory.ts';
import { readPages } from './pages.ts';
import { accountPath, lookup } from './request.ts';

const groupsPath = `${accountPath}/call-monitoring-groups`;
const what = 'List monitoring groups';

/** Whose calls the extension `supervisorId` may listen to, by each monitoring group that lets it. */
export async function readMonitoredExtensions(
  rest: RestClient,
  supervisorId: string,
  entries: readonly DirectoryEntry[],
): Promise<MonitoredExtension[]> {
  const request = { ...lookup(groupsPath, 'medium', what), query: { memberExtensionId: supervisorId } };
  const names = new Map(entries.map((entry) => [entry.id, nameOf(entry)]));
  const monitored: MonitoredExtension[] = [];
  for (const group of await readPages(rest, request, monitoringGroup)) {
    monitored.push(...(await readMonitoredBy(rest, supervisorId, group, names)));
  }
  return monitored;
}

/** Whom the supervisor may listen to as a member of this group. */
async function readMonitoredBy(
  rest: RestClient,
  supervisorId: string,
  group: MonitoringGroup,
  names: ReadonlyMap<string, string | undefined>,
): Promise<MonitoredExtension[]> {
  const path = `${groupsPath}/${encodeURIComponent(group.id)}/members`;
  const request = { ...lookup(path, 'medium', what), route: 'GET call-monitoring-groups/members' };
  const members = await readPages(rest, request, monitoringMember);
  const supervisor = members.find(({ id }) => id === supervisorId);
  if (!supervisor?.permissions.includes('Monitoring')) return [];
  return members
    .filter(({ id, permissions }) => id !== supervisorId && permissions.includes('Monitored'))
    .map(({ id, extensionNumber }) => ({
      id,
      extensionNumber,
      name: names.get(id),
      groupId: group.id,
      groupName: group.name,
    }));
}
