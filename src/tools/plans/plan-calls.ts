import type { Line } from '../../app/line.ts';
import { ownParty } from '../../calls/store/own-party.ts';
import type { PartyView, SessionView } from '../../calls/store/views.ts';
import { type Place, placeIn } from '../../presentation/call-place.ts';
import { otherSideOf } from '../../presentation/person-names.ts';
import { hasLeft } from '../../ringcentral/wire/session.ts';
import type { CallRole, PlanFacts } from './plan.ts';

/** The colleague who was named: extension id, and in a person's words. */
export interface Colleague {
  id?: string | undefined;
  shown: string;
}

export interface PlanCallsOptions {
  line: Line;
  args: Readonly<Record<string, unknown>>;
  calls: Partial<Record<CallRole, string>>;
  colleague?: Colleague | undefined;
}

/** What your leg of a call is like while only the plan acts on it. */
interface OwnLeg {
  partyId: string;
  codes: ReadonlySet<string>;
  isMuted: boolean;
}

/** On a call that was just placed, your leg changes by itself. */
const connecting: ReadonlySet<string> = new Set(['Setup', 'Proceeding', 'Answered']);

/** The calls of one plan: which they are, how they stand, who is on them, and whether anybody else acts on them. */
export class PlanCalls implements PlanFacts {
  readonly args: Readonly<Record<string, unknown>>;
  readonly #line: Line;
  readonly #colleague: Colleague | undefined;
  readonly #ids = new Map<CallRole, string>();
  /** The other side of each call, as it was when the plan met it: it may have left since. */
  readonly #who = new Map<CallRole, string>();
  readonly #legs = new Map<CallRole, OwnLeg>();
  readonly #done = new Set<string>();
  isInterrupted = false;
  /** What was refused or seen last, in a sentence. */
  why = '';

  constructor({ line, args, calls, colleague }: PlanCallsOptions) {
    this.#line = line;
    this.args = args;
    this.#colleague = colleague;
    for (const [role, id] of Object.entries(calls) as [CallRole, string][]) {
      this.#ids.set(role, id);
      this.#who.set(role, otherSideOf(this.call(role)));
      this.expect(role);
    }
  }

  get colleagueId(): string | undefined {
    return this.#colleague?.id;
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

  isBusyBeside(...roles: CallRole[]): boolean {
    const apart = new Set(roles.map((role) => this.#ids.get(role)));
    return this.#line.calls.active().some((call) => !apart.has(call.id) && isTalking(ownParty(call)));
  }

  get ids(): Record<string, string> {
    return Object.fromEntries(this.#ids);
  }

  noteDone(step: string): void {
    this.#done.add(step);
  }

  /** One of the plan's acts has made this call. */
  add(role: CallRole, id: string): void {
    this.#ids.set(role, id);
    if (role !== 'consultation') return;
    const own = ownParty(this.call(role));
    if (own) this.#legs.set(role, { partyId: own.id, codes: connecting, isMuted: own.muted === true });
  }

  /**
   * Takes your leg as it is now for what the plan has left.
   * @param code a state that it may get into, because an act is under way
   */
  expect(role: CallRole, code?: string): void {
    const own = ownParty(this.call(role));
    if (own === undefined || role === 'conference') return;
    this.#legs.set(role, {
      partyId: own.id,
      codes: new Set([own.status.code, ...(code === undefined ? [] : [code])]),
      isMuted: own.muted === true,
    });
  }

  /** An act of the plan takes you off this call: what happens on it is nobody's doing. */
  forget(role: CallRole): void {
    this.#legs.delete(role);
  }

  /** The call on which somebody else has acted on your leg: held, muted, moved, or left it. */
  touched(): CallRole | undefined {
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

  /** Roles of the calls that are over. */
  over(): CallRole[] {
    return [...this.#ids.keys()].filter((role) => this.call(role)?.over === true);
  }

  /** A sentence with who is meant in it. */
  fillIn(sentence: string): string {
    const text = sentence
      .replaceAll(/\{(\w+)\}/g, (_, name: string) => this.#wordsFor(name))
      .replace(/\s+/g, ' ')
      .trim();
    return text.charAt(0).toUpperCase() + text.slice(1);
  }

  /** Where everybody is, call by call. */
  whereabouts(): string {
    return [...this.#ids.keys()].map((role) => `${this.#nameOf(role)}: ${this.#placeOf(role)}`).join('; ');
  }

  #wordsFor(name: string): string {
    if (name === 'why') return this.fillIn(this.why);
    if (name === 'colleague') return this.#colleague?.shown ?? 'the colleague';
    return this.#nameOf(name as CallRole);
  }

  #nameOf(role: CallRole): string {
    if (role === 'consultation') return this.#colleague?.shown ?? 'the colleague';
    if (role === 'conference') return 'the conference';
    return this.#who.get(role) ?? 'the other side';
  }

  #placeOf(role: CallRole): string {
    const call = this.call(role);
    if (call === undefined) return 'not known';
    if (call.over) return 'that call is over';
    if (call.memberOf !== undefined) return 'in the conference';
    const place = placeIn(call);
    return place === undefined ? 'on a call' : places[place];
  }

  /** The other side has hung up, and your leg's event came first. */
  #mayBeOver(own: PartyView, call: SessionView): boolean {
    return own.status.code === 'Disconnected' && call.parties.every((party) => hasLeft(party) || party.stale);
  }
}

const places: Readonly<Record<Place, string>> = {
  ringing: 'rings at you',
  calling: 'is being called',
  unanswered: 'nobody has answered there',
  talking: 'talks with you',
  consulting: 'talks with you',
  held: 'on hold, hears music',
  hosting: 'you are in it',
  left: 'is on without you',
};

const isTalking = (own: PartyView | undefined): boolean =>
  own !== undefined && ['Setup', 'Proceeding', 'Answered'].includes(own.status.code) && !rings(own);

/** A call that rings at you is not one that you talk on. */
const rings = ({ direction, status }: PartyView): boolean =>
  direction === 'Inbound' && status.code !== 'Answered';
