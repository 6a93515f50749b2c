import type { Clock } from '../shared/clock.ts';
import type { Logger } from '../shared/log.ts';
import type { PhoneConsents } from './assessment/people/confirmed-phones.ts';
import type { OwnThings } from './assessment/people/own-endings.ts';
import type { SharedSilences } from './assessment/people/silences.ts';
import type { PendingQuestions } from './confirmation/pending-questions.ts';
import type { CapCounts } from './limits/cap-counts.ts';
import type { GrantStore } from './limits/grants.ts';
import type { KeyedRuns } from './limits/keyed-runs.ts';

/**
 * What the guard of one line remembers. Each operation decides in one step, however many ask at once, and throws
 * `Failure` `unavailable` where it cannot be decided now: then nothing may be sent.
 */
export interface GuardMemory {
  caps: CapCounts;
  grants: GrantStore;
  questions: PendingQuestions;
  runs: KeyedRuns;
  phones: PhoneConsents;
  own: OwnThings;
  silences: SharedSilences;
  /** Of 32 bytes or more. The first signs the state that hosts bring back, all verify it. */
  stateKeys: readonly Uint8Array[];
  /** Stops what goes on in the background. */
  close(): void;
}

export interface GuardMemoryOptions {
  /** Hash of the policy in force: a yes under one policy is none under another. */
  policyHash: string;
  /** Called when a grant or a question has ended by itself. */
  changed: () => void;
  clock: Clock;
  log: Logger;
}

export type CreateGuardMemory = (options: GuardMemoryOptions) => GuardMemory;
