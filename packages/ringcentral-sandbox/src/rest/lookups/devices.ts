import type { Device } from '../../engine/world.ts';
import { apiErrors } from '../errors.ts';
import { listParameter, pageOf } from '../paging.ts';
import { type ApiCall, ok, pathParameter, type Route, type Services } from '../route.ts';
import { accountUri, extensionUri } from './uris.ts';

const ACCOUNT = '/restapi/v1.0/account/{accountId}';

/** Devices (platform.md 8.1), without the programs that the platform does not list. */
export const deviceRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: `${ACCOUNT}/extension/{extensionId}/device`,
    group: 'light',
    appPermission: 'ReadAccounts',
    userPermission: 'ReadUserDevices',
    adminOnly: 'for-others',
    handle: listDevices,
  },
  {
    method: 'GET',
    path: `${ACCOUNT}/device/{deviceId}`,
    group: 'light',
    appPermission: 'ReadAccounts',
    userPermission: 'ReadCompanyDevices',
    handle: readDevice,
  },
];

function listDevices(call: ApiCall, services: Services) {
  const extensionId = pathParameter(call, 'extensionId');
  const types = listParameter(call.query, 'type');
  const linePooling = listParameter(call.query, 'linePooling');
  const features = listParameter(call.query, 'feature');
  const records = [...services.engine.world.devices.values()]
    .filter((device) => device.extensionId === extensionId && device.listed)
    .filter((device) => types.length === 0 || types.includes(device.type))
    .filter((device) => features.length === 0 || device.features.some((one) => features.includes(one)))
    .filter(() => linePooling.length === 0 || linePooling.includes('None'))
    .map((device) => record(device, call, services));
  return pageOf(records, extensionUri(services, call, extensionId, '/device'), call.query);
}

function readDevice(call: ApiCall, services: Services) {
  const deviceId = pathParameter(call, 'deviceId');
  const device = services.engine.world.devices.get(deviceId);
  if (!device?.listed) throw apiErrors.notFound('deviceId', deviceId);
  return ok(record(device, call, services));
}

function record(device: Device, call: ApiCall, services: Services) {
  const { id, extensionId, type, name, status, serial, computerName, model, features } = device;
  const extension = services.engine.world.extensions.get(extensionId);
  return {
    id,
    uri: accountUri(services, call, `/device/${id}`),
    type,
    name,
    status,
    ...(serial === undefined ? {} : { serial }),
    ...(computerName === undefined ? {} : { computerName }),
    ...(model === undefined ? {} : { model: { ...model, features } }),
    extension: {
      id: Number(extensionId),
      uri: extensionUri(services, call, extensionId),
      extensionNumber: extension?.extensionNumber,
    },
    phoneLines: phoneLines(device, extension?.directNumber),
    linePooling: 'None',
    useAsCommonPhone: false,
    inCompanyNet: false,
  };
}

function phoneLines({ id }: Device, phoneNumber: string | undefined) {
  if (phoneNumber === undefined) return [];
  const phoneInfo = {
    id: Number(id),
    phoneNumber,
    paymentType: 'Local',
    type: 'VoiceFax',
    usageType: 'DirectNumber',
  };
  return [{ id, lineType: 'Standalone', phoneInfo }];
}
