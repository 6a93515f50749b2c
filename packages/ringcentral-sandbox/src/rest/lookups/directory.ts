import { z } from 'zod';
import type { Extension } from '../../engine/world.ts';
import { apiErrors } from '../errors.ts';
import type { ApiReply } from '../exchange.ts';
import { listParameter, pageOf } from '../paging.ts';
import { type ApiCall, ok, type Route, type Services } from '../route.ts';
import { accountUri } from './uris.ts';

const DIRECTORY = '/restapi/v1.0/account/{accountId}/directory/entries';

/** The company directory (platform.md 8.4). */
export const directoryRoutes: readonly Route[] = [
  { method: 'GET', path: DIRECTORY, group: 'medium', appPermission: 'ReadAccounts', handle: listEntries },
  {
    method: 'POST',
    path: `${DIRECTORY}/search`,
    group: 'heavy',
    appPermission: 'ReadAccounts',
    userPermission: 'ReadExtensions',
    handle: searchEntries,
  },
];

interface Entry {
  id: string;
  type: string;
  status: string;
  extensionNumber: string;
  firstName?: string;
  lastName?: string;
  name?: string;
  email?: string;
  phoneNumbers: { phoneNumber: string; type: string; usageType: string }[];
  account: { id: string; companyName: string; mainNumber: { phoneNumber: string } };
}

/** The texts of an entry that each search field looks at. */
const SEARCH_FIELDS: Record<string, (entry: Entry) => string[]> = {
  firstName: ({ firstName, name }) => [firstName ?? name ?? ''],
  lastName: ({ lastName }) => [lastName ?? ''],
  extensionNumber: ({ extensionNumber }) => [extensionNumber],
  phoneNumber: ({ phoneNumbers }) => phoneNumbers.map(({ phoneNumber }) => phoneNumber),
  email: ({ email }) => [email ?? ''],
  jobTitle: () => [],
  department: () => [],
  customFieldValue: () => [],
};

const searchSchema = z.object({
  searchString: z.string().optional(),
  searchFields: z.array(z.enum(Object.keys(SEARCH_FIELDS))).optional(),
  extensionType: z.string().optional(),
  extensionTypes: z.array(z.string()).optional(),
  extensionStatuses: z.array(z.string()).optional(),
  page: z.int().positive().optional(),
  perPage: z.int().positive().optional(),
});

function listEntries(call: ApiCall, services: Services): ApiReply {
  const types = listParameter(call.query, 'type');
  const entries = allEntries(call, services).filter(({ type }) => types.length === 0 || types.includes(type));
  return directoryPage(entries, call, services, call.query);
}

function searchEntries(call: ApiCall, services: Services): ApiReply {
  const parsed = searchSchema.safeParse(call.body ?? {});
  if (!parsed.success) throw apiErrors.invalidParameter(String(parsed.error.issues[0]?.path[0] ?? 'body'));
  const { searchString, searchFields, extensionType, extensionTypes, extensionStatuses } = parsed.data;
  const types = extensionTypes ?? (extensionType === undefined ? undefined : [extensionType]);
  const words = (searchString ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const fields = searchFields ?? Object.keys(SEARCH_FIELDS);
  const found = allEntries(call, services).filter((candidate) => {
    if (types && !types.includes(candidate.type)) return false;
    if (extensionStatuses && !extensionStatuses.includes(candidate.status)) return false;
    const texts = fields.flatMap((field) => SEARCH_FIELDS[field]?.(candidate) ?? []);
    return words.every((word) => texts.some((text) => text.toLowerCase().includes(word)));
  });
  const query = new URLSearchParams();
  if (parsed.data.page !== undefined) query.set('page', String(parsed.data.page));
  if (parsed.data.perPage !== undefined) query.set('perPage', String(parsed.data.perPage));
  return directoryPage(found, call, services, query);
}

/** Directory pages have paging but neither uri nor navigation. */
function directoryPage(
  entries: Entry[],
  call: ApiCall,
  services: Services,
  query: URLSearchParams,
): ApiReply {
  const page = pageOf(entries, accountUri(services, call, '/directory/entries'), query);
  const { records, paging } = page.body as { records: unknown; paging: unknown };
  return ok({ records, paging });
}

function allEntries(call: ApiCall, { engine }: Services): Entry[] {
  const { name: companyName, mainNumber } = engine.world.account;
  const account = {
    id: call.actor.accountId,
    companyName,
    mainNumber: { phoneNumber: mainNumber },
  };
  return [...engine.world.extensions.values()].map((extension) => ({ ...entryOf(extension), account }));
}

function entryOf(extension: Extension): Omit<Entry, 'account'> {
  const { id, type, status, extensionNumber, name, firstName, lastName, email, directNumber } = extension;
  return {
    id,
    type,
    status,
    extensionNumber,
    // Only users have a first and a last name.
    ...(type === 'User' ? { firstName: firstName ?? name, lastName: lastName ?? '' } : { name }),
    ...(email === undefined ? {} : { email }),
    phoneNumbers: directNumber
      ? [{ phoneNumber: directNumber, type: 'VoiceFax', usageType: 'DirectNumber' }]
      : [],
  };
}
