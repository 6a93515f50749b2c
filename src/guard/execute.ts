import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import { notConfirmed } from './ask/refusal.ts';
import type { Assessment } from './assess.ts';
import type { AuditedAnswer } from './audit/entry.ts';
import type { GuardRecord } from './audit/record.ts';
import type { Act, ActOutcome, ReadyRequest } from './contract.ts';
import type { Scene } from './fingerprint.ts';
import type { CapCounter } from './limits/caps.ts';
import { GUESTS_MS, SCENE_MS } from './look.ts';
import type { Silences } from './silences.ts';
import type { UnderWay } from './under-way.ts';

/** Why a request did not leave, to the reader when there is no further try. */
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

/** Nothing was sent, and what was assessed may not be so any more: it has to be assessed anew. */
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

/** The act was let through, its intent recorded; what it threw is the cause. */
export class ActFailed extends Error {
  override readonly name = 'ActFailed';
  constructor(cause: unknown) {
    super('the act failed', { cause });
  }
}

export interface ExecuteOptions {
  caps: CapCounter;
  silences: Silences;
  record: GuardRecord;
  underWay: UnderWay;
  clock: Clock;
}

/**
 * Third step of the guard: records the intent, lets the one request leave while what was read is still young, and
 * records what came of it.
 * Throws `NotSent` where the act has to be assessed anew, `ActFailed` with what it threw, and `Failure` (cancelled, a
 * cap, no audit log) where it was not begun.
 */
export type Execute = <Answer, Result>(
  assessment: Assessment,
  ready: ReadyRequest<Answer>,
  act: Act<Answer, Result>,
  signal: AbortSignal,
  trail: AuditedAnswer,
) => Promise<Result>;

export function createExecute({ caps, silences, record, underWay, clock }: ExecuteOptions): Execute {
  const mustBeYoung = ({ at, guestsAt, guests }: Scene): void => {
    const now = clock.now();
    const isOld =
      Math.abs(now - at) > SCENE_MS || (guests.length > 0 && Math.abs(now - guestsAt) > GUESTS_MS);
    if (isOld) throw new NotSent('too old');
  };

  return async (assessment, ready, act, signal, trail) => {
    const { action, scene, findings, helpsEmergency } = assessment;
    // Without a pause up to the request: what was checked still holds.
    if (signal.aborted) throw notConfirmed('cancelled', action.tool);
    mustBeYoung(scene);
    if (!helpsEmergency) caps.check(action, findings);
    const note = record.intent(action, trail);
    const count = caps.count(action, findings);
    const end = underWay.begin();
    let isOwed = true;
    const settle = (outcome: ActOutcome): void => {
      if (!isOwed) return;
      isOwed = false;
      count(outcome);
      silences.note(action, outcome.result, scene.call);
      note(outcome);
      end();
    };
    const beforeSend = (): void => {
      if (signal.aborted) throw notConfirmed('cancelled', action.tool);
      mustBeYoung(scene);
    };
    try {
      const { result, outcome } = await act.execute({
        targets: findings.targets,
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
