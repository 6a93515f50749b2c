import type { HeldCall, LivePlan, PlanInterruption, PlanView } from './plan.ts';

/** A plan of another replica. */
export interface SharedPlan {
  principal: string;
  /** Id of the permission of the app that began it; absent unless its person has signed in here. */
  grant?: string;
  /** Where its replica has ended in the middle of it, it is shown as ended. */
  view: PlanView;
}

/** Somebody whom a plan of another replica has put on hold. */
export interface SharedHold extends HeldCall {
  /** That replica has ended: nobody looks after it. */
  isLeft: boolean;
}

/**
 * Whether a plan may go on. `over`: the other replicas have taken it for ended, because this one could not be reached;
 * `unknown`: they cannot be reached now.
 */
export type PlanStanding = 'goes on' | 'over' | 'unknown';

/** Whether a plan may begin: its id, the plan that has one of its calls, or too many that run. */
export type Claim = { planId: string } | { takenBy: string } | 'full';

/** The plans of a line at all replicas, or in this process alone. */
export interface PlanBoard {
  /** What outlives the process is kept there. */
  readonly isShared: boolean;
  /**
   * Takes calls for a new plan, in one step with the look whether they are free.
   * @throws Failure `unavailable`
   */
  claim(calls: readonly string[]): Promise<Claim>;
  /** A plan that was claimed here stands differently; one that has ended gives its calls back. */
  show(plan: LivePlan): void;
  /** Looks whether a plan that was claimed here may go on. */
  standing(planId: string): Promise<PlanStanding>;
  /**
   * Notes that somebody is put on hold, before it is done.
   * @throws Failure `unavailable`
   */
  noteHold(held: HeldCall): Promise<void>;
  /** They are on hold. */
  confirmHold(held: HeldCall): void;
  /** They are not on hold. */
  endHold(telephonySessionId: string): void;
  /**
   * Looks what the others have.
   * @throws Failure `unavailable`
   */
  look(): Promise<void>;
  /** Those of other replicas, as of the last look. */
  readonly others: readonly SharedPlan[];
  readonly othersHeld: readonly SharedHold[];
  /**
   * Has a plan of another replica end; harmless where it has ended.
   * @throws Failure `unavailable`
   */
  interrupt(planId: string, why: PlanInterruption): Promise<void>;
  /** Calls `listener` when `others` or `othersHeld` have changed. Returns what stops it. */
  onChange(listener: () => void): () => void;
  /** No plan runs here any more. */
  close(): Promise<void>;
}

/** So many run at once on one line. */
export const mostRunning = 10;
/** Plans that have ended are remembered, for who waits for them; so many. */
export const mostEnded = 50;

/** The board of a process that is the only one. */
export function createPlanBoard(): PlanBoard {
  /** Calls of the plans that run, by plan. */
  const running = new Map<string, Set<string>>();
  let count = 0;
  return {
    isShared: false,
    async claim(calls) {
      for (const [planId, taken] of running)
        if (calls.some((call) => taken.has(call))) return { takenBy: planId };
      if (running.size >= mostRunning) return 'full';
      count += 1;
      const planId = `p${count}`;
      running.set(planId, new Set(calls));
      return { planId };
    },
    show(plan) {
      const { state, calls } = plan.view();
      if (state === 'ended') running.delete(plan.id);
      else for (const call of Object.values(calls)) running.get(plan.id)?.add(call);
    },
    standing: async () => 'goes on',
    async noteHold() {},
    confirmHold() {},
    endHold() {},
    async look() {},
    others: [],
    othersHeld: [],
    async interrupt() {},
    onChange: () => () => {},
    async close() {},
  };
}
