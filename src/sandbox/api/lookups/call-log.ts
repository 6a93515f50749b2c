import { apiErrors } from '../errors.ts';
import { pageOf } from '../paging.ts';
import { type Call, ok, pathParameter, type Route, type Services } from '../route.ts';
import { accountUri, extensionUri } from './uris.ts';

const ACCOUNT = '/restapi/v1.0/account/{accountId}';

/** Active calls and recordings, as the call log knows them (FACTS 8.8, 8.9). */
export const callLogRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: `${ACCOUNT}/extension/{extensionId}/active-calls`,
    group: 'heavy',
    appPermission: 'ReadCallLog',
    userPermission: 'ReadCallLog',
    adminOnly: 'for-others',
    handle: listExtensionActiveCalls,
  },
  {
    method: 'GET',
    path: `${ACCOUNT}/active-calls`,
    group: 'heavy',
    appPermission: 'ReadCallLog',
    userPermission: 'ReadCallLog',
    adminOnly: 'always',
    handle: listCompanyActiveCalls,
  },
  {
    method: 'GET',
    path: `${ACCOUNT}/recording/{recordingId}`,
    group: 'heavy',
    appPermission: 'ReadCallRecording',
    userPermission: 'ReadCallRecording',
    handle: readRecording,
  },
];

function listExtensionActiveCalls(call: Call, services: Services) {
  const extensionId = pathParameter(call, 'extensionId');
  const uri = extensionUri(services, call, extensionId, '/active-calls');
  return pageOf(services.engine.activeCalls(extensionId), uri, call.query);
}

function listCompanyActiveCalls(call: Call, services: Services) {
  return pageOf(services.engine.activeCalls(), accountUri(services, call, '/active-calls'), call.query);
}

function readRecording(call: Call, services: Services) {
  const recordingId = pathParameter(call, 'recordingId');
  const recording = services.engine.recording(recordingId);
  if (!recording) throw apiErrors.notFound('callRecordingId', recordingId);
  const uri = accountUri(services, call, `/recording/${recordingId}`);
  return ok({ ...recording, uri, contentUri: `${uri}/content` });
}
