import { ownParty } from '../../calls/store/own-party.ts';
import { type Place, placeIn } from '../../presentation/call-place.ts';
import { otherSideOf } from '../../presentation/person-names.ts';
import { whyUnheard } from '../../presentation/unheard.ts';
import { awayWords } from '../../presentation/ways-back.ts';
import { hasLeft } from '../../ringcentral/wire/session.ts';
import type { CallRole } from './plan.ts';
import type { PlanCalls } from './plan-calls.ts';
import { type Answer, answerOf } from './who-answered.ts';

/** What a plan says of its calls: who is on them, and where everybody is. */
export class PlanWords {
  readonly #calls: PlanCalls;
  readonly #colleague: string;
  /** The other side of each call, as it was when the plan met it: it may have left since. */
  readonly #who: ReadonlyMap<CallRole, string>;

  /** @param colleague whom the plan calls, in a person's words */
  constructor(calls: PlanCalls, colleague = 'the colleague') {
    this.#calls = calls;
    this.#colleague = colleague;
    const roles = Object.keys(calls.ids) as CallRole[];
    this.#who = new Map(roles.map((role) => [role, otherSideOf(calls.call(role))]));
  }

  /** A sentence with who is meant in it: `{caller}`, or their call, `{call with caller}`. */
  fillIn(sentence: string): string {
    const filled = sentence
      .replaceAll(/\{You talk with (\w+)\}/g, (_, role: string) => this.#talk(role as CallRole))
      .replaceAll(/\{You hear (\w+) again\}/g, (_, role: string) => this.#hearAgain(role as CallRole))
      .replaceAll(/\{call with (\w+)\}/g, (_, role: string) => this.#callOf(role as CallRole))
      .replaceAll(/\{(\w+)\}/g, (_, name: string) => this.#wordsFor(name));
    const text = this.#withoutIds(filled).replace(/\s+/g, ' ').trim();
    return /^\w+_/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);
  }

  /** Refusals name calls and parties by id; people know them by who is there. */
  #withoutIds(text: string): string {
    let named = text.replaceAll(/ p-[\w-]+/g, '');
    for (const [role, id] of Object.entries(this.#calls.ids) as [CallRole, string][]) {
      const words = this.#callOf(role);
      named = named.replaceAll(`The call ${id}`, words.replace(/^t/, 'T'));
      named = named.replaceAll(`the call ${id}`, words).replaceAll(`call ${id}`, words);
    }
    return named;
  }

  /** Where everybody is, call by call. */
  whereabouts(): string {
    return (Object.keys(this.#calls.ids) as CallRole[])
      .map((role) => `${this.#nameOf(role)}: ${this.#placeOf(role)}`)
      .join('; ');
  }

  #wordsFor(name: string): string {
    if (name === 'why') return this.fillIn(this.#calls.why);
    if (name === 'colleague') return this.#colleague;
    return this.#nameOf(name as CallRole);
  }

  #callOf(role: CallRole): string {
    const name = this.#nameOf(role);
    return role === 'consultation' || role === 'conference' ? name : `the call with ${name}`;
  }

  #talk(role: CallRole): string {
    if (ownParty(this.#calls.call(role))?.standAlone)
      return `You are out of the conversation with ${this.#nameOf(role)}`;
    return this.#unheard(role) ?? `You talk with ${this.#nameOf(role)}`;
  }

  #hearAgain(role: CallRole): string {
    return this.#unheard(role) ?? `You and ${this.#nameOf(role)} hear each other again`;
  }

  /** Undefined where you and whoever is there hear each other. */
  #unheard(role: CallRole): string | undefined {
    const unheard = whyUnheard(this.#calls.call(role));
    return unheard && `You are on the line with ${this.#nameOf(role)}, but ${unheard}`;
  }

  #nameOf(role: CallRole): string {
    if (role === 'consultation') return `the call to ${this.#colleague}`;
    if (role === 'conference') return 'the conference';
    // Whoever is there now may be another one than when the plan began; once you have left, nobody tells you.
    const call = this.#calls.call(role);
    const own = ownParty(call);
    const isOn = call !== undefined && !call.over && own !== undefined && !hasLeft(own);
    return (isOn ? otherSideOf(call) : this.#who.get(role)) ?? 'the other side';
  }

  #placeOf(role: CallRole): string {
    const call = this.#calls.call(role);
    if (call === undefined) return 'not known';
    if (call.over) return 'that call is over';
    if (call.memberOf !== undefined) return 'in the conference';
    const place = placeIn(call);
    if (role === 'consultation' && place !== 'held' && place !== 'held apart') {
      return consultationPlaces[answerOf(call, this.#calls.colleagueId) ?? 'rings'];
    }
    if (place === undefined) return role === 'conference' ? 'opened, you are not in it' : 'on a call';
    const away = place === 'hosting' ? awayWords(call) : undefined;
    return away === undefined ? places[place] : `you are ${away} there`;
  }
}

const places: Readonly<Record<Place, string>> = {
  ringing: 'rings at you',
  calling: 'is being called',
  unanswered: 'nobody has answered there',
  talking: 'talks with you',
  consulting: 'talks with you',
  held: 'on hold, hears music',
  apart: 'on the line, and you are out of the conversation',
  'held apart': 'on hold, hears music, and you are out of the conversation',
  hosting: 'you are in it',
  left: 'is on without you',
};

const consultationPlaces: Readonly<Record<Answer | 'rings', string>> = {
  rings: 'is being called',
  answered: 'talks with you',
  'on hold': 'has you on hold',
  'moved on': 'has sent the call on, and nobody has answered yet',
  'by another': 'somebody else, or another phone, is on the line with you',
  voicemail: 'the voicemail has taken the call',
  over: 'that call is over',
};
