import { ownParty } from '../../calls/store/own-party.ts';
import type { SessionView } from '../../calls/store/views.ts';
import { nobody } from '../../guard/confirmation/nobody.ts';
import type { Question } from '../../guard/contract.ts';
import { otherNumber } from '../../presentation/views.ts';
import { hasLeft } from '../../ringcentral/wire/session.ts';
import { Failure, isTransient } from '../../shared/failure.ts';
import type { Tool } from '../runtime/define-tool.ts';
import { isQuestion } from '../runtime/execute-action.ts';
import type { ToolResult } from '../runtime/result.ts';
import type { ActStep, CallRole } from './plan.ts';
import type { PlanWatch } from './plan-watch.ts';

/** How long, in ms, a state that an act leads to is waited for once the platform has taken the act. */
const showsMs = 5_000;
/** So long, in ms, is waited before the next attempt where nothing was sent, and RingCentral does not say how long. */
const retryMs = ({ details }: Failure): number => (details.retryAfterSeconds ?? 3) * 1_000;

/** Reasons of the platform for a leg whose call was joined to another (platform.md 10.3). */
const joins: ReadonlySet<string> = new Set(['AttendedTransfer', 'Conference']);

/** How an act of a plan has ended: the name of what comes next in its step. */
export type ActOutcome = 'done' | 'refused' | 'unknown';

/** Does the acts of a plan, each once and through the guard. */
export class PlanActs {
  readonly #planId: string;
  readonly #tools: ReadonlyMap<string, Tool>;
  readonly #watch: PlanWatch;

  /** @param tools of the operations, by name */
  constructor(planId: string, tools: ReadonlyMap<string, Tool>, watch: PlanWatch) {
    this.#planId = planId;
    this.#tools = tools;
    this.#watch = watch;
  }

  /** Does a step, once. Why it was refused, or is not known, is in `PlanCalls.why`. */
  async run(name: string, step: ActStep): Promise<ActOutcome> {
    const unless = step.unless?.(this.#watch.calls);
    if (unless !== undefined) {
      this.#watch.calls.why = whyNot(step, `${unless}.`);
      return 'refused';
    }
    const { on, leaves } = step;
    // Nobody is taken back who was not away.
    if (leaves === 'Answered' && this.#isShown(step)) return 'done';
    let noteEnd: (() => void) | undefined;
    try {
      if (step.tool === 'hold_call_party' && on) noteEnd = await this.#noteHold(on);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#watch.calls.why = whyNot(step, error.message);
      return 'refused';
    }
    this.#watch.calls.noteTried(name);
    const end = on && leaves && this.#watch.calls.mayBecome(on, leaves);
    const outcome = await this.#send(step, step.retries ?? 0).finally(noteEnd);
    if (end) end(outcome === 'done');
    return outcome;
  }

  async #send(step: ActStep, retries: number): Promise<ActOutcome> {
    const before = this.#watch.calls.active;
    try {
      const result = await this.#call(step);
      if (isQuestion(result)) throw new Error('a step of a plan has asked a question');
      const made = result.data.call as SessionView | undefined;
      if (step.makes !== undefined && made !== undefined) this.#watch.calls.add(step.makes, made.id);
      if (await this.#shows(step)) return 'done';
      this.#watch.calls.why = `RingCentral took ${step.tool}, but nothing shows that it was done.`;
      return 'unknown';
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (isTransient(error) && retries > 0) {
        await this.#watch.until(() => this.#watch.isDisturbed(), retryMs(error));
        if (this.#watch.isDisturbed()) return 'refused';
        return this.#isShown(step) ? 'done' : this.#send(step, retries - 1);
      }
      if (error.kind !== 'unknown_outcome' && error.kind !== 'internal') {
        const unless = step.unless?.(this.#watch.calls);
        this.#watch.calls.why = whyNot(step, unless === undefined ? error.message : `${unless}.`);
        return 'refused';
      }
      this.#watch.calls.why = error.message;
      // Never repeated: what came of it is read.
      await this.#find(step, before);
      return step.leaves !== undefined && (await this.#shows(step)) ? 'done' : 'unknown';
    }
  }

  /** Runs the tool of a step. What happens before its request has left keeps it from being sent. */
  async #call({ tool: name, args, unless }: ActStep): Promise<ToolResult | Question> {
    const tool = this.#tools.get(name);
    if (tool === undefined) throw new Error(`there is no tool ${name}`);
    const stop = new AbortController();
    const look = () =>
      (this.#watch.isDisturbed() || unless?.(this.#watch.calls) !== undefined) && stop.abort();
    const stopLooking = this.#watch.onChange(look);
    look();
    try {
      return await tool.run(args(this.#watch.calls), {
        ...this.#watch.context,
        ...{ asker: nobody(stop.signal), signal: stop.signal },
      });
    } finally {
      stopLooking();
    }
  }

  /** Looks for the call that an act may have made all the same. */
  async #find({ makes }: ActStep, before: ReadonlySet<string>): Promise<void> {
    if (makes === undefined) return;
    const found = () => this.#watch.calls.begunSince(before);
    if (!(await this.#watch.until(() => found() !== undefined, showsMs))) {
      await this.#watch.context.line.sync.refreshAll().catch(() => {});
    }
    const id = found();
    if (id !== undefined) this.#watch.calls.add(makes, id);
  }

  /** Whether your leg is seen to be what the act leads to, within a few seconds. */
  async #shows(step: ActStep): Promise<boolean> {
    if (this.#isShown(step)) return true;
    if (step.on !== undefined) await this.#watch.read(step.on);
    return this.#watch.until(() => this.#isShown(step), showsMs);
  }

  #isShown({ on, leaves }: ActStep): boolean {
    if (on === undefined || leaves === undefined) return true;
    const call = this.#watch.calls.call(on);
    const own = ownParty(call);
    if (leaves === 'left') return call?.over === true || (own !== undefined && hasLeft(own));
    // A call that is over is not one that was moved.
    if (leaves === 'moved') return own?.status.code === 'Gone' || joins.has(own?.status.reason ?? '');
    return own?.status.code === leaves;
  }

  /** Takes note of who is on hold already, and waits for the plan from now on. */
  async noteWaiting(on: CallRole): Promise<void> {
    try {
      (await this.#noteHold(on))?.();
    } catch (error) {
      // The plan has put nobody on hold yet; its steps are refused as long as nothing can be noted.
      if (!(error instanceof Failure)) throw error;
    }
  }

  /**
   * Takes note of whom the plan puts on hold, until they are not. Returns what is to be called when the act has ended.
   * @throws Failure where it cannot be noted
   */
  async #noteHold(on: CallRole): Promise<(() => void) | undefined> {
    const call = this.#watch.calls.call(on);
    const own = ownParty(call);
    const telephonySessionId = this.#watch.calls.id(on);
    if (!call || !own || !telephonySessionId) return undefined;
    const { plans, clock } = this.#watch.context.line;
    const since = own.status.code === 'Hold' && own.since ? Date.parse(own.since) : clock.now();
    const end = await plans.noteHold({
      ...{
        planId: this.#planId,
        principal: this.#watch.context.principal,
        telephonySessionId,
        partyId: own.id,
      },
      ...{ who: otherNumber(own, call) ?? 'unknown number', since },
    });
    return () => end(ownParty(this.#watch.calls.call(on))?.status.code === 'Hold');
  }
}

const whyNot = ({ fails }: ActStep, why: string): string => (fails === undefined ? why : `${fails}: ${why}`);
