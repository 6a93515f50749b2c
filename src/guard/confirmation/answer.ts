/**
 * What came of a question. `grant`: yes, and for a while the same act on the same call needs no question. `stopped`:
 * the phone that the question was about has stopped ringing. `empty`: the form came back without the decision.
 */
export type Answer =
  | 'yes'
  | 'grant'
  | 'declined'
  | 'cancelled'
  | 'unsupported'
  | 'timed_out'
  | 'stopped'
  | 'empty';

/** How long, in ms, a person has to answer. Clients give up on a tool call after 60 s. */
export const QUESTION_MS = 45_000;

/** A decision within this time, in ms, was not read by a person: it is logged as hurried. */
export const READING_MS = 1_000;
