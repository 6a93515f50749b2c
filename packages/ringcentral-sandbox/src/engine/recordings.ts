import type { RecordingMetadata } from './api.ts';
import type { Recording } from './model.ts';
import { RECORDING_DELAY_MS, SHORTEST_RECORDING_MS } from './timing.ts';

/** Finished recordings that are kept at most; older ones are forgotten. */
const FINISHED_RECORDINGS_KEPT = 1000;

/** Recordings of live calls and the metadata of finished ones (platform.md 2.3.18, 2.3.19, 8.9). */
export class Recordings {
  readonly #live = new Map<string, Recording>();
  readonly #finished = new Map<string, Recording>();

  add(recording: Recording): void {
    this.#live.set(recording.id, recording);
  }

  /** Those that go on first. */
  all(): Recording[] {
    return [...this.#live.values(), ...this.#finished.values()];
  }

  /** Ends a recording. One that is shorter than 30 seconds is not kept (platform.md 2.3.18). */
  finish(recording: Recording, now: number): void {
    setActive(recording, false, now);
    recording.endedAt = now;
    this.#live.delete(recording.id);
    if (recording.recordedMs < SHORTEST_RECORDING_MS) return;
    this.#finished.set(recording.id, recording);
    const oldest = this.#finished.keys().next().value;
    if (this.#finished.size > FINISHED_RECORDINGS_KEPT && oldest !== undefined) this.#finished.delete(oldest);
  }

  /** Of a recording that ended a minute ago or earlier; undefined otherwise (platform.md 8.9). */
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

/** Pauses or resumes a recording; no effect where it is so already. */
export function setActive(recording: Recording, active: boolean, now: number): void {
  if (recording.active && !active) recording.recordedMs += now - recording.activeSince;
  if (!recording.active && active) recording.activeSince = now;
  recording.active = active;
}
