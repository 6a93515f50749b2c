import type { LivePlan, PlanInterruption, PlanStepView, PlanView } from '../../app/plan.ts';
import { ownParty } from '../../calls/store/own-party.ts';
import type { ToolContext } from '../runtime/context.ts';
import type { Tool } from '../runtime/define-tool.ts';
import {
  type ActStep,
  type CallRole,
  type Choice,
  type Ending,
  type Next,
  type PlanKind,
  stopped,
} from './plan.ts';
import { type ActOutcome, PlanActs } from './plan-act.ts';
import { PlanCalls, type PlanCallsOptions } from './plan-calls.ts';
import { waitFor } from './plan-wait.ts';
import { PlanWatch } from './plan-watch.ts';
import { PlanWords } from './plan-words.ts';

/** Why a plan was interrupted, in words. */
const interruptions: Readonly<Record<PlanInterruption, string>> = {
  cancelled: 'The plan was cancelled.',
  'host gone': "The agent's host has gone.",
  'server ends': 'This server is ending.',
  'login gone': 'The RingCentral login was taken away from this server.',
  paused: 'The person has paused agents.',
  'permission gone': 'The permission of the app that began it has been taken back.',
  'cut off': 'The replicas of this server could not be reached for a while.',
  'time up': 'The three minutes of the plan are over.',
};

export interface PlanRunOptions extends Omit<PlanCallsOptions, 'line'> {
  id: string;
  kind: PlanKind;
  /** The operations' tools, by name. */
  tools: ReadonlyMap<string, Tool>;
  /** Whom it calls, in a person's words. */
  colleague?: string;
  /** What its acts are given, with its mandate. They ask nobody. */
  context: ToolContext;
  /** After so long, in ms, it turns back. */
  lastsMs: number;
}

/**
 * A plan on its way: takes one step after the other, each act once and through the guard, and stops where anybody else
 * acts on its calls.
 */
export class PlanRun implements LivePlan {
  readonly id: string;
  readonly principal: string;
  readonly grant?: string;
  readonly ended: Promise<void>;
  readonly #kind: PlanKind;
  readonly #words: PlanWords;
  readonly #acts: PlanActs;
  readonly #watch: PlanWatch;
  readonly #context: ToolContext;
  readonly #calls: PlanCalls;
  /** The calls that it began with. */
  readonly #given: readonly CallRole[];
  readonly #steps: PlanStepView[] = [];
  readonly #interruption = new AbortController();
  readonly #startedAt: number;
  /** Calls whose end has been taken into account. */
  readonly #over = new Set<CallRole>();
  #hasTurnedBack = false;
  #now = 'It has begun.';
  #ending: Ending | undefined;

