import { randomUUID } from 'node:crypto';
import type { Clock } from '../../shared/clock.ts';
import { recent, recentlyTouched } from '../../shared/recent.ts';

const MINUTE = 60_000;

/** How long, in ms, what was sent is counted, by cap. No phone rings longer than two minutes. */
export const COUNTED_MS = { ringing: 2 * MINUTE, outside: 10 * MINUTE, calls: MINUTE } as const;

/** What an act uses up of the caps. */
export interface CapClaim {
  /** It places a call, which may ring. */
  rings: boolean;
  /** It sends a call outside this account. */
  outside: boolean;
  /** It counts as acting on a call: `call`, or a new one. */
  acts: boolean;
  call?: string;
}

/** How many there may be; one that is absent is not limited. */
export interface CapLimits {
  /** Placed calls that may ring. */
  ringing?: number;
  /** Calls sent outside within ten minutes. */
  outside?: number;
  /** Different calls acted on within a minute. */
  calls?: number;
}

/** A placed call that may ring. */
export interface PlacedCall {
  /** Absent while the request is under way, and when its outcome is unknown. */
  telephonySessionId?: string;
  /** It does not ring any more. */
  settle(): Promise<void>;
}

/** An act that is counted before it is sent. One whose process dies is counted on: it may have been sent. */
export interface Reservation {
  /** Nothing was sent: it uses up nothing. */
  release(): Promise<void>;
  /** @param placed the call that may ring now; undefined: none does */
  settle(placed?: { telephonySessionId?: string }): Promise<void>;
}

/** Counts what was sent on one line. */
export interface CapCounts {
  /** The first limit that this act would pass. */
  reached(claim: CapClaim, limits: CapLimits): Promise<keyof CapLimits | undefined>;
  /** The same, and where there is none counts the act, in one step. */
  reserve(claim: CapClaim, limits: CapLimits): Promise<keyof CapLimits | Reservation>;
  ringing(): Promise<readonly PlacedCall[]>;
}

/** In memory. */
export function createCapCounts(clock: Clock): CapCounts {
  const dials = recent<{ telephonySessionId?: string; isOver: boolean }>(clock, COUNTED_MS.ringing);
  const outside = recent<{ isReleased: boolean }>(clock, COUNTED_MS.outside);
  const acted = recentlyTouched(clock, COUNTED_MS.calls);
  const ringing = () => dials.list().filter(({ isOver }) => !isOver);

  const reached = (claim: CapClaim, limits: CapLimits): keyof CapLimits | undefined => {
    const { ringing: mostRinging = Infinity, outside: mostOutside = Infinity, calls = Infinity } = limits;
    if (claim.rings && ringing().length >= mostRinging) return 'ringing';
    if (claim.outside && outside.list().filter(({ isReleased }) => !isReleased).length >= mostOutside) {
      return 'outside';
    }
    const touched = acted.things();
    const isNew = claim.call === undefined || !touched.has(claim.call);
    return claim.acts && isNew && touched.size >= calls ? 'calls' : undefined;
  };

  return {
    reached: async (claim, limits) => reached(claim, limits),
    async reserve(claim, limits) {
      const limit = reached(claim, limits);
      if (limit) return limit;
      if (claim.acts) acted.touch(claim.call ?? randomUUID());
      const counted = { isReleased: false };
      if (claim.outside) outside.add(counted);
      const dial: { telephonySessionId?: string; isOver: boolean } = { isOver: false };
      if (claim.rings) dials.add(dial);
      return {
        async release() {
          counted.isReleased = true;
          dial.isOver = true;
        },
        async settle(placed) {
          dial.isOver = placed === undefined;
          Object.assign(dial, placed);
        },
      };
    },
    ringing: async () =>
      ringing().map((dial) => ({
        ...(dial.telephonySessionId !== undefined && { telephonySessionId: dial.telephonySessionId }),
        async settle() {
          dial.isOver = true;
        },
      })),
  };
}
