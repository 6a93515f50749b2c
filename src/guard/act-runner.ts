import { Failure } from '../shared/failure.ts';
import { type Action, withSteps } from './action.ts';
import type { Assess, Assessment } from './assessment/assess.ts';
import type { AuditedAnswer } from './audit/entry.ts';
import type { TakeTurn } from './call-turns.ts';
import type { Clearance } from './clearance.ts';
import type { Confirm, Confirmation } from './confirmation/confirm.ts';
import type { Act, Asker, Question, ReadyRequest } from './contract.ts';
import { type Execute, NotSent } from './execute.ts';
import type { CapCounter } from './limits/caps.ts';

/**
 * How often an act is assessed before it is given up, where its readings became too old or the login was refused.
 */
const ATTEMPTS = 3;

export interface ActRunnerOptions {
  takeTurn: TakeTurn;
  assess: Assess;
  caps: CapCounter;
  clearance: Clearance;
  confirm: Confirm;
  execute: Execute;
}

/** One tool call on its way through the guard. */
interface Run<Answer, Result> {
  action: Action;
  asker: Asker;
  act: Act<Answer, Result>;
  trail: AuditedAnswer;
}

/** What comes of an assessment: the act is done, its question is the tool's result, or a person has said yes. */
type Outcome<Result> = { result: Result | Question } | { confirmation: Confirmation };

/** Takes an act through the three steps of the guard: assess, confirm, execute. */
export class ActRunner {
  readonly #options: ActRunnerOptions;

  constructor(options: ActRunnerOptions) {
    this.#options = options;
  }

  /**
   * Assesses, confirms and executes; starts over when the readings became too old, the login was refused, or a person
   * answered. Notes in `trail` what the audit log says of it. Throws as `Guard.run` does, and `ActFailed` around what
   * the act threw.
   */
  async run<Answer, Result>(run: Run<Answer, Result>): Promise<Result | Question> {
    // First of all, so that an answer is used up whatever comes of it.
    let confirmation = await this.#options.confirm.returned(run.action, run.asker, run.trail);
    for (let unsent = 0; ; ) {
      try {
        const outcome = await this.#attempt(run, confirmation);
        if ('result' in outcome) return outcome.result;
        confirmation = outcome.confirmation;
      } catch (error) {
        if (!(error instanceof NotSent)) throw error;
        unsent += 1;
        if (unsent >= ATTEMPTS) throw error.failure();
      }
    }
  }

  /** Throws `NotSent` where the act has to be assessed anew. */
  async #attempt<Answer, Result>(
    { action, asker, act, trail }: Run<Answer, Result>,
    confirmation: Confirmation | undefined,
  ): Promise<Outcome<Result>> {
    const { takeTurn, caps, clearance, confirm, execute } = this.#options;
    const { signal } = asker.context.mcpReq;
    const prepared = await act.prepare();
    const ready = within(await takeTurn(action), prepared);
    try {
      const assessment = await this.#assess(action, signal, trail, confirmation);
      if (!assessment.helpsEmergency) {
        for (const one of withSteps(action)) await caps.check(one, assessment.facts);
      }
      if (await clearance.isCleared(assessment, confirmation, trail)) {
        return { result: await execute(assessment, ready, act, signal, trail) };
      }
      if (action.mandate) throw notMandated(assessment.decision.rule);
      // Not kept while a person thinks.
      ready.cancel();
      const offer = clearance.grantOf(assessment);
      const answer = await confirm.ask(assessment, offer, confirmation, asker, trail);
      return 'kind' in answer ? { result: answer } : { confirmation: answer };
    } finally {
      ready.cancel();
    }
  }

  async #assess(
    action: Action,
    signal: AbortSignal,
    trail: AuditedAnswer,
    confirmation: Confirmation | undefined,
  ): Promise<Assessment> {
    try {
      return await this.#options.assess(action, signal, trail, confirmation !== undefined);
    } catch (error) {
      throw confirmation ? afterYes(error) : error;
    }
  }
}

/** The request with the turn that it has, which ends with its answer, or when it is given up. */
const within = <Answer>(endTurn: () => void, ready: ReadyRequest<Answer>): ReadyRequest<Answer> => ({
  send: (body, beforeSend) => ready.send(body, beforeSend).finally(endTurn),
  cancel() {
    ready.cancel();
    endTurn();
  },
});

/** A step of a plan asks nobody: whoever said yes to the plan was asked for all of it. */
const notMandated = (rule: string) =>
  new Failure(
    'wrong_state',
    `The yes to the plan is not for this step as things are now (${rule}). Nothing was done.`,
  );

/**
 * The failure of the assessment after a person's yes, saying so: an act on a call that could not be read again is not
 * done.
 */
function afterYes(error: unknown): unknown {
  if (!(error instanceof Failure) || error.kind === 'wrong_state' || error.kind === 'denied') return error;
  return new Failure(
    'unavailable',
    'The person said yes, but the call could not be read again to see that it is still the one they were shown. ' +
      `Nothing was done. ${error.message}`,
    error.details,
  );
}
