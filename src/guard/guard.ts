import { digest } from '../shared/canonical.ts';
import type { Clock } from '../shared/clock.ts';
import { Failure } from '../shared/failure.ts';
import { Listeners } from '../shared/listeners.ts';
import { announce, type Logger } from '../shared/log.ts';
import type { Meter } from '../shared/meter.ts';
import type { Action } from './action.ts';
import { createActsInProgress } from './acts-in-progress.ts';
import type { Assessment } from './assessment/assess.ts';
import { createAssess } from './assessment/assess.ts';
import { createSilences } from './assessment/people/silences.ts';
import type { AuditedAnswer, AuditLog } from './audit/entry.ts';
import { createRecord } from './audit/record.ts';
import { QUESTION_MS } from './confirmation/answer.ts';
import type { Confirmation } from './confirmation/confirm.ts';
import { createConfirm } from './confirmation/confirm.ts';
import { createPendingQuestions } from './confirmation/pending-questions.ts';
import type { Act, Asker, Guard, Question } from './contract.ts';
import { ActFailed, createExecute, NotSent } from './execute.ts';
import { createCaps } from './limits/caps.ts';
import { createGrants } from './limits/grants.ts';
import { createOnce } from './limits/idempotency.ts';
import { createQuestionLimit } from './limits/question-limit.ts';
import type { Policy } from './policy/policy.ts';
import type { AccountDirectory, CallsPort, Operator } from './ports.ts';

export interface GuardOptions {
  policy: Policy;
  readOnly: boolean;
  /** Tools for which the policy's `ask` becomes `allow` (`--allow-unconfirmed`). */
  allowUnconfirmed: readonly string[];
  sandbox: boolean;
  calls: CallsPort;
  directory: AccountDirectory;
  /** Asked instead of the host (`--approvals`). */
  operator?: Operator;
  audit?: AuditLog;
  meter?: Meter;
  clock: Clock;
  log: Logger;
}

/**
 * How often an act is assessed before it is given up, where its readings became too old or the login was refused.
 */
const ATTEMPTS = 3;
/**
 * How long, in ms, a shutdown waits for acts under way. Those that a client waits for have ended before
 * (transports/http/limits.ts).
 */
const ENDING_MS = 1_000;