  constructor({ id, kind, tools, colleague, context, lastsMs, ...about }: PlanRunOptions) {
    const { clock } = context.line;
    this.id = id;
    this.principal = context.principal;
    if (context.grant !== undefined) this.grant = context.grant;
    this.#kind = kind;
    this.#context = context;
    this.#calls = new PlanCalls({ ...about, line: context.line });
    this.#words = new PlanWords(this.#calls, colleague);
    this.#given = Object.keys(about.calls) as CallRole[];
    this.#watch = new PlanWatch({
      ...{ context, calls: this.#calls, interruption: this.#interruption.signal },
      isDisturbed: () => this.#isDisturbed(),
    });
    this.#acts = new PlanActs(id, tools, this.#watch);
    this.#startedAt = clock.now();
    const stopTimer = clock.after(lastsMs, () => this.interrupt('time up'));
    this.ended = this.#walk()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        stopTimer();
        context.line.plans.changed();
      });
  }

  view(): PlanView {
    const ending = this.#ending;
    return {
      planId: this.id,
      plan: this.#kind.name,
      state: ending ? 'ended' : 'running',
      ...(ending && { ending: ending.ends }),
      says:
        ending?.ends === 'done' || ending?.ends === 'returned'
          ? ending.says
          : this.#withWhereabouts(ending?.says ?? this.#now),
      steps: [...this.#steps],
      calls: this.calls,
      startedAt: new Date(this.#startedAt).toISOString(),
    };
  }

  /** Where not all is done, everybody's place is told. */
  #withWhereabouts(sentence: string): string {
    return `${sentence} ${this.#words.whereabouts()}.`;
  }

  get calls(): PlanView['calls'] {
    return this.#calls.ids;
  }

  interrupt(why: PlanInterruption): void {
    if (this.#interruption.signal.aborted) return;
    this.#calls.isInterrupted = true;
    this.#interruption.abort(why);
  }

  async #walk(): Promise<void> {
    // Whoever waits already is waiting for the plan from now on.
    if (ownParty(this.#calls.call('caller'))?.status.code === 'Hold') await this.#acts.noteWaiting('caller');
    let next = this.#choose(this.#kind.first);
    while (typeof next === 'string') {
      const step: Next = (await this.#detour()) ?? next;
      next = typeof step === 'string' ? await this.#take(step) : step;
    }
    await this.#watch.readAll();
    this.#ending = { ...next, says: this.#words.fillIn(next.says) };
  }

  /** What comes in place of the next step, because something has happened meanwhile. */
  async #detour(): Promise<Next | undefined> {
    // Without events nothing else tells of it.
    await this.#context.line.sync.ensureFresh();
    // Where your leg has left, only a reading tells whether the others have.
    const unclear = [...this.#justOver(), this.#calls.touched()].filter(
      (role) => role !== undefined && this.#calls.call(role)?.over !== true,
    );
    await Promise.all(unclear.map((role) => role && this.#watch.read(role)));
    const touched = this.#calls.touched();
    if (touched !== undefined) {
      this.#calls.forget(touched);
      return stopped(
        `Somebody has acted on {call with ${touched}} by hand, or with another app or tool: the plan does no more.`,
      );
    }
    for (const role of this.#justOver()) {
      this.#over.add(role);
      const next = this.#kind.over(role, this.#calls);
      if (next !== undefined) return next;
    }
    const standing = await this.#context.line.plans.standing(this.id);
    if (standing === 'over') {
      return stopped(
        'The replica that carries it out could not be reached, and the others have taken it for ended: it does no more.',
      );
    }
    if (standing === 'unknown') this.interrupt('cut off');
    if (!this.#calls.isInterrupted || this.#hasTurnedBack) return undefined;
    this.#hasTurnedBack = true;
    this.#calls.why = interruptions[this.#interruption.signal.reason as PlanInterruption];
    return this.#choose(this.#kind.interrupted);
  }

  async #take(name: string): Promise<Next> {
    const step = this.#kind.steps[name];
    if (step === undefined) throw new Error(`the plan ${this.#kind.name} has no step ${name}`);
    const isAct = 'tool' in step;
    const outcome = isAct ? await this.#acts.run(name, step) : await waitFor(step, this.#watch);
    if (isAct) this.#now = `${name}: ${outcome}.`;
    const { clock, plans } = this.#context.line;
    this.#steps.push({
      step: name,
      ...(isAct && { tool: step.tool }),
      outcome: outcome ?? 'interrupted',
      at: new Date(clock.now()).toISOString(),
    });
    plans.changed();
    // Something has happened meanwhile: the detour says what comes.
    if (outcome === undefined) return name;
    if (outcome === 'done') this.#calls.noteDone(name);
    if (!isAct) return this.#choose(step.leadsTo[outcome]);
    // Refused, because the call is over or somebody has acted on it: that says more than the refusal.
    const detour = outcome === 'refused' ? await this.#detour() : undefined;
    return detour ?? this.#choose(choiceOf(step, outcome as ActOutcome));
  }

  #choose(choice: Choice | undefined): Next {
    if (choice === undefined) throw new Error(`the plan ${this.#kind.name} does not say what comes next`);
    return typeof choice === 'function' ? choice(this.#calls) : choice;
  }

  /** Whether the detour has something to say. */
  #isDisturbed(): boolean {
    return (
      (this.#calls.isInterrupted && !this.#hasTurnedBack) ||
      this.#calls.touched() !== undefined ||
      this.#justOver().length > 0
    );
  }

  /** Calls that it began with, and whose end has not been taken into account. */
  #justOver(): CallRole[] {
    return this.#calls.over().filter((role) => this.#given.includes(role) && !this.#over.has(role));
  }

  #fail(error: unknown): void {
    this.#context.line.log.error({ err: error, planId: this.id }, 'defect in a plan');
    this.#ending = stopped('It stopped because of a defect in this server.');
  }
}

const choiceOf = ({ done, refused, unknown }: ActStep, outcome: ActOutcome): Choice =>
  ({ done, refused, unknown: unknown ?? refused })[outcome];
