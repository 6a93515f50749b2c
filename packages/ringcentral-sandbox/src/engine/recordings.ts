import type { RecordingMetadata } from './api.ts';
import { type Call, isOnTheLine, isOver, type Party } from './model.ts';
import type { Pbx } from './pbx.ts';
import { OTHER_SIDE_MS, RECORDING_DELAY_MS, SHORTEST_RECORDING_MS } from './timing.ts';

export interface Recording {
  readonly id: string;
  readonly mode: 'Automatic' | 'OnDemand';
  readonly telephonySessionId: string;
  readonly partyId: string;
  /** Whether the participants were told. */
  readonly announced: boolean;
  active: boolean;
  /** Recorded until the last pause. */
  recordedMs: number;
  /** Since when it records, while active. */
  activeSince: number;
  endedAt?: number;
}

/** Finished recordings that are kept at most; older ones are forgotten. */
const KEPT = 1000;

/** Recordings of live calls and the metadata of finished ones (platform.md 2.3.18, 2.3.19, 8.9). */
export class Recordings {
  readonly #live = new Map<string, Recording>();
  readonly #finished = new Map<string, Recording>();

  add(recording: Recording): void {
    this.#live.set(recording.id, recording);
  }

  all(): Recording[] {
    return [...this.#live.values(), ...this.#finished.values()];
  }

  /** A recording ends with its leg; short ones are not kept. */
  finish(recording: Recording, now: number): void {
    setActive(recording, false, now);
    recording.endedAt = now;
    this.#live.delete(recording.id);
    if (recording.recordedMs < SHORTEST_RECORDING_MS) return;
    this.#finished.set(recording.id, recording);
    const oldest = this.#finished.keys().next().value;
    if (this.#finished.size > KEPT && oldest !== undefined) this.#finished.delete(oldest);
  }

  metadata(id: string, now: number): RecordingMetadata | undefined {
    const recording = this.#finished.get(id);
    if (recording?.endedAt === undefined || now < recording.endedAt + RECORDING_DELAY_MS) return undefined;
    return { id, contentType: 'audio/wav', duration: Math.round(recording.recordedMs / 1000) };
  }

  clear(): void {
    this.#live.clear();
    this.#finished.clear();
  }
}

/** Starts a recording on a party's leg; told as one event of that party. */
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

/** Pauses or resumes. */
export function setActive(recording: Recording, active: boolean, now: number): void {
  if (recording.active && !active) recording.recordedMs += now - recording.activeSince;
  if (!recording.active && active) recording.activeSince = now;
  recording.active = active;
}

/** Where the account records everything: recordings start once both sides are on the line. */
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

/** Observer of every leg: recordings end with it. */
export function finishRecordings(pbx: Pbx, party: Party): void {
  if (!isOver(party)) return;
  const now = pbx.clock.now();
  for (const recording of party.recordings) {
    if (recording.endedAt === undefined) pbx.recordings.finish(recording, now);
  }
}