export function createGuard(options: GuardOptions): Guard {
  const { policy, readOnly, sandbox, calls, directory, operator, audit, clock, log } = options;
  const allowUnconfirmed = new Set(options.allowUnconfirmed);
  const listeners = new Listeners<[]>((err) => log.error({ err }, 'a listener of the guard failed'));
  const changed = () => listeners.call();
  const pending = createPendingQuestions(clock, changed);
  const questionLimit = createQuestionLimit(clock);
  const caps = createCaps(policy.caps, calls, clock);
  const grants = createGrants(clock, changed);
  const silences = createSilences(calls, clock);
  const record = createRecord(audit, log, options.meter);
  const assess = createAssess({
    ...{ policy, allowUnconfirmed, sandbox, calls, directory, caps, silences, clock },
  });
  const confirm = createConfirm({
    ...{ pending, questionLimit, record, calls, directory, operator, sandbox, clock, changed },
  });
  const actsInProgress = createActsInProgress(clock);
  const execute = createExecute({ caps, silences, record, actsInProgress, clock });
  const hash = digest({ policy, readOnly, allowUnconfirmed: [...allowUnconfirmed].sort() });

  log.info({ policy: policy.name, hash, readOnly }, 'guard policy');
  if (allowUnconfirmed.size > 0) {
    log.warn({ tools: [...allowUnconfirmed] }, 'these tools act without asking a person');
  }

  /**
   * Whether the question offers a grant: the policy extends this class, nothing is unusual, and there is a call or
   * target to bind the grant to.
   */
  const mayBeGranted = ({ action, facts: { unusual = [] } }: Assessment): boolean =>
    unusual.length === 0 &&
    policy.grants.some((risk) => risk === action.risk) &&
    (action.telephonySessionId !== undefined || action.targets.length > 0);

  /**
   * Whether the act may be sent now: the policy allows it, a grant covers it, or `confirmation` fits it. False: ask a
   * person. Keeps the grant that a confirmation gives, and notes in `trail` what let the act through.
   */
  function isCleared(
    assessment: Assessment,
    confirmation: Confirmation | undefined,
    trail: AuditedAnswer,
  ): boolean {
    const { action, snapshot, facts, decision } = assessment;
    if (decision.verdict === 'allow') return true;
    if (mayBeGranted(assessment) && grants.covers(action, facts, snapshot)) {
      trail.answer = 'granted';
      return true;
    }
    if (!confirmation || !confirm.fits(confirmation, assessment)) return false;
    if (confirmation.answer === 'grant') {
      grants.add(action, facts, snapshot);
      changed();
    }
    return true;
  }

  /**
   * Assesses, confirms and executes; starts over when the readings became too old, the login was refused, or a person
   * answered.
   */
  async function run<Answer, Result>(
    action: Action,
    asker: Asker,
    act: Act<Answer, Result>,
    trail: AuditedAnswer,
  ): Promise<Result | Question> {
    const { signal } = asker.context.mcpReq;
    // First of all, so that an answer is used up whatever comes of it.
    let confirmation = confirm.returned(action, asker, trail);
    for (let unsent = 0; ; ) {
      const ready = await act.prepare();
      try {
        const assessment = await assess(action, signal, trail, confirmation !== undefined).catch(
          (error: unknown) => {
            throw confirmation ? saidYes(error) : error;
          },
        );
        if (!assessment.helpsEmergency) caps.check(action, assessment.facts);
        if (isCleared(assessment, confirmation, trail)) {
          return await execute(assessment, ready, act, signal, trail);
        }
        ready.cancel();
        const answer = await confirm.ask(assessment, mayBeGranted(assessment), confirmation, asker, trail);
        if ('kind' in answer) return answer;
        confirmation = answer;
      } catch (error) {
        if (!(error instanceof NotSent)) throw error;
        unsent += 1;
        if (unsent >= ATTEMPTS) throw error.failure();
      } finally {
        ready.cancel();
      }
    }
  }

  return {
    async run(action, asker, act) {
      const trail: AuditedAnswer = {};
      try {
        if (readOnly) {
          throw new Failure('denied', 'This server runs with --read-only: it looks and never acts.');
        }
        return await run(action, asker, act, trail);
      } catch (error) {
        if (error instanceof ActFailed) throw error.cause;
        if (error instanceof Failure) record.refusal(action, error, trail);
        throw error;
      }
    },
    once: createOnce(clock),
    view: (principal) => ({
      policy: { name: policy.name, hash, readOnly },
      allowUnconfirmed: [...allowUnconfirmed],
      asks: operator ? 'operator' : 'host',
      pending: pending.waiting(principal).map(({ tool, telephonySessionId, askedAt }) => ({
        tool,
        ...(telephonySessionId && { telephonySessionId }),
        askedAt: iso(askedAt),
        expiresAt: iso(askedAt + QUESTION_MS),
      })),
      grants: grants.of(principal).map(({ tool, telephonySessionId, expiresAt }) => ({
        tool,
        ...(telephonySessionId && { telephonySessionId }),
        expiresAt: iso(expiresAt),
      })),
    }),
    onChange: (listener) => listeners.add(listener),
    requestState: confirm.requestState,
    stopAsking: confirm.close,
    async close() {
      confirm.close();
      await actsInProgress.settled(ENDING_MS);
      if (audit) announce(log, 'audit log closed', audit.close());
    },
  };
}

/**
 * The failure of the assessment after a person's yes, saying so: an act on a call that could not be read again is not
 * done.
 */
function saidYes(error: unknown): unknown {
  if (!(error instanceof Failure) || error.kind === 'wrong_state' || error.kind === 'denied') return error;
  return new Failure(
    'unavailable',
    'The person said yes, but the call could not be read again to see that it is still the one they were shown. ' +
      `Nothing was done. ${error.message}`,
    error.details,
  );
}

const iso = (time: number): string => new Date(time).toISOString();
