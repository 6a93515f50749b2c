import type { SessionView } from '../../calls/store/views.ts';
import type { Effect, PartyRef, RiskClass, Target } from '../../guard/action.ts';
import type { OperationName } from '../../ringcentral/wire/operation-table.ts';
import type { CallParty, Recording } from '../../ringcentral/wire/session.ts';

/** A tool that acts, as data. The one runner for all of them is tools/runtime/execute-action.ts. */
export interface ActionTool<Args = Record<string, unknown>> {
  name: OperationName;
  risk: Exclude<RiskClass, 'read'>;
  /** Whose party the path names: the caller's own, or another's that must be named. Absent: the call, or none yet. */
  party?: 'own' | 'named';
  /** The own party of a second call is taken along (`targetTelephonySessionId`, `targetPartyId`). */
  joins?: boolean;
  /**
   * Party states in which the platform takes it (platform.md 2.2): for explaining a refusal, and for not asking a
   * person in vain.
   */
  worksIn?: readonly string[];
  /** The calls that it is made for, where not all are: only for explaining a refusal. */
  only?: { calls: string; is(party: CallParty): boolean };
  /** What the schema cannot say; throws `invalid_input`. */
  check?(args: Args): void;
  targets?(args: Args): Target[];
  devices?(args: Args): string[];
  /** `onYou`: the party that is named is the login's own. */
  effect: Effect | ((args: Args, onYou: boolean) => Effect);
  /** The wire's body, exact (platform.md 2.3). */
  body?(args: Args, other: PartyRef | undefined): object | undefined;
  /** Whether the party in a success answer shows what has happened, or only an event does. */
  proof: 'answer' | 'event';
  /** The new state is there. */
  shows(seen: ObservedState, args: Args): boolean;
  /** One sentence for when it is. `onYou`: the party acted on is the login's own; only then may it say "you". */
  done: string | ((args: Args, onYou: boolean) => string);
  /** What people must know when the platform refused it: what goes on in spite of it. */
  goesOn?(args: Args): string | undefined;
}

/** What is known after the request: from its answer at first, then from events. */
export interface ObservedState {
  call?: SessionView;
  /** The party acted on, or the one that the act made. Own party where the call as a whole was meant. */
  party?: CallParty;
  /** The own party in the other call of bridge and bring-in. */
  other?: CallParty;
  recording?: Recording;
}
