import type { Clock } from '../shared/clock.ts';
import { Failure } from '../shared/failure.ts';
import type { Logger } from '../shared/log.ts';
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
import type { CapCounter, CountedAct } from './limits/caps.ts';
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
  'too many calls': () =>
    new Failure(
      'unavailable',
      'Other agents act on so many calls now that this could not be judged. Nothing was done.',
    ),
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
  log: Logger;
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
  const { caps, silences, ownEndings, record, actsInProgress, clock, log } = options;
  const mustBeYoung = ({ at, participantsAt, conferenceParticipants }: CallSnapshot): void => {
    const now = clock.now();
    const isOld =
      Math.abs(now - at) > SNAPSHOT_MS ||
      (conferenceParticipants.length > 0 && Math.abs(now - participantsAt) > PARTICIPANTS_MS);
    if (isOld) throw new NotSent('too old');
  };

  /**
   * Counts the act. A plan does nothing itself: its acts are counted.
   * @throws Failure `denied` where a cap is reached
   * @throws NotSent where a person has to be asked, because acts were counted meanwhile
   */
  async function reserve({ action, facts, helpsEmergency, mayExceedCalls }: Assessment): Promise<CountedAct> {
    const isExempt = helpsEmergency;
    if (action.steps) {
      if (!isExempt) await caps.check(action, facts);
      return uncounted;
    }
    const counted = await caps.reserve(action, facts, { isExempt, mayExceedCalls });
    if (!counted) throw new NotSent('too many calls');
    return counted;
  }

  /** Notes what came of an act, which has happened whether or not that can be noted. */
  const remember = (what: Promise<void>): Promise<void> =>
    what.catch((err) => log.warn({ err }, 'what came of an act could not be noted for other processes'));

  return async (assessment, ready, act, signal, trail) => {
    const { action, snapshot, facts } = assessment;
    const mayLeave = (): void => {
      if (signal.aborted) throw notConfirmed('cancelled', action.tool);
      mustBeYoung(snapshot);
    };
    mayLeave();
    const end = actsInProgress.begin();
    let counted: CountedAct | undefined;
    let intent: ReturnType<GuardRecord['intent']>;
    try {
      counted = await reserve(assessment);
      await act.leaving?.();
      // That took its time.
      mayLeave();
      intent = record.intent(action, trail);
    } catch (error) {
      if (counted) await remember(counted.release());
      end();
      throw error;
    }
    const { ended, release } = counted;
    const isConfirmed = trail.answer !== undefined || assessment.decision.isLifted === true;
    let noteSilence: ReturnType<Silences['sending']> | undefined;
    let remembered: Promise<unknown> | undefined;
    const settle = (outcome: ActOutcome, isSent = noteSilence !== undefined): void => {
      if (remembered) return;
      remembered = Promise.all([
        remember(isSent ? ended(outcome) : release()),
        noteSilence && remember(noteSilence(outcome.result)),
        remember(ownEndings.note(action, outcome)),
      ]);
      if (outcome.telephonySessionId !== undefined) action.mandate?.adopt(outcome.telephonySessionId);
      intent.note(outcome);
      end();
    };
    // Without a pause up to the request: what was checked still holds.
    const beforeSend = (): void => {
      mayLeave();
      noteSilence = silences.sending(action, snapshot.call);
    };
    try {
      const { result, outcome } = await act.execute({
        targets: facts.targets,
        endsOwn: action.risk === 'end-own',
        ...(action.steps && { mandate: createMandate(assessment, { act: intent.act, isConfirmed, clock }) }),
        async send(body) {
          try {
            const answer = await ready.send(body, beforeSend);
            if (answer === undefined) throw new NotSent('login refused');
            return answer;
          } catch (error) {
            // At once: what comes after it explains, and takes its time.
            settle(outcomeOf(error), noteSilence !== undefined && !(error instanceof NotSent));
            throw error;
          }
        },
      });
      settle(outcome);
      return result;
    } catch (error) {
      settle(outcomeOf(error));
      throw error instanceof NotSent ? error : new ActFailed(error);
    } finally {
      // So that the next act, wherever it is asked for, is judged by it.
      await remembered;
    }
  };
}

const uncounted: CountedAct = { async release() {}, async ended() {} };

function outcomeOf(error: unknown): ActOutcome {
  if (error instanceof NotSent) return { result: 'unavailable' };
  if (!(error instanceof Failure)) return { result: 'internal' };
  const { requestId } = error.details;
  return { result: error.kind, ...(requestId && { requestId }) };
}
