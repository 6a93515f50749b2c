import type { FeedEffect, FeedInput, FeedPhase, FeedSession } from './session-state.ts';
import type { Timing } from './timing.ts';

/** What a step depends on beside the session and the input. */
export interface Circumstances {
  /** Epoch ms. */
  now: number;
  /** 0 … 1, for jitter. */
  random: number;
  timing: Timing;
}

/** The session after an input, and what is to be done, in order. */
export interface Step {
  session: FeedSession;
  effects: readonly FeedEffect[];
}

/** What one kind of input does in one phase. Pure. */
export type Handler<T extends FeedInput['type']> = (
  session: FeedSession,
  input: Extract<FeedInput, { type: T }>,
  circumstances: Circumstances,
) => Step;

/** A step that keeps the phase, and with it the phase's timer. */
export const stay = (session: FeedSession, change?: Partial<FeedSession>): Step => ({
  session: change ? { ...session, ...change } : session,
  effects: [],
});

/** A step into a phase. */
export const go = (
  session: FeedSession,
  phase: FeedPhase,
  change: Partial<FeedSession>,
  ...effects: FeedEffect[]
): Step => ({
  session: { ...session, ...change, phase },
  effects,
});
