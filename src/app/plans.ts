import { ownParty } from '../calls/store/own-party.ts';
import type { SessionView } from '../calls/store/views.ts';
import type { Clock } from '../shared/clock.ts';
import { endedWithin } from '../shared/delay.ts';
import { Listeners } from '../shared/listeners.ts';
import type { Logger } from '../shared/log.ts';

/** One step of a plan that was begun. `outcome`: how its act ended, or what its wait has found. */
export interface PlanStepView {
  step: string;
  /** The operation that it sent; absent for a wait. */
  tool?: string;
  outcome: string;
  /** ISO time. */
  at: string;
}

/** A plan as results and `ringcentral://plans` show it. */
export interface PlanView {
  planId: string;
  /** The tool that began it. */
  plan: string;
  state: 'running' | 'ended';
  /**
   * How it ended: all was done, the caller was taken back, it leaves the rest to the person as was wanted (`told`), or it
   * could not go on.
   */
  ending?: 'done' | 'returned' | 'told' | 'stopped';
  /** Where things stand, in a sentence or two. */
  says: string;
  steps: PlanStepView[];
  /** Session ids by what the plan calls them. */
  calls: Readonly<Record<string, string>>;
  startedAt: string;
}

/** Why a plan is to end before it is through. */
export type PlanInterruption =
  | 'cancelled'
  | 'host gone'
  | 'server ends'
  | 'login gone'
  | 'paused'
  | 'permission gone'
  | 'time up';

export interface LivePlan {
  readonly id: string;
  readonly principal: string;
  /** Id of the permission of the app that began it; absent unless its person has signed in here. */
  readonly grant?: string;
  view(): PlanView;
  /** Whether one of its calls is this one. */
  touches(telephonySessionId: string): boolean;
  /** Takes people back as far as that is safe, and ends. Harmless when it has ended. */
  interrupt(why: PlanInterruption): void;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
}

/** Somebody whom a plan has put on hold. */
export interface HeldCall {
  planId: string;
  principal: string;
  telephonySessionId: string;
  /** Of the own party. */
  partyId: string;
  /** Number of the other side, as the network gave it. */
  who: string;
  /** Clock time, epoch ms. */
  since: number;
}

/** Where notes on people on hold outlive the process; absent: they are kept in memory. */
export interface HoldNotes {
  /** Those of an earlier run that was killed. */
  readonly left: readonly HeldCall[];
  write(held: readonly HeldCall[]): void;
}

/** Plans that have ended are remembered, for who waits for them; so many. */
const mostEnded = 50;
/** So many run at once on one line. */
const mostRunning = 10;

export interface PlansOptions {
  calls: {
    session(telephonySessionId: string): SessionView | undefined;
    onChange(listener: (change: { telephonySessionId: string }) => void): () => void;
  };
  clock: Clock;
  log: Logger;
  notes?: HoldNotes;
}

/** The plans of a line: those that run, those that ended a while ago, and who is on hold because of them. */
export class Plans {
  readonly #options: PlansOptions;
  readonly #plans = new Map<string, LivePlan>();
  readonly #running = new Set<string>();
  readonly #held = new Map<string, HeldCall>();
  /** Whose hold is under way. */
  readonly #pending = new Map<string, HeldCall>();
  /** Of an earlier run. Not known to be on hold until the call has been seen. */
  readonly #left: Map<string, HeldCall>;
  readonly #listeners: Listeners<[]>;
  readonly #stopListening: () => void;
  #count = 0;
  /** Why no further plan is begun; undefined while plans are begun. */
  #closed: PlanInterruption | undefined;

  constructor(options: PlansOptions) {
    this.#options = options;
    this.#listeners = new Listeners<[]>((err) => options.log.error({ err }, 'a listener of plans failed'));
    this.#left = new Map((options.notes?.left ?? []).map((held) => [held.telephonySessionId, held]));
    this.#stopListening = options.calls.onChange(({ telephonySessionId }) => this.#look(telephonySessionId));
  }

