import { unreadable } from '../rest/errors.ts';
import type { RestClient } from '../rest/rest-client.ts';
import { type RecordingDetails, recordingDetails } from '../wire/lookups.ts';
import { accountPath, lookup } from './request.ts';

/** Reads what is known of a finished recording. */
export async function readRecording(rest: RestClient, recordingId: string): Promise<RecordingDetails> {
  const path = `${accountPath}/recording/${encodeURIComponent(recordingId)}`;
  const request = { ...lookup(path, 'heavy', 'Read call recording'), route: 'GET recording' };
  const { body } = await rest.send({ ...request, method: 'GET', acting: false });
  const { data } = recordingDetails.safeParse(body);
  if (!data) throw unreadable(request.what);
  return data;
}
