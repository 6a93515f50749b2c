import type { LivePlan, PlanInterruption, PlanStepView, PlanView } from '../../app/plans.ts';
import { ownParty } from '../../calls/store/own-party.ts';
import type { SessionView } from '../../calls/store/views.ts';
import { nobody } from '../../guard/confirmation/nobody.ts';
import type { Question } from '../../guard/contract.ts';
import { otherNumber } from '../../presentation/views.ts';
import { hasLeft } from '../../ringcentral/wire/session.ts';
import { Failure, type FailureKind } from '../../shared/failure.ts';
import type { ToolContext } from '../runtime/context.ts';
import type { Tool } from '../runtime/define-tool.ts';
import { isQuestion } from '../runtime/execute-action.ts';
import type { ToolResult } from '../runtime/result.ts';
import {
  type ActStep,
  type CallRole,
  type Choice,
  type Ending,
  type Next,
  type PlanKind,
  stopped,
  type WaitStep,
} from './plan.ts';
import { PlanCalls, type PlanCallsOptions } from './plan-calls.ts';

/** How long, in ms, a state that an act leads to is waited for once the platform has taken the act. */
const showsMs = 5_000;
/** Failures after which nothing was sent, and the next attempt may fare better. */
const passing: ReadonlySet<FailureKind> = new Set(['rate_limited', 'unavailable']);
/** So long, in ms, is waited before that, where RingCentral does not say how long. */
const retryMs = ({ details }: Failure): number => (details.retryAfterSeconds ?? 3) * 1_000;

/** Reasons of the platform for a leg whose call was joined to another (platform.md 10.3). */
const joins: ReadonlySet<string> = new Set(['AttendedTransfer', 'Conference']);

/** Why a plan was interrupted, in words. */
const interruptions: Readonly<Record<PlanInterruption, string>> = {
  cancelled: 'The plan was cancelled.',
  'host gone': "The agent's host has gone.",
  'server ends': 'This server is ending.',
  'time up': 'The three minutes of the plan are over.',
};

export interface PlanRunOptions extends Omit<PlanCallsOptions, 'line'> {
  id: string;
  kind: PlanKind;
  /** The operations' tools, by name. */
  tools: ReadonlyMap<string, Tool>;
  /** What its acts are given, with its mandate. They ask nobody. */
  context: ToolContext;
  /** After so long, in ms, it turns back. */
  lastsMs: number;
}

/** How an act, or a wait, of a plan has ended: the name of what comes next in its step. */
type ActOutcome = 'done' | 'refused' | 'unknown';

/**
 * A plan on its way: takes one step after the other, each act once and through the guard, and stops where anybody else
 * acts on its calls.
 */
export class PlanRun implements LivePlan {
  readonly id: string;
  readonly principal: string;
  readonly ended: Promise<void>;
  readonly #kind: PlanKind;
  readonly #tools: ReadonlyMap<string, Tool>;
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

  constructor({ id, kind, tools, context, lastsMs, ...about }: PlanRunOptions) {
    const { clock } = context.line;
    this.id = id;
    this.principal = context.principal;
    this.#kind = kind;
    this.#tools = tools;
    this.#context = context;
    this.#calls = new PlanCalls({ ...about, line: context.line });
    this.#given = Object.keys(about.calls) as CallRole[];
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
      calls: this.#calls.ids,
      startedAt: new Date(this.#startedAt).toISOString(),
    };
  }

