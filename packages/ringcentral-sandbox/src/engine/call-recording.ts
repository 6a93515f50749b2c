import { type Call, isOnTheLine, isOver, type Party, type Recording } from './model.ts';
import type { Pbx } from './pbx.ts';
import { OTHER_SIDE_MS } from './timing.ts';

/** Starts a recording on a party's leg, with one event of that party. */
export function startRecording(pbx: Pbx, party: Party, mode: Recording['mode']): Recording {
  const recording: Recording = {
    id: pbx.random.digits(12),
    mode,
    telephonySessionId: party.call.id,
    partyId: party.id,
    announced: pbx.world.account.recordingAnnouncement,
    active: true,
    recordedMs: 0,
    activeSince: pbx.clock.now(),
  };
  party.recordings = [...party.recordings, recording];
  pbx.recordings.add(recording);
  pbx.change(party, {});
  return recording;
}

/** Records every user on the line where the account says so, as soon as both sides are connected. */
export function recordAutomatically(pbx: Pbx, call: Call): void {
  if (!pbx.world.account.autoRecording) return;
  pbx.later(call, 2 * OTHER_SIDE_MS, () => {
    for (const party of call.parties) {
      const isUser = pbx.world.extensions.get(party.extensionId ?? '')?.type === 'User';
      if (isUser && isOnTheLine(party) && party.recordings.length === 0) {
        startRecording(pbx, party, 'Automatic');
      }
    }
  });
}

/** Observer of every leg: ends its recordings with it. */
export function finishRecordings(pbx: Pbx, party: Party): void {
  if (!isOver(party)) return;
  const now = pbx.clock.now();
  for (const recording of party.recordings) {
    if (recording.endedAt === undefined) pbx.recordings.finish(recording, now);
  }
}
