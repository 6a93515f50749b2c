import type { Reply } from '../api.ts';
import type { Body } from '../bodies.ts';
import { startRecording } from '../call-recording.ts';
import { automaticRecording, featureNotAvailable, notFound, wrongRecordingState } from '../errors.ts';
import type { Recording } from '../model.ts';
import { setActive } from '../recordings.ts';
import type { PartyContext } from './context.ts';

/** Records a party on demand (platform.md 2.3.18). */
export function startCallRecording({ pbx, call, party }: PartyContext): Reply {
  const extension = pbx.world.extensions.get(party.extensionId ?? '');
  if (!extension?.features.includes('OnDemandCallRecording'))
    throw featureNotAvailable('OnDemandCallRecording');
  if (call.origin === 'Conference') throw featureNotAvailable('recording of conferences');
  if (party.recordings.length > 0) throw wrongRecordingState('recorded already');
  return { status: 201, body: recordingBody(startRecording(pbx, party, 'OnDemand')) };
}

/** Pauses or resumes a recording (platform.md 2.3.19); 403 TAS-115 for pausing an automatic one. */
export function pauseResumeCallRecording(
  { pbx, party, recordingId }: PartyContext,
  { active }: Body<'pauseResumeCallRecording'>,
): Reply {
  const recording = party.recordings.find((candidate) => candidate.id === recordingId);
  if (recording === undefined) throw notFound('recordingId', recordingId);
  if (recording.mode === 'Automatic' && !active) throw automaticRecording();
  if (recording.active !== active) {
    setActive(recording, active, pbx.clock.now());
    pbx.change(party, {});
  }
  return { status: 200, body: recordingBody(recording) };
}

function recordingBody({ id, active, mode }: Recording) {
  return { id, active, mode, view: 'Party' };
}
