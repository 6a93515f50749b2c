import type { Extension } from '../../engine/world.ts';
import { readEach } from '../batch.ts';
import { apiErrors } from '../errors.ts';
import { listParameter, pageOf } from '../paging.ts';
import { type ApiCall, ok, type Route, type Services } from '../route.ts';
import { TIME_ZONE } from './account.ts';
import { extensionOf } from './path-extension.ts';
import { accountUri, extensionUri } from './uris.ts';

const ACCOUNT = '/restapi/v1.0/account/{accountId}';
const EXTENSION = `${ACCOUNT}/extension/{extensionId}`;

/** Extensions and their numbers (platform.md 8.2, 8.3, 8.10). Park locations are extensions too (platform.md 8.5). */
export const extensionRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: `${ACCOUNT}/extension`,
    group: 'medium',
    appPermission: 'ReadAccounts',
    userPermission: 'ReadExtensions',
    handle: listExtensions,
  },
  {
    method: 'GET',
    path: `${ACCOUNT}/extension/{extensionIds}`,
    group: 'light',
    appPermission: 'ReadAccounts',
    handle: readExtension,
  },
  {
    method: 'GET',
    path: `${EXTENSION}/forwarding-number`,
    group: 'light',
    appPermission: 'ReadAccounts',
    userPermission: 'ReadUserForwardingFlipNumbers',
    adminOnly: 'for-others',
    handle: listForwardingNumbers,
  },
  {
    method: 'GET',
    path: '/restapi/v2/accounts/{accountId}/extensions/{extensionId}/call-flip-numbers',
    group: 'light',
    appPermission: 'ReadAccounts',
    adminOnly: 'for-others',
    handle: listCallFlipNumbers,
  },
  {
    method: 'GET',
    path: `${ACCOUNT}/phone-number`,
    group: 'light',
    appPermission: 'ReadAccounts',
    handle: listCompanyNumbers,
  },
  {
    method: 'GET',
    path: `${EXTENSION}/phone-number`,
    group: 'light',
    appPermission: 'ReadAccounts',
    adminOnly: 'for-others',
    handle: listPhoneNumbers,
  },
];

function listExtensions(call: ApiCall, services: Services) {
  const filters: [string, (extension: Extension) => string | undefined][] = [
    ['extensionNumber', ({ extensionNumber }) => extensionNumber],
    ['email', ({ email }) => email],
    ['status', ({ status }) => status],
    ['type', ({ type }) => type],
  ];
  const wanted = filters.map(([name, read]) => ({ values: listParameter(call.query, name), read }));
  const records = [...services.engine.world.extensions.values()]
    .filter((extension) =>
      wanted.every(({ values, read }) => values.length === 0 || values.includes(read(extension) ?? '')),
    )
    .map((extension) => record(extension, call, services));
  return pageOf(records, accountUri(services, call, '/extension'), call.query);
}

function readExtension(call: ApiCall, services: Services) {
  return readEach(call, (id) => {
    const extension = services.engine.world.extensions.get(id);
    if (!extension) throw apiErrors.notFound('extensionId', id);
    return {
      ...record(extension, call, services),
      account: { id: call.actor.accountId, uri: accountUri(services, call) },
      serviceFeatures: extension.features.map((featureName) => ({ featureName, enabled: true })),
      setupWizardState: 'Completed',
      regionalSettings: { timezone: TIME_ZONE },
    };
  });
}

function record(extension: Extension, call: ApiCall, services: Services) {
  const { id, extensionNumber, name, type, status, firstName, lastName, email, admin } = extension;
  return {
    id: Number(id),
    uri: extensionUri(services, call, id),
    extensionNumber,
    name,
    type,
    status,
    hidden: false,
    contact: { firstName: firstName ?? name, ...(lastName ? { lastName } : {}), ...(email ? { email } : {}) },
    permissions: { admin: { enabled: admin }, internationalCalling: { enabled: true } },
  };
}

/** Only users forward: CMN-403 for other types (platform.md 8.2). */
function listForwardingNumbers(call: ApiCall, services: Services) {
  const extension = extensionOf(call, services);
  if (extension.type !== 'User') throw apiErrors.extensionType();
  const uri = extensionUri(services, call, extension.id, '/forwarding-number');
  const records = extension.flipNumbers.map((number) => ({
    id: number.id,
    uri: `${uri}/${number.id}`,
    phoneNumber: number.phoneNumber,
    label: number.label,
    features: number.features,
    flipNumber: number.flipNumber,
    type: number.type,
    ...(number.deviceId === undefined ? {} : { device: { id: number.deviceId } }),
  }));
  return pageOf(records, uri, call.query);
}

function listCallFlipNumbers(call: ApiCall, services: Services) {
  const records = extensionOf(call, services)
    .flipNumbers.filter(({ features }) => features.includes('CallFlip'))
    .map(({ id, phoneNumber, label, flipNumber, type }) => ({
      id,
      phoneNumber,
      label,
      flipNumber,
      type: type === 'PhoneLine' ? 'PhoneLine' : 'External',
    }));
  return ok({ records });
}

function listPhoneNumbers(call: ApiCall, services: Services) {
  const extension = extensionOf(call, services);
  const uri = extensionUri(services, call, extension.id, '/phone-number');
  return numbersPage([mainNumber(uri, services), ...directNumbers(uri, [extension])], uri, call.query);
}

/** The numbers of the account (shape as an extension's, assumed). */
function listCompanyNumbers(call: ApiCall, services: Services) {
  const uri = accountUri(services, call, '/phone-number');
  const direct = directNumbers(uri, [...services.engine.world.extensions.values()]);
  return numbersPage([mainNumber(uri, services), ...direct], uri, call.query);
}

type PhoneNumber = ReturnType<typeof phoneNumberRecord>;

function numbersPage(numbers: PhoneNumber[], uri: string, query: URLSearchParams) {
  const usageTypes = listParameter(query, 'usageType');
  const shown = numbers.filter(({ usageType }) => usageTypes.length === 0 || usageTypes.includes(usageType));
  return pageOf(shown, uri, query);
}

function mainNumber(uri: string, { engine }: Services): PhoneNumber {
  return phoneNumberRecord(uri, 1, engine.world.account.mainNumber, 'MainCompanyNumber');
}

function directNumbers(uri: string, extensions: Extension[]): PhoneNumber[] {
  return extensions.flatMap((extension, index) =>
    extension.directNumber === undefined
      ? []
      : [phoneNumberRecord(uri, index + 2, extension.directNumber, 'DirectNumber', extension)],
  );
}

function phoneNumberRecord(
  uri: string,
  id: number,
  phoneNumber: string,
  usageType: string,
  extension?: Extension,
) {
  return {
    uri: `${uri}/${id}`,
    id,
    phoneNumber,
    usageType,
    type: 'VoiceFax',
    paymentType: 'Local',
    status: 'Normal',
    features: ['CallerId'],
    ...(extension === undefined
      ? {}
      : {
          extension: {
            id: Number(extension.id),
            extensionNumber: extension.extensionNumber,
            name: extension.name,
          },
        }),
  };
}
