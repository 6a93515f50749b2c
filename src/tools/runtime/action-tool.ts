import type { SessionView } from '../../calls/store/views.ts';
import type { Effect, PartyRef, RiskClass, Target } from '../../guard/action.ts';
import type { OperationName } from '../../ringcentral/wire/operation-table.ts';
import type { CallParty, Recording } from '../../ringcentral/wire/session.ts';

/** A tool that acts, as data; tools/runtime/execute-action.ts runs it. */
export interface ActionTool<Args = Record<string, unknown>> {
  /** Of the tool and of the operation that it sends, which are called the same. */
  name: OperationName;
  risk: Exclude<RiskClass, 'read' | 'plan'>;
  /**
   * Whose party the operation's path names: the caller's own, or one that the arguments must name. Absent: the path
   * names a call, or nothing.
   */
  party?: 'own' | 'named';
  /** Whom a tool on a named party means where the arguments name none. */
  defaultParty?(call: SessionView): CallParty | undefined;
  /** It joins two calls; the own party in the second is `targetPartyId` of `targetTelephonySessionId`. */
  joins?: boolean;
  /**
   * Party states in which the platform takes it (platform.md 2.2). Another state is refused before a person is asked
   * only where it certainly cannot work (preconditions.ts); otherwise this explains the platform's refusal.
   */
  worksIn?: readonly string[];
  /**
   * The kind of calls that it works on, where it does not on all: by `is`, and in words (`calls`). Explains a refusal
   * of the platform; none is made from it.
   */
  only?: { calls: string; is(party: CallParty): boolean };
  /** Rules between arguments, which the schema cannot say. Throws `Failure` `invalid_input`. */
  check?(args: Args): void;
  /** Where the arguments would send the call, for the guard to resolve. */
  targets?(args: Args): Target[];
  /**
   * The parameter that names the login's phone that would be used: resolve-phone.ts fills it in where it is absent,
   * and the guard checks it.
   */
  phone?: 'deviceId' | 'fromDeviceId' | 'supervisorDeviceId';
  /** What it does to the call, for the person who is asked. `onYou`: the party that is named is the login's own. */
  effect: Effect | ((args: Args, onYou: boolean) => Effect);
  /** The request's body (platform.md 2.3); undefined: none. `other`: the own party in the second call of `joins`. */
  body?(args: Args, other: PartyRef | undefined): object | undefined;
  /** Whether the party in a successful answer proves what has happened, or only an event does. */
  proof: 'answer' | 'event';
  /** Whether `seen` is the state that the act should lead to. */
  shows(seen: ObservedState, args: Args): boolean;
  /**
   * Whether what follows by itself within a second or two has come, too: that who was brought in has joined. It is
   * waited for once `shows` is true, and `done` is told what was seen of it.
   */
  settles?(seen: ObservedState, args: Args): boolean;
  /** A phone rings because of it, of which no event need tell: the call is read while the effect is waited for. */
  rings?: true;
  /**
   * The sentence for the result once `shows` is true: what is now so for the people. `{them}` is the other side,
   * `{others}` that of the second call, `{party}` who was acted on, `{target}` where the call goes, `{all}` how many hear each other in a conference.
   * `onYou`: the party acted on is the login's own; only then it says "you".
   */
  done: string | ((args: Args, onYou: boolean, seen: ObservedState) => string);
  /** What has not shown yet while the outcome is `accepted`, as a clause after "nothing shows yet that". */
  awaits: string | ((args: Args) => string);
  /** Seconds after which the call that it places ends by itself unless somebody answers. */
  endsAfter?(args: Args): number | undefined;
  /** `done` where the act ended only what this server began for this principal (`end-own`). */
  doneOwn?: string;
  /** A sentence in front of a refusal, on what goes on in spite of the act: that a recording still runs. */
  goesOn?(args: Args): string | undefined;
}

/** The state after the request: from its answer at first, then from events. */
export interface ObservedState {
  call?: SessionView;
  /** The party acted on, or the one that the act made; the own party where neither is named. */
  party?: CallParty;
  /** The own party in the other call of bridge and bring-in. */
  other?: CallParty;
  recording?: Recording;
}
