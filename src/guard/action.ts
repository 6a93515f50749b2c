import type { SessionView } from '../calls/store/views.ts';
import type { Failure } from '../shared/failure.ts';
import type { CallSnapshot } from './assessment/call-snapshot.ts';
import type { ResolvedTarget } from './assessment/targets/target.ts';

/** What an action can do to people on the phone; policy is written per class. */
export type RiskClass =
  | 'read'
  | 'reversible'
  | 'end-own'
  | 'redirect'
  | 'place-call'
  | 'listen'
  | 'destructive'
  | 'plan';

/** Where a call would go, as the model named it; the guard resolves it against the account. */
export interface Target {
  /** `voicemail` and `parkOrbit` are ids too: of a mailbox's owner, and of a park location. */
  kind: 'phoneNumber' | 'extensionNumber' | 'extensionId' | 'voicemail' | 'parkOrbit' | 'callFlipId';
  value: string;
  /** The tool's own name for it, where that is another one. */
  parameter?: string;
  /** RingCentral's id of the country by whose plan it is dialled. */
  countryId?: number;
}

/** A party of a live call. */
export interface PartyRef {
  telephonySessionId: string;
  partyId: string;
}

/**
 * The words of the question, for a person. Who and what is meant stands in them as `{them}`, `{target}` and so on,
 * which the guard fills in from what it has read (`EffectNames`).
 */
export interface Effect {
  /** Behind "An AI agent wants to", without a full stop: `hang up on {them}`. */
  does: string;
  /** "Everyone on the call is cut off without an announcement." */
  heard: string;
  /** Whether it can be undone: "Cannot be undone: the call cannot be brought back." */
  undo: string;
}

/** What a yes to a plan is for: its acts, on its calls, with the people and targets of the question. */
export interface Mandate {
  /**
   * Throws `Failure` `wrong_state` where an act of the plan, on the calls as they were just read, is no longer what the
   * yes is for: the time is up, or other people are on a call than the step before left.
   */
  check(action: Action, snapshot: CallSnapshot, targets: readonly ResolvedTarget[]): void;
  /** Of the plan's entry in the audit log. */
  readonly act: string;
  /** A person said yes to the plan, or the operator lets it go without one; else the policy allowed it as it was then. */
  readonly isConfirmed: boolean;
  /** Whether the person was told of this reason for asking when they said yes. */
  knows(reason: string): boolean;
  /** One of its acts made this call, which belongs to the plan from now on. */
  adopt(telephonySessionId: string): void;
}

/** One action, as the guard judges, shows, binds and audits it. */
export interface Action {
  tool: string;
  /**
   * The tool's; the guard makes it `end-own` where the act, on what is true now, ends only what is the principal's.
   */
  risk: RiskClass;
  /** Who asks for it, by the name of its `Principal`: `key:NAME`, `user:SUBJECT@ISSUER`, `client:ID@ISSUER` or `local`. */
  principal: string;
  /** Parsed arguments with the party resolved; what a confirmation is bound to. */
  args: Readonly<Record<string, unknown>>;
  /** The call acted on; absent where a call is created. */
  telephonySessionId?: string;
  /** The party acted on; absent where the whole call is meant. */
  partyId?: string;
  /** The other call of bridge and bring-in. */
  other?: PartyRef;
  targets: readonly Target[];
  /** `deviceId` arguments: each must be one of the login's own. */
  deviceIds: readonly string[];
  effect: Effect;
  /**
   * The call-out that was let through said that this would be done: nobody is asked again, and it is done only as
   * `end-own`.
   */
  isAnnounced?: true;
  /** Of a plan: the acts that a yes to it covers, each of which is assessed again when its turn comes. */
  steps?: readonly { tool: string; risk: RiskClass }[];
  /** The act is a step of a plan that was let through: what that yes is for. */
  mandate?: Mandate;
  /** Why the act is known not to work on the call as it was just read, and with these targets: nobody is asked in vain. */
  unmetPrecondition?(call: SessionView, targets: readonly ResolvedTarget[]): Failure | undefined;
}

/** An action, and each of its steps as one with the same targets: what the policy and the caps judge. */
export const withSteps = (action: Action): Action[] => {
  const { telephonySessionId, partyId, other, ...elsewhere } = action;
  const steps = (action.steps ?? []).map((step) => ({
    // A call that is placed is none of those acted on.
    ...(step.risk === 'place-call' ? elsewhere : action),
    ...step,
  }));
  return [action, ...steps];
};
