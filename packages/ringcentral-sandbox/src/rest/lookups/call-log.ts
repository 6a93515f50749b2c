import type { RecordingMetadata } from '../../engine/api.ts';
import { apiErrors } from '../errors.ts';
import type { ApiReply } from '../exchange.ts';
import { listParameter, pageOf } from '../paging.ts';
import { type ApiCall, ok, pathParameter, type Route, type Services } from '../route.ts';
import { silence } from '../silence.ts';
import { accountUri, extensionUri } from './uris.ts';

const ACCOUNT = '/restapi/v1.0/account/{accountId}';
const EXTENSION = `${ACCOUNT}/extension/{extensionId}`;

const READS = { method: 'GET', group: 'heavy' } as const;
const OF_ONE = {
  ...READS,
  appPermission: 'ReadCallLog',
  userPermission: 'ReadCallLog',
  adminOnly: 'for-others',
} as const;
const OF_ALL = { ...READS, appPermission: 'ReadCallLog', userPermission: 'ReadCompanyCallLog' } as const;
const RECORDING = {
  ...READS,
  appPermission: 'ReadCallRecording',
  userPermission: 'ReadCallRecording',
} as const;

/** Active calls and the call log, of one extension or of the whole account, and recordings (platform.md 8.8, 8.9). */
export const callLogRoutes: readonly Route[] = [
  { ...OF_ONE, path: `${EXTENSION}/active-calls`, handle: listExtensionActiveCalls },
  { ...OF_ALL, path: `${ACCOUNT}/active-calls`, handle: listCompanyActiveCalls },
  { ...OF_ONE, path: `${EXTENSION}/call-log`, handle: listExtensionCallLog },
  { ...OF_ALL, path: `${ACCOUNT}/call-log`, handle: listCompanyCallLog },
  { ...RECORDING, path: `${ACCOUNT}/recording/{recordingId}`, handle: readRecording },
  { ...RECORDING, path: `${ACCOUNT}/recording/{recordingId}/content`, handle: readRecordingContent },
];

function listExtensionActiveCalls(call: ApiCall, services: Services) {
  const extensionId = pathParameter(call, 'extensionId');
  const uri = extensionUri(services, call, extensionId, '/active-calls');
  return pageOf(services.engine.activeCalls(extensionId), uri, call.query);
}

function listCompanyActiveCalls(call: ApiCall, services: Services) {
  return pageOf(services.engine.activeCalls(), accountUri(services, call, '/active-calls'), call.query);
}

function listExtensionCallLog(call: ApiCall, services: Services) {
  const extensionId = pathParameter(call, 'extensionId');
  const uri = extensionUri(services, call, extensionId, '/call-log');
  return pageOf(wanted(services.engine.callLog(extensionId), call.query), uri, call.query);
}

function listCompanyCallLog(call: ApiCall, services: Services) {
  const uri = accountUri(services, call, '/call-log');
  return pageOf(wanted(services.engine.callLog(), call.query), uri, call.query);
}

/** Filters by `direction`, `dateFrom` and `dateTo`; other parameters are accepted and ignored (assumed). */
function wanted(records: readonly unknown[], query: URLSearchParams): unknown[] {
  const directions = listParameter(query, 'direction');
  const [from, to] = [
    time(query, 'dateFrom') ?? Number.NEGATIVE_INFINITY,
    time(query, 'dateTo') ?? Number.POSITIVE_INFINITY,
  ];
  return (records as { direction: string; startTime: string }[])
    .filter(({ direction }) => directions.length === 0 || directions.includes(direction))
    .filter(({ startTime }) => Date.parse(startTime) >= from && Date.parse(startTime) < to);
}

function time(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const value = Date.parse(text);
  if (Number.isNaN(value)) throw apiErrors.invalidParameter(name);
  return value;
}

function readRecording(call: ApiCall, services: Services) {
  const recording = recordingOf(call, services);
  const uri = accountUri(services, call, `/recording/${recording.id}`);
  return ok({ ...recording, uri, contentUri: `${uri}/content` });
}

/**
 * Answers with silence as long as the recording: sound is not simulated. Binary answers do not come through a
 * WebSocket (platform.md 5.3); that the refusal is a 404 is assumed.
 */
function readRecordingContent(call: ApiCall, services: Services): ApiReply {
  if (call.connectionId !== undefined) throw apiErrors.invalidUri();
  const { contentType, duration } = recordingOf(call, services);
  return { status: 200, audio: { type: contentType, bytes: silence(duration) } };
}

function recordingOf(call: ApiCall, { engine }: Services): RecordingMetadata {
  const recordingId = pathParameter(call, 'recordingId');
  const recording = engine.recording(recordingId);
  if (!recording) throw apiErrors.notFound('callRecordingId', recordingId);
  return recording;
}
