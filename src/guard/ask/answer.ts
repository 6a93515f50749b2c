/**
 * What came of a question. `grant`: yes, and again for this call and target without a question for a while.
 * `stopped`: the phone that it was about has stopped ringing. `empty`: something that does not hold the decision that was asked for.
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

/** How long a person has. Clients give up on a tool call after 60 s. */
export const QUESTION_MS = 45_000;

/** A decision sooner than this was not read by a person. */
export const READING_MS = 1_000;
