import type { Clock } from '../base/clock.ts';
import { Failure, type FailureKind } from '../base/failure.ts';
import type { OnDefect } from './listeners.ts';
import { pause } from './pause.ts';

/** Trying again may help; any other failure is the platform's last word for now. */
const passing: ReadonlySet<FailureKind> = new Set(['rate_limited', 'unavailable']);

export const mayPass = (error: unknown): error is Failure =>
  error instanceof Failure && passing.has(error.kind);

/** What is no failure of the platform's is a defect of ours. */
export const asFailure = (error: unknown): Failure =>
  error instanceof Failure
    ? error
    : new Failure('internal', 'The calls could not be read: a defect in this server.');

/** How long to wait before trying again: `pauseMs`, or longer when the platform says so. */
export const retryPauseMs = (pauseMs: number, { details }: Failure): number =>
  Math.max(pauseMs, (details.retryAfterSeconds ?? 0) * 1000);

/** Pauses between tries (platform.md 7); the last one repeats. */
const pausesMs = [2_000, 4_000, 8_000, 16_000, 32_000] as const;
const lastPauseMs = 60_000;

export interface Insistence {
  clock: Clock;
  signal: AbortSignal;
  /** Milliseconds until there is room for the request. */
  room: () => number;
  /** Nobody needs the answer any more when this is false. */
  isNeeded: () => boolean;
  /** Told of each failure. */
  onTrouble: (failure: Failure) => void;
  /** What failed was not foreseen. */
  onDefect: OnDefect;
}

/** Reads until it works, for as long as trying may help; answers nothing when it does not. Never throws. */
export async function insist<T>(read: () => Promise<T>, options: Insistence): Promise<T | undefined> {
  const { clock, signal, room, isNeeded, onTrouble, onDefect } = options;
  for (let attempt = 0; ; attempt += 1) {
    await pause(clock, room(), signal);
    if (!isNeeded()) return undefined;
    try {
      return await read();
    } catch (error) {
      if (!isNeeded()) return undefined;
      if (!(error instanceof Failure)) onDefect(error);
      onTrouble(asFailure(error));
      if (!mayPass(error)) return undefined;
      await pause(clock, retryPauseMs(pausesMs[attempt] ?? lastPauseMs, error), signal);
    }
  }
}
