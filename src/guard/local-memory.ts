import { randomBytes } from 'node:crypto';
import { createPhoneConsents } from './assessment/people/confirmed-phones.ts';
import { createOwnThings } from './assessment/people/own-endings.ts';
import { noSharedSilences } from './assessment/people/silences.ts';
import { createPendingQuestions } from './confirmation/pending-questions.ts';
import { createCapCounts } from './limits/cap-counts.ts';
import { createGrantStore } from './limits/grants.ts';
import { createKeyedRuns } from './limits/keyed-runs.ts';
import type { CreateGuardMemory } from './memory.ts';

/**
 * The memory of one process, which ends with it: no answer outlives the questions that it knows, so its key is its own.
 */
export const createLocalMemory: CreateGuardMemory = ({ clock, changed }) => ({
  caps: createCapCounts(clock),
  grants: createGrantStore(clock, changed),
  questions: createPendingQuestions(clock, changed),
  runs: createKeyedRuns(clock),
  phones: createPhoneConsents(clock),
  own: createOwnThings(),
  silences: noSharedSilences,
  stateKeys: [randomBytes(32)],
  close() {},
});
