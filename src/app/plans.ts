import { ownParty } from '../calls/store/own-party.ts';
import type { SessionView } from '../calls/store/views.ts';
import type { Clock } from '../shared/clock.ts';
import { endedWithin } from '../shared/delay.ts';
import { Listeners } from '../shared/listeners.ts';
import type { Logger } from '../shared/log.ts';
import type { HeldCall, KnownPlan, LivePlan, PlanInterruption } from './plan.ts';
import {
  type Claim,
  createPlanBoard,
  mostEnded,
  mostRunning,
  type PlanBoard,
  type PlanStanding,
} from './plan-board.ts';

/** Where notes on people on hold outlive the process; absent: they are kept in memory. */
export interface HoldNotes {
  /** Those of an earlier run that was killed. */
  readonly left: readonly HeldCall[];
  write(held: readonly HeldCall[]): void;
}

/** How long, in ms, a call whose note was left by another replica is seen not to be on hold until that counts. */
const sureMs = 5_000;

/** Somebody on hold because of a plan. */
export interface OnHold extends HeldCall {
  /** Whoever ran the plan has ended, and nothing was done since: an earlier run of this server, or a replica. */
  leftBy?: 'earlier run' | 'replica';
}

export interface PlansOptions {
  calls: {
    session(telephonySessionId: string): SessionView | undefined;
    onChange(listener: (change: { telephonySessionId: string }) => void): () => void;
  };
  clock: Clock;
  log: Logger;
  notes?: HoldNotes;
  /** The plans of all replicas; absent: this process is the only one. */
  board?: PlanBoard;
}

/** The plans of a line: those that run, those that ended a while ago, and who is on hold because of them. */
export class Plans {
  readonly #options: PlansOptions;
  readonly #board: PlanBoard;
  readonly #plans = new Map<string, LivePlan>();
  readonly #running = new Set<string>();
  readonly #held = new Map<string, HeldCall>();
  /** Whose hold is under way. */
  readonly #pending = new Map<string, HeldCall>();
  /** Of an earlier run. Not known to be on hold until the call has been seen. */
  readonly #left: Map<string, HeldCall>;
  readonly #listeners: Listeners<[]>;
  /** Left by a replica that has ended, and looked at once more before that is forgotten; what cancels it. */
  readonly #doubted = new Map<string, () => void>();
  readonly #stops: (() => void)[];
  /** Why no further plan is begun; undefined while plans are begun. */
  #closed: PlanInterruption | undefined;

  constructor(options: PlansOptions) {
    this.#options = options;
    this.#board = options.board ?? createPlanBoard();
    this.#listeners = new Listeners<[]>((err) => options.log.error({ err }, 'a listener of plans failed'));
    this.#left = new Map((options.notes?.left ?? []).map((held) => [held.telephonySessionId, held]));
    this.#stops = [
      options.calls.onChange(({ telephonySessionId }) => this.#look(telephonySessionId)),
      this.#board.onChange(() => this.#listeners.emit()),
    ];
  }

  /**
   * Takes calls for a plan that is to begin, and gives its id: `p1`, `p2` …, of this process or of all replicas.
   * @throws Failure `unavailable` where the other replicas cannot be asked
   */
  claim(calls: readonly string[]): Promise<Claim> {
    return this.#board.claim(calls);
  }

  /**
   * Looks what the other replicas do.
   * @throws Failure `unavailable`
   */
  catchUp(): Promise<void> {
    return this.#board.look();
  }

  /** Looks whether a plan of this process may go on. */
  standing(planId: string): Promise<PlanStanding> {
    return this.#board.standing(planId);
  }

  /** Whether no further plan is begun: too many run, or the line closes. */
  get isFull(): boolean {
    return this.#closed !== undefined || this.#running.size >= mostRunning;
  }

  /**
   * Whether a plan runs, or somebody is or may be on hold because of one. Whom an earlier run has left does not count:
   * the notes of that outlive the line.
   */
  get areBusy(): boolean {
    return this.#running.size + this.#held.size + this.#pending.size > 0;
  }

