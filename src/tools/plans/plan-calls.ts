import type { Line } from '../../app/line.ts';
import { ownParty } from '../../calls/store/own-party.ts';
import type { PartyView, SessionView } from '../../calls/store/views.ts';
import { hasLeft, isConference } from '../../ringcentral/wire/session.ts';
import { talkingBeside } from '../runtime/talking-beside.ts';
import type { ActStep, CallRole, PlanFacts } from './plan.ts';

export interface PlanCallsOptions {
  line: Line;
  args: Readonly<Record<string, unknown>>;
  calls: Partial<Record<CallRole, string>>;
  /** Extension id of the colleague who was named. */
  colleagueId?: string | undefined;
}

/** What your leg of a call is like while only the plan acts on it. */
interface OwnLeg {
  partyId: string;
  codes: ReadonlySet<string>;
  isMuted: boolean;
}

/** On a call that was just placed, your leg changes by itself. */
const connecting: ReadonlySet<string> = new Set(['Setup', 'Proceeding', 'Answered']);

/** The calls of one plan: which they are, how they stand, and whether anybody else acts on them. */
export class PlanCalls implements PlanFacts {
  readonly args: Readonly<Record<string, unknown>>;
  readonly #line: Line;
  readonly colleagueId: string | undefined;
  readonly #ids = new Map<CallRole, string>();
  readonly #legs = new Map<CallRole, OwnLeg>();
  readonly #done = new Set<string>();
  readonly #tried = new Set<string>();
  #touched: CallRole | undefined;
  isInterrupted = false;
  /** What was refused or seen last, in a sentence. */
  why = '';

  constructor({ line, args, calls, colleagueId }: PlanCallsOptions) {
    this.#line = line;
    this.args = args;
    this.colleagueId = colleagueId;
    for (const [role, id] of Object.entries(calls) as [CallRole, string][]) {
      this.#ids.set(role, id);
      this.#note(role);
    }
  }

  id(role: CallRole): string | undefined {
    return this.#ids.get(role);
  }

  call(role: CallRole): SessionView | undefined {
    const id = this.#ids.get(role);
    return id === undefined ? undefined : this.#line.calls.session(id);
  }

  hasDone(step: string): boolean {
    return this.#done.has(step);
  }

  hasTried(step: string): boolean {
    return this.#tried.has(step);
  }

  isBusyBeside(...roles: CallRole[]): boolean {
    const ids = roles.map((role) => this.#ids.get(role));
    return talkingBeside(ids, this.#line.calls.yours()) !== undefined;
  }

  get ids(): Record<string, string> {
    return Object.fromEntries(this.#ids);
  }

  noteTried(step: string): void {
    this.#tried.add(step);
  }

  noteDone(step: string): void {
    this.#done.add(step);
  }

  /** Your live calls, by id. */
  get active(): ReadonlySet<string> {
    return new Set(this.#line.calls.active({ withoutJoined: true }).map(({ id }) => id));
  }

  /** A call that you have begun, or opened as a conference, and that is none of these. */
  begunSince(before: ReadonlySet<string>): string | undefined {
    return this.#line.calls
      .active({ withoutJoined: true })
      .find(
        (call) => !before.has(call.id) && (isConference(call) || ownParty(call)?.direction === 'Outbound'),
      )?.id;
  }

  /** One of the plan's acts has made this call. */
  add(role: CallRole, id: string): void {
    this.#ids.set(role, id);
    if (role !== 'consultation') return;
    const own = ownParty(this.call(role));
    if (own) this.#legs.set(role, { partyId: own.id, codes: connecting, isMuted: own.muted === true });
  }

  /**
   * An act of the plan is under way, which takes your leg to this state; whatever else changes is not its doing.
   * Returns what ends it: your leg stays so then, where the act was done, or as it was.
   */
  mayBecome(role: CallRole, state: NonNullable<ActStep['leaves']>): (isDone: boolean) => void {
    const leg = this.#legs.get(role);
    if (leg === undefined) return () => {};
    const isEnd = state === 'left' || state === 'moved';
    const codes = isEnd ? ['Gone', 'Disconnected'] : [state];
    this.#legs.set(role, { ...leg, codes: new Set([...leg.codes, ...codes]) });
    return (isDone) => {
      if (!isDone) this.#legs.set(role, leg);
      else if (isEnd) this.#legs.delete(role);
      else this.#legs.set(role, { ...leg, codes: new Set(codes) });
    };
  }

  /** What happens on this call has been taken into account. */
  forget(role: CallRole): void {
    this.#legs.delete(role);
    if (this.#touched === role) this.#touched = undefined;
  }

  /**
   * The call on which somebody else has acted on your leg: held, muted, moved, or left it. Once seen it stays so until
   * it is forgotten, though the leg be taken away meanwhile; of a call that is over nobody can tell who has ended it.
   */
  touched(): CallRole | undefined {
    this.#touched ??= this.#touchedNow();
    return this.#touched && this.call(this.#touched)?.over !== true ? this.#touched : undefined;
  }

  #touchedNow(): CallRole | undefined {
    for (const [role, leg] of this.#legs) {
      const call = this.call(role);
      const own = ownParty(call);
      if (call === undefined || call.over || own === undefined) continue;
      const isAsLeft =
        own.id === leg.partyId && leg.codes.has(own.status.code) && (own.muted === true) === leg.isMuted;
      if (!isAsLeft && !this.#mayBeOver(own, call)) return role;
    }
    return undefined;
  }

  /** Roles of the calls that are over; also of those of which only your leg is known to be, which a reading decides. */
  over(): CallRole[] {
    return [...this.#ids.keys()].filter((role) => {
      const call = this.call(role);
      const own = ownParty(call);
      return call?.over === true || (call !== undefined && own !== undefined && this.#mayBeOver(own, call));
    });
  }

  /** Takes your leg of a call for what the plan begins with. */
  #note(role: CallRole): void {
    const own = ownParty(this.call(role));
    if (own === undefined || role === 'conference') return;
    this.#legs.set(role, {
      partyId: own.id,
      codes: new Set([own.status.code]),
      isMuted: own.muted === true,
    });
  }

  /** The other side has hung up, and your leg's event came first. */
  #mayBeOver(own: PartyView, call: SessionView): boolean {
    return own.status.code === 'Disconnected' && call.parties.every((party) => hasLeft(party) || party.stale);
  }
}