  /** Where not all is done, everybody's place is told. */
  #withWhereabouts(sentence: string): string {
    return `${sentence} ${this.#calls.whereabouts()}.`;
  }

  touches(telephonySessionId: string): boolean {
    return Object.values(this.#calls.ids).includes(telephonySessionId);
  }

  interrupt(why: PlanInterruption): void {
    if (this.#interruption.signal.aborted) return;
    this.#calls.isInterrupted = true;
    this.#interruption.abort(why);
  }

  async #walk(): Promise<void> {
    // Whoever waits already is waiting for the plan from now on.
    if (ownParty(this.#calls.call('caller'))?.status.code === 'Hold') this.#noteHold('caller')?.();
    let next = this.#choose(this.#kind.first);
    while (typeof next === 'string') {
      const step: Next = (await this.#detour()) ?? next;
      next = typeof step === 'string' ? await this.#take(step) : step;
    }
    await this.#readAll();
    this.#ending = { ...next, says: this.#calls.fillIn(next.says) };
  }

  /** What comes in place of the next step, because something has happened meanwhile. */
  async #detour(): Promise<Next | undefined> {
    // Without events nothing else tells of it.
    await this.#context.line.sync.ensureFresh();
    // Where your leg has left, only a reading tells whether the others have.
    const unclear = [...this.#justOver(), this.#calls.touched()].filter(
      (role) => role !== undefined && this.#calls.call(role)?.over !== true,
    );
    await Promise.all(unclear.map((role) => role && this.#read(role)));
    const touched = this.#calls.touched();
    if (touched !== undefined) {
      this.#calls.forget(touched);
      return stopped(
        `Somebody has acted on the call with {${touched}} by hand, or with another app: the plan does no more.`,
      );
    }
    for (const role of this.#justOver()) {
      this.#over.add(role);
      const next = this.#kind.over(role, this.#calls);
      if (next !== undefined) return next;
    }
    if (!this.#calls.isInterrupted || this.#hasTurnedBack) return undefined;
    this.#hasTurnedBack = true;
    this.#calls.why = interruptions[this.#interruption.signal.reason as PlanInterruption];
    return this.#choose(this.#kind.interrupted);
  }

  async #take(name: string): Promise<Next> {
    const step = this.#kind.steps[name];
    if (step === undefined) throw new Error(`the plan ${this.#kind.name} has no step ${name}`);
    const isAct = 'tool' in step;
    const outcome = isAct ? await this.#act(name, step) : await this.#wait(step);
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

  async #act(name: string, step: ActStep): Promise<ActOutcome> {
    const unless = step.unless?.(this.#calls);
    if (unless !== undefined) {
      this.#calls.why = whyNot(step, `${unless}.`);
      return 'refused';
    }
    const { on, leaves } = step;
    // Nobody is taken back who was not away.
    if (leaves === 'Answered' && this.#isShown(step)) return 'done';
    this.#calls.noteTried(name);
    const end = on && leaves && this.#calls.mayBecome(on, leaves);
    const noteEnd = step.tool === 'hold_call_party' && on ? this.#noteHold(on) : undefined;
    const outcome = await this.#send(step, step.retries ?? 0).finally(noteEnd);
    if (end) end(outcome === 'done');
    this.#now = `${name}: ${outcome}.`;
    return outcome;
  }

  async #send(step: ActStep, retries: number): Promise<ActOutcome> {
    const before = this.#calls.active;
    try {
      const result = await this.#run(step);
      if (isQuestion(result)) throw new Error('a step of a plan has asked a question');
      const made = result.data.call as SessionView | undefined;
      if (step.makes !== undefined && made !== undefined) this.#calls.add(step.makes, made.id);
      if (await this.#shows(step)) return 'done';
      this.#calls.why = `RingCentral took ${step.tool}, but nothing shows that it was done.`;
      return 'unknown';
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (passing.has(error.kind) && retries > 0) {
        await this.#until(() => this.#isDisturbed(), retryMs(error));
        if (this.#isDisturbed()) return 'refused';
        return this.#isShown(step) ? 'done' : this.#send(step, retries - 1);
      }
      if (error.kind !== 'unknown_outcome' && error.kind !== 'internal') {
        const unless = step.unless?.(this.#calls);
        this.#calls.why = whyNot(step, unless === undefined ? error.message : `${unless}.`);
        return 'refused';
      }
      this.#calls.why = error.message;
      // Never repeated: what came of it is read.
      await this.#find(step, before);
      return step.leaves !== undefined && (await this.#shows(step)) ? 'done' : 'unknown';
    }
  }

  /** Runs the tool of a step. What happens before its request has left keeps it from being sent. */
  async #run({ tool: name, args, unless }: ActStep): Promise<ToolResult | Question> {
    const tool = this.#tools.get(name);
    if (tool === undefined) throw new Error(`there is no tool ${name}`);
    const stop = new AbortController();
    const look = () => (this.#isDisturbed() || unless?.(this.#calls) !== undefined) && stop.abort();
    const stopListening = this.#context.line.calls.onChange(look);
    this.#interruption.signal.addEventListener('abort', look);
    look();
    try {
      return await tool.run(args(this.#calls), {
        ...this.#context,
        ...{ asker: nobody(stop.signal), signal: stop.signal },
      });
    } finally {
      stopListening();
      this.#interruption.signal.removeEventListener('abort', look);
    }
  }

  /** Looks for the call that an act may have made all the same. */
  async #find({ makes }: ActStep, before: ReadonlySet<string>): Promise<void> {
    if (makes === undefined) return;
    const found = () => this.#calls.begunSince(before);
    if (!(await this.#until(() => found() !== undefined, showsMs))) {
      await this.#context.line.sync.refreshAll().catch(() => {});
    }
    const id = found();
    if (id !== undefined) this.#calls.add(makes, id);
  }

  /** Whether your leg is seen to be what the act leads to, within a few seconds. */
  async #shows(step: ActStep): Promise<boolean> {
    if (this.#isShown(step)) return true;
    if (step.on !== undefined) await this.#read(step.on);
    return this.#until(() => this.#isShown(step), showsMs);
  }

  #isShown({ on, leaves }: ActStep): boolean {
    if (on === undefined || leaves === undefined) return true;
    const call = this.#calls.call(on);
    const own = ownParty(call);
    if (leaves === 'left') return call?.over === true || (own !== undefined && hasLeft(own));
    // A call that is over is not one that was moved.
    if (leaves === 'moved') return own?.status.code === 'Gone' || joins.has(own?.status.reason ?? '');
    return own?.status.code === leaves;
  }

  /**
   * Takes note of whom the plan puts on hold, until they are not. Returns what is to be called when the act has ended.
   */
  #noteHold(on: CallRole): (() => void) | undefined {
    const own = ownParty(this.#calls.call(on));
    const telephonySessionId = this.#calls.id(on);
    if (!own || !telephonySessionId) return undefined;
    const { plans, clock } = this.#context.line;
    const since = own.status.code === 'Hold' && own.since ? Date.parse(own.since) : clock.now();
    const end = plans.noteHold({
      ...{ planId: this.id, principal: this.principal, telephonySessionId, partyId: own.id },
      ...{ who: otherNumber(own) ?? 'unknown number', since },
    });
    return () => end(ownParty(this.#calls.call(on))?.status.code === 'Hold');
  }

  /** Waits for an outcome of the step; undefined where something else has happened that is of more weight. */
  async #wait(step: WaitStep): Promise<string | undefined> {
    const { clock, sync } = this.#context.line;
    const ms = step.seconds(this.#calls) * 1_000;
    const ends = clock.now() + ms;
    const id = this.#calls.id(step.watches);
    const stopWatching = id === undefined ? () => {} : sync.watch(id, undefined, ms);
    const isDisturbed = () => this.#isDisturbed();
    try {
      for (;;) {
        const left = ends - clock.now();
        const isSeen = await this.#until(() => isDisturbed() || step.sees(this.#calls) !== undefined, left);
        if (isDisturbed()) return undefined;
        const outcome = isSeen ? step.sees(this.#calls) : undefined;
        if (!isSeen) await this.#read(step.watches);
        const last = isSeen ? outcome : (step.sees(this.#calls) ?? 'time up');
        if (last === undefined) continue;
        if (await this.#lasts(step, last)) {
          this.#calls.why = step.words[last] ?? '';
          return last;
        }
        if (isDisturbed()) return undefined;
      }
    } finally {
      stopWatching();
    }
  }

  /** Whether an outcome is still so after the time that it has to last, and a new reading. */
  async #lasts({ lastsMs = {}, sees, watches }: WaitStep, outcome: string): Promise<boolean> {
    const ms = lastsMs[outcome];
    if (ms === undefined) return true;
    const hasChanged = await this.#until(() => this.#isDisturbed() || sees(this.#calls) !== outcome, ms);
    if (hasChanged) return false;
    await this.#read(watches);
    return !this.#isDisturbed() && sees(this.#calls) === outcome;
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

  /** Reads a call of the plan, so that the picture of it is true; a failure leaves what is known. */
  async #read(role: CallRole): Promise<void> {
    const id = this.#calls.id(role);
    if (id !== undefined) await this.#context.line.sync.refresh(id).catch(() => {});
  }

  async #readAll(): Promise<void> {
    await Promise.all(Object.keys(this.#calls.ids).map((role) => this.#read(role as CallRole)));
  }

  /** Resolves with true once `condition` holds, at the latest with false after `ms`; looks at each change. */
  #until(condition: () => boolean, ms: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    const { calls, clock } = this.#context.line;
    const { signal } = this.#interruption;
    return new Promise((resolve) => {
      const end = (held: boolean) => {
        stopListening();
        cancel();
        signal.removeEventListener('abort', look);
        resolve(held);
      };
      const look = () => condition() && end(true);
      const stopListening = calls.onChange(look);
      const cancel = clock.after(Math.max(0, ms), () => end(condition()));
      signal.addEventListener('abort', look);
    });
  }

  #fail(error: unknown): void {
    this.#context.line.log.error({ err: error, planId: this.id }, 'defect in a plan');
    this.#ending = stopped('It stopped because of a defect in this server.');
  }
}

const whyNot = ({ fails }: ActStep, why: string): string => (fails === undefined ? why : `${fails}: ${why}`);

const choiceOf = ({ done, refused, unknown }: ActStep, outcome: ActOutcome): Choice =>
  ({ done, refused, unknown: unknown ?? refused })[outcome];
