import type { Clock } from '../shared/clock.ts';
import { Failure } from '../shared/failure.ts';
import type { ActsInProgress } from './acts-in-progress.ts';
import type { Assessment } from './assessment/assess.ts';
import type { CallSnapshot } from './assessment/call-snapshot.ts';
import type { OwnEndings } from './assessment/people/own-endings.ts';
import type { Silences } from './assessment/people/silences.ts';
import { PARTICIPANTS_MS, SNAPSHOT_MS } from './assessment/read-calls.ts';
import type { AuditedAnswer } from './audit/entry.ts';
import type { GuardRecord } from './audit/record.ts';
import { notConfirmed } from './confirmation/refusal.ts';
import type { Act, ActOutcome, ReadyRequest } from './contract.ts';
import type { CapCounter } from './limits/caps.ts';
import { createMandate } from './mandate.ts';

/** What the agent is told when the request did not leave at the last attempt either, by cause. */
const failures = {
  'too old': () =>
    new Failure(
      'unavailable',
      'RingCentral answers so slowly that the call can have changed since it was read. Nothing was done. Try again in ' +
        'a moment, or use your phone.',
    ),
  'login refused': () =>
    new Failure('unavailable', 'RingCentral refused the login again and again. Nothing was done.'),
};

/** Thrown when nothing was sent because the assessment may no longer be true: the guard assesses anew. */
export class NotSent extends Error {
  override readonly name = 'NotSent';
  readonly #why: keyof typeof failures;

  constructor(why: keyof typeof failures) {
    super(why);
    this.#why = why;
  }

  failure(): Failure {
    return failures[this.#why]();
  }
}

/**
 * Wraps what an act threw after its intent had been recorded (`cause`), so that it is not recorded as a refusal, too.
 */
export class ActFailed extends Error {
  override readonly name = 'ActFailed';
  constructor(cause: unknown) {
    super('the act failed', { cause });
  }
}

export interface ExecuteOptions {
  caps: CapCounter;
  silences: Silences;
  ownEndings: OwnEndings;
  record: GuardRecord;
  actsInProgress: ActsInProgress;
  clock: Clock;
}

/**
 * Third step of the guard: records the intent, lets the request leave while the readings are young enough, and
 * records the outcome.
 * @throws NotSent where the act has to be assessed anew
 * @throws ActFailed with what the act threw
 * @throws Failure where it was not begun: cancelled, a cap is reached, or the audit log cannot be written
 */
export type Execute = <Answer, Result>(
  assessment: Assessment,
  ready: ReadyRequest<Answer>,
  act: Act<Answer, Result>,
  signal: AbortSignal,
  trail: AuditedAnswer,
) => Promise<Result>;

export function createExecute(options: ExecuteOptions): Execute {
  const { caps, silences, ownEndings, record, actsInProgress, clock } = options;
  const mustBeYoung = ({ at, participantsAt, conferenceParticipants }: CallSnapshot): void => {
    const now = clock.now();
    const isOld =
      Math.abs(now - at) > SNAPSHOT_MS ||
      (conferenceParticipants.length > 0 && Math.abs(now - participantsAt) > PARTICIPANTS_MS);
    if (isOld) throw new NotSent('too old');
  };

  return async (assessment, ready, act, signal, trail) => {
    const { action, snapshot, facts, helpsEmergency } = assessment;
    // Without a pause up to the request: what was checked still holds.
    if (signal.aborted) throw notConfirmed('cancelled', action.tool);
    mustBeYoung(snapshot);
    if (!helpsEmergency) caps.check(action, facts);
    const { act: id, note } = record.intent(action, trail);
    // A plan does nothing itself; its acts are counted.
    const count = action.steps ? () => {} : caps.count(action, facts);
    const isConfirmed = trail.answer !== undefined || assessment.decision.isLifted === true;
    const end = actsInProgress.begin();
    let noteSilence: ReturnType<Silences['sending']> | undefined;
    let isSettled = false;
    const settle = (outcome: ActOutcome): void => {
      if (isSettled) return;
      isSettled = true;
      count(outcome);
      noteSilence?.(outcome.result);
      ownEndings.note(action, outcome);
      if (outcome.telephonySessionId !== undefined) action.mandate?.adopt(outcome.telephonySessionId);
      note(outcome);
      end();
    };
    const beforeSend = (): void => {
      if (signal.aborted) throw notConfirmed('cancelled', action.tool);
      mustBeYoung(snapshot);
      noteSilence = silences.sending(action, snapshot.call);
    };
    try {
      const { result, outcome } = await act.execute({
        targets: facts.targets,
        endsOwn: action.risk === 'end-own',
        ...(action.steps && { mandate: createMandate(assessment, { act: id, isConfirmed, clock }) }),
        async send(body) {
          try {
            const answer = await ready.send(body, beforeSend);
            if (answer === undefined) throw new NotSent('login refused');
            return answer;
          } catch (error) {
            // At once: what comes after it explains, and takes its time.
            settle(outcomeOf(error));
            throw error;
          }
        },
      });
      settle(outcome);
      return result;
    } catch (error) {
      settle(outcomeOf(error));
      throw error instanceof NotSent ? error : new ActFailed(error);
    }
  };
}

function outcomeOf(error: unknown): ActOutcome {
  if (error instanceof NotSent) return { result: 'unavailable' };
  if (!(error instanceof Failure)) return { result: 'internal' };
  const { requestId } = error.details;
  return { result: error.kind, ...(requestId && { requestId }) };
}
