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
  | 'time up'
  | 'cut off';

/** A plan of this process, or of another replica. */
export interface KnownPlan {
  readonly id: string;
  readonly principal: string;
  /** Id of the permission of the app that began it; absent unless its person has signed in here. */
  readonly grant?: string;
  view(): PlanView;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
}

/** A plan that this process carries out. */
export interface LivePlan extends KnownPlan {
  /** Session ids by what the plan calls them. */
  readonly calls: PlanView['calls'];
  /** Takes people back as far as that is safe, and ends. Harmless when it has ended. */
  interrupt(why: PlanInterruption): void;
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