  /** @param plan with an id that `claim` gave */
  add(plan: LivePlan): void {
    this.#plans.set(plan.id, plan);
    this.#running.add(plan.id);
    plan.ended.then(() => {
      this.#running.delete(plan.id);
      this.#board.show(plan);
      for (const id of this.#plans.keys()) {
        if (this.#plans.size <= mostEnded) break;
        if (!this.#running.has(id)) this.#plans.delete(id);
      }
      this.changed();
    });
    if (this.#closed) plan.interrupt(this.#closed);
    this.changed();
  }

  /** A plan of this principal, also one that has ended; of other replicas as of the last look. */
  find(planId: string, principal: string): KnownPlan | undefined {
    const plan = this.#plans.get(planId) ?? this.#others().find(({ id }) => id === planId);
    return plan?.principal === principal ? plan : undefined;
  }

  /** The calls that running plans have, each with the plan's id. */
  busyCalls(): ReadonlyMap<string, string> {
    const others = this.#othersRunning().map((plan) => ({ id: plan.id, calls: plan.view().calls }));
    const running = [...others, ...this.#live()];
    return new Map(running.flatMap(({ id, calls }) => Object.values(calls).map((call) => [call, id])));
  }

  /** Id of the running plan that this call is part of. */
  touching(telephonySessionId: string): string | undefined {
    return this.busyCalls().get(telephonySessionId);
  }

  /** The running plans of a principal. */
  of(principal: string): KnownPlan[] {
    return [...this.#live(), ...this.#othersRunning()].filter((plan) => plan.principal === principal);
  }

  /**
   * Has a plan end because its principal wants it to, wherever it runs.
   * @throws Failure `unavailable` where its replica cannot be told
   */
  async cancel({ id }: KnownPlan): Promise<void> {
    const here = this.#plans.get(id);
    if (here) here.interrupt('cancelled');
    else await this.#board.interrupt(id, 'cancelled');
  }

  /** Where it outlives this process who is on hold; undefined: nowhere. */
  get keptIn(): 'file' | 'redis' | undefined {
    if (this.#board.isShared) return 'redis';
    return this.#options.notes && 'file';
  }

  /**
   * Takes note of a hold that is about to be sent: a process that is killed then has said whose it was. Returns what is
   * to be called when it is known whether they are on hold.
   * @throws Failure `unavailable` where it cannot be noted for the other replicas
   */
  async noteHold(held: HeldCall): Promise<(isHeld: boolean) => void> {
    const { telephonySessionId } = held;
    await this.#board.noteHold(held);
    this.#pending.set(telephonySessionId, held);
    this.#write();
    return (isHeld) => {
      this.#pending.delete(telephonySessionId);
      if (isHeld) {
        this.#held.set(telephonySessionId, held);
        this.#board.confirmHold(held);
      } else this.#forget(telephonySessionId);
    };
  }

  /** Who is on hold because of a plan of any replica, and those whom nobody looks after any more (`leftBy`). */
  held(): OnHold[] {
    return [
      ...[...this.#left.values()].map((held) => ({ ...held, leftBy: 'earlier run' as const })),
      ...this.#held.values(),
      ...this.#board.othersHeld
        .filter(({ telephonySessionId }) => !this.#doubted.has(telephonySessionId))
        .map(({ isLeft, ...held }) => ({ ...held, ...(isLeft && { leftBy: 'replica' as const }) })),
    ];
  }

  /** Takes note that the picture of calls is whole: whoever is not in it is not on hold. */
  forgetAbsent(): void {
    const isAbsent = ({ telephonySessionId }: HeldCall) => !this.#options.calls.session(telephonySessionId);
    for (const held of [...this.#left.values(), ...this.#held.values()])
      if (isAbsent(held)) this.#forget(held.telephonySessionId);
    for (const held of this.#board.othersHeld)
      if (held.isLeft && isAbsent(held)) this.#doubt(held.telephonySessionId);
  }

  /** Calls `listener` after each change of a plan. Returns what stops it. */
  onChange(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  /** A plan of this process stands differently. */
  changed(): void {
    for (const plan of this.#live()) this.#board.show(plan);
    this.#listeners.emit();
  }

  /** Interrupts the plans of these principals, whose line this is no more. */
  interruptOf(principals: ReadonlySet<string>, why: PlanInterruption): void {
    this.#interruptWhere(({ principal }) => principals.has(principal), why);
  }

  /** Interrupts every plan, those of other replicas too unless only this process ends, and begins none any more. */
  interruptAll(why: PlanInterruption): void {
    this.#closed = why;
    if (why === 'server ends') for (const plan of this.#live()) plan.interrupt(why);
    else this.#interruptWhere(() => true, why);
  }

  /** Interrupts the plans that an app has begun whose permission has ended. */
  interruptOfApp(grant: string): void {
    this.#interruptWhere((plan) => plan.grant === grant, 'permission gone');
  }

  /** Resolves when no plan runs, at the latest after `ms`. */
  async ended(ms: number): Promise<void> {
    await endedWithin(this.#options.clock, ms, Promise.all(this.#live().map((plan) => plan.ended)));
    for (const stop of this.#stops) stop();
    for (const cancel of this.#doubted.values()) cancel();
    await this.#board.close();
  }

  #live(): LivePlan[] {
    return [...this.#running].flatMap((id) => this.#plans.get(id) ?? []);
  }

  /** Those of other replicas. */
  #others(): KnownPlan[] {
    return this.#board.others.map(({ principal, grant, view }) => {
      const now = () => this.#board.others.find((plan) => plan.view.planId === view.planId)?.view;
      const board = this.#board;
      return {
        ...{ id: view.planId, principal, ...(grant !== undefined && { grant }) },
        view: () => now() ?? view,
        get ended() {
          return new Promise<void>((resolve) => {
            const look = () => {
              if (now()?.state === 'running') return;
              stop();
              resolve();
            };
            const stop = board.onChange(look);
            look();
          });
        },
      };
    });
  }

  #othersRunning(): KnownPlan[] {
    return this.#others().filter((plan) => plan.view().state === 'running');
  }

  #interruptWhere(isMeant: (plan: KnownPlan) => boolean, why: PlanInterruption): void {
    for (const plan of this.#live()) if (isMeant(plan)) plan.interrupt(why);
    for (const plan of this.#othersRunning()) {
      if (!isMeant(plan)) continue;
      this.#board
        .interrupt(plan.id, why)
        .catch((error: Error) =>
          this.#options.log.warn({ reason: error.message, planId: plan.id }, 'a plan was not ended'),
        );
    }
  }

  #look(telephonySessionId: string): void {
    const isOurs = this.#held.has(telephonySessionId) || this.#left.has(telephonySessionId);
    const isKept =
      isOurs ||
      this.#board.othersHeld.some((held) => held.isLeft && held.telephonySessionId === telephonySessionId);
    if (!isKept || this.#isOnHold(telephonySessionId)) return;
    if (isOurs) this.#forget(telephonySessionId);
    else this.#doubt(telephonySessionId);
  }

  #isOnHold(telephonySessionId: string): boolean {
    return ownParty(this.#options.calls.session(telephonySessionId))?.status.code === 'Hold';
  }

  /** Somebody whom another replica has left seems not to be on hold; a picture that catches up may only be late. */
  #doubt(telephonySessionId: string): void {
    if (this.#doubted.has(telephonySessionId)) return;
    const cancel = this.#options.clock.after(sureMs, () => {
      this.#doubted.delete(telephonySessionId);
      if (!this.#isOnHold(telephonySessionId)) this.#board.endHold(telephonySessionId);
    });
    this.#doubted.set(telephonySessionId, cancel);
  }

  #forget(telephonySessionId: string): void {
    this.#held.delete(telephonySessionId);
    this.#left.delete(telephonySessionId);
    this.#board.endHold(telephonySessionId);
    this.#write();
  }

  #write(): void {
    const kept = [this.#left, this.#held, this.#pending].flatMap((held) => [...held.values()]);
    this.#options.notes?.write(kept);
  }
}
