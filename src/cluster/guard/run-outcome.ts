import type { RunOutcome } from '../../guard/limits/keyed-runs.ts';
import { Failure, type FailureDetails, type FailureKind } from '../../shared/failure.ts';

/** What came of a run, as text has it. */
type WrittenOutcome = { value: unknown } | { kind: FailureKind; message: string; details: FailureDetails };

/** Of a defect only that it was one: what it says is for the log of the replica that had it. */
export function writeOutcome(outcome: RunOutcome): WrittenOutcome {
  if ('value' in outcome) return outcome;
  const { error } = outcome;
  if (!(error instanceof Failure))
    return { kind: 'internal', message: 'A defect in this server.', details: {} };
  const { kind, message, details } = error;
  return { kind, message, details };
}

export const readOutcome = (written: WrittenOutcome): RunOutcome =>
  'kind' in written
    ? { error: new Failure(written.kind, written.message, written.details) }
    : { value: written.value };
