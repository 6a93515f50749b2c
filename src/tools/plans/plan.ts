import type { SessionView } from '../../calls/store/views.ts';
import type { OperationName } from '../../ringcentral/wire/operation-table.ts';

/** What a plan calls the calls that it is about. */
export type CallRole = 'caller' | 'consultation' | 'talking' | 'waiting' | 'first' | 'second' | 'conference';

/** What the steps of a plan are chosen and written by. */
export interface PlanFacts {
  /** The arguments of the tool, resolved. */
  readonly args: Readonly<Record<string, unknown>>;
  /** Extension id of the colleague who was named. */
  readonly colleagueId?: string | undefined;
  /** It is to end before it is through. */
  readonly isInterrupted: boolean;
  /** Id of a call of the plan; undefined while there is none. */
  id(role: CallRole): string | undefined;
  /** A call of the plan, as it is known now. */
  call(role: CallRole): SessionView | undefined;
  /** Whether a step was taken, and seen to be done. */
  hasDone(step: string): boolean;
  /** Whether a step was begun: its act is not sent again. */
  hasTried(step: string): boolean;
  /** Whether you talk on a call that is none of these. */
  isBusyBeside(...roles: CallRole[]): boolean;
}

/**
 * How a plan ends, and why, in a sentence: `{caller}` and so on stand for who is on that call, `{colleague}` for who was
 * named, `{why}` for what was refused or seen last; `{You talk with caller}` begins a sentence on whether you do.
 */
export interface Ending {
  ends: 'done' | 'returned' | 'told' | 'stopped';
  says: string;
}

/** What comes next: a step by its name, or the end. */
export type Next = string | Ending;
/** The same where it depends. */
export type Choice = Next | ((facts: PlanFacts) => Next);

/** A step that sends an operation, as the tool of that name does, through the guard. */
export interface ActStep {
  tool: OperationName;
  /** The call that it acts on. */
  on?: CallRole;
  /** The call that it makes. */
  makes?: CallRole;
  args(facts: PlanFacts): Record<string, unknown>;
  /**
   * What your leg of `on` must be seen to be before the plan goes on: `moved`, that it was joined to another call; `left`,
   * that it is off the call, or the call over.
   */
  leaves?: 'Hold' | 'Answered' | 'moved' | 'left';
  /** Why it must not be done now, as the end of a sentence. */
  unless?(facts: PlanFacts): string | undefined;
  /** What a refusal means, as the beginning of a sentence for `{why}`. */
  fails?: string;
  /** So often it is tried again where it was not sent for want of requests or of an answer. */
  retries?: number;
  done: Choice;
  /** Refused, or not to be done: nothing has changed. */
  refused: Choice;
  /** It was sent, and nothing shows that it was done. Absent: as `refused`. */
  unknown?: Choice;
}

/** A step that waits for what others do. */
export interface WaitStep {
  /** What has happened, by its name in `leadsTo`; undefined: nothing yet. */
  sees(facts: PlanFacts): string | undefined;
  /** For so long, in ms, an outcome must last until it counts; absent: at once. */
  lastsMs?: Readonly<Record<string, number>>;
  /** The call that is read meanwhile, because no event may tell of it. */
  watches: CallRole;
  /** After so long it is `time up`. */
  seconds(facts: PlanFacts): number;
  leadsTo: Readonly<Record<string, Choice>>;
  /** The outcomes in words, for `{why}`. */
  words: Readonly<Record<string, string>>;
}

export type PlanStep = ActStep | WaitStep;

/** A long way as data: the guarded operations that it is made of, and where each outcome leads. */
export interface PlanKind {
  /** Of the tool that begins it. */
  name: string;
  first: Choice;
  steps: Readonly<Record<string, PlanStep>>;
  /** What comes where it is interrupted in front of a step. */
  interrupted: Choice;
  /** What comes where a call that it began with is over; undefined: the steps see it. */
  over(role: CallRole, facts: PlanFacts): Next | undefined;
  /** So many requests it may need, by group of the rate limit (platform.md 7). */
  needs(args: PlanFacts['args']): Readonly<Partial<Record<'light' | 'heavy', number>>>;
}

export const stopped = (says: string): Ending => ({ ends: 'stopped', says });
export const returned = (says: string): Ending => ({ ends: 'returned', says });
export const told = (says: string): Ending => ({ ends: 'told', says });
export const done = (says: string): Ending => ({ ends: 'done', says });

/** Why nobody is taken off hold now: they would hear, or be heard by, whoever you talk with. */
export const whileTalking =
  (...roles: CallRole[]) =>
  (facts: PlanFacts): string | undefined =>
    facts.isBusyBeside(...roles) ? 'you are on another call' : undefined;