  /** Id of the next plan: `p1`, `p2` …, of this process. */
  nextId(): string {
    this.#count += 1;
    return `p${this.#count}`;
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

  add(plan: LivePlan): void {
    this.#plans.set(plan.id, plan);
    this.#running.add(plan.id);
    plan.ended.then(() => {
      this.#running.delete(plan.id);
      for (const id of this.#plans.keys()) {
        if (this.#plans.size <= mostEnded) break;
        if (!this.#running.has(id)) this.#plans.delete(id);
      }
      this.changed();
    });
    if (this.#closed) plan.interrupt(this.#closed);
    this.changed();
  }

  /** A plan of this principal, also one that has ended. */
  find(planId: string, principal: string): LivePlan | undefined {
    const plan = this.#plans.get(planId);
    return plan?.principal === principal ? plan : undefined;
  }

  /** The running plan that this call is part of. */
  touching(telephonySessionId: string): LivePlan | undefined {
    return this.#live().find((plan) => plan.touches(telephonySessionId));
  }

  /** The running plans of a principal. */
  of(principal: string): LivePlan[] {
    return this.#live().filter((plan) => plan.principal === principal);
  }

  /** Whether it outlives the process who is on hold. */
  get isKept(): boolean {
    return this.#options.notes !== undefined;
  }

  /**
   * Takes note of a hold that is about to be sent: a process that is killed then has said whose it was. Returns what is
   * to be called when it is known whether they are on hold.
   */
  noteHold(held: HeldCall): (isHeld: boolean) => void {
    const { telephonySessionId } = held;
    this.#pending.set(telephonySessionId, held);
    this.#write();
    return (isHeld) => {
      this.#pending.delete(telephonySessionId);
      if (isHeld) this.#held.set(telephonySessionId, held);
      else this.#write();
    };
  }

  /** Who is on hold because of a plan, and those whom an earlier run has left on hold (`isLeft`). */
  held(): (HeldCall & { isLeft: boolean })[] {
    return [
      ...[...this.#left.values()].map((held) => ({ ...held, isLeft: true })),
      ...[...this.#held.values()].map((held) => ({ ...held, isLeft: false })),
    ];
  }

  /** Takes note that the picture of calls is whole: whoever is not in it is not on hold. */
  forgetAbsent(): void {
    for (const { telephonySessionId } of this.held()) {
      if (!this.#options.calls.session(telephonySessionId)) this.#forget(telephonySessionId);
    }
  }

  /** Calls `listener` after each change of a plan. Returns what stops it. */
  onChange(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  changed(): void {
    this.#listeners.emit();
  }

  /** Interrupts the plans of these principals, whose line this is no more. */
  interruptOf(principals: ReadonlySet<string>, why: PlanInterruption): void {
    for (const plan of this.#live()) if (principals.has(plan.principal)) plan.interrupt(why);
  }

  /** Interrupts every plan, and begins no further one. */
  interruptAll(why: PlanInterruption): void {
    this.#closed = why;
    for (const plan of this.#live()) plan.interrupt(why);
  }

  /** Interrupts the plans that an app has begun whose permission has ended. */
  interruptOfApp(grant: string): void {
    for (const plan of this.#live()) if (plan.grant === grant) plan.interrupt('permission gone');
  }

  /** Resolves when no plan runs, at the latest after `ms`. */
  async ended(ms: number): Promise<void> {
    await endedWithin(this.#options.clock, ms, Promise.all(this.#live().map((plan) => plan.ended)));
    this.#stopListening();
  }

  #live(): LivePlan[] {
    return [...this.#running].flatMap((id) => this.#plans.get(id) ?? []);
  }

  #look(telephonySessionId: string): void {
    const held = this.#held.get(telephonySessionId) ?? this.#left.get(telephonySessionId);
    if (held === undefined) return;
    const own = ownParty(this.#options.calls.session(telephonySessionId));
    if (own?.status.code !== 'Hold') this.#forget(telephonySessionId);
  }

  #forget(telephonySessionId: string): void {
    this.#held.delete(telephonySessionId);
    this.#left.delete(telephonySessionId);
    this.#write();
  }

  #write(): void {
    const kept = [this.#left, this.#held, this.#pending].flatMap((held) => [...held.values()]);
    this.#options.notes?.write(kept);
  }
}
