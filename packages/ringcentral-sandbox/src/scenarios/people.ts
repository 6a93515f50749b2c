import type { Called, Caller } from '../engine/api.ts';
import { partyId } from '../engine/ids.ts';
import type { Random } from '../random.ts';
import type { ScenarioContext, SeenParty } from './scenario-context.ts';

/** What may happen, each with its weight. */
export type Chances<T extends string> = readonly (readonly [T, number])[];

const RINGING: Chances<'answer' | 'decline' | 'miss'> = [
  ['answer', 78],
  ['miss', 17],
  ['decline', 5],
];
const TALKING: Chances<'hangup' | 'hold' | 'mute' | 'transfer' | 'park'> = [
  ['hangup', 42],
  ['hold', 26],
  ['mute', 12],
  ['transfer', 14],
  ['park', 6],
];
/** Share of callers from outside who hang up before long. */
const GIVES_UP = 0.1;

/** Who the people of an office are to each other. */
export interface Office {
  /** Extension number of somebody who gets a call that is transferred, or fetches one that is parked; undefined: nobody can. */
  colleague(): string | undefined;
  /** After how many milliseconds at least and at most a phone of that extension is answered; undefined: outside. */
  answersWithin(extensionId: string | undefined): readonly [least: number, most: number];
  /** Places a call. Returns the new session's id; undefined if there is none. */
  dial(from: Caller, to: Called): string | undefined;
}

/**
 * People at their phones: they answer, decline or miss what rings, talk, hold, mute, transfer, park, fetch what is
 * parked, leave messages, and hang up. Every call that comes to them ends some minutes later.
 */
export class OfficePeople {
  readonly #context: ScenarioContext;
  readonly #random: Random;
  readonly #office: Office;
  /** Parties whose talk is under way, by id, and whose they are. */
  readonly #talks = new Map<string, string | undefined>();

  constructor(context: ScenarioContext, office: Office) {
    this.#context = context;
    this.#random = context.random;
    this.#office = office;
    context.watch((party) => this.#react(party));
  }

  /** Has some of those who call from outside hang up before they are answered. */
  maybeGivesUp(call: string): void {
    if (this.#random.next() >= GIVES_UP) return;
    this.#context.between(6000, 15_000, () => this.#context.act(call, partyId(call, 1), 'hangup'));
  }

  /** Reacts to the event of a party as the person at that phone would. */
  #react(party: SeenParty): void {
    const { id, code, direction } = party;
    if (code === 'Disconnected' || code === 'Gone') this.#talks.delete(id);
    else if (code === 'Proceeding' && direction === 'Inbound') this.#rings(party);
    else if (code === 'Voicemail') this.#leaveMessage(party);
    else if (code === 'Parked' && party.parkCode !== undefined) this.#retrieve(party.parkCode);
    else if (code === 'Answered' && (direction === 'Inbound' || party.reason === 'Pickup')) this.#talk(party);
  }

  #rings(party: SeenParty): void {
    const act = choose(this.#random, RINGING);
    if (act === 'miss') return;
    const [from, to] = this.#office.answersWithin(party.extensionId);
    this.#context.between(from, to, () => {
      if (act === 'answer' && this.#isTalking(party.extensionId)) return;
      this.#context.act(party.telephonySessionId, party.id, act);
    });
  }

  #leaveMessage({ telephonySessionId, id }: SeenParty): void {
    this.#context.between(4000, 20_000, () => this.#context.act(telephonySessionId, id, 'leave-message'));
  }

  #retrieve(parkCode: string): void {
    const extensionNumber = this.#office.colleague();
    if (extensionNumber === undefined) return;
    this.#context.between(10_000, 30_000, () =>
      this.#office.dial({ extensionNumber }, { phoneNumber: parkCode }),
    );
  }

  /** Begins a talk at the first `Answered`; one after a hold belongs to the same talk. */
  #talk(party: SeenParty): void {
    if (this.#talks.has(party.id)) return;
    this.#talks.set(party.id, party.extensionId);
    this.#goOn(party);
  }

  #goOn(party: SeenParty): void {
    const { telephonySessionId, id, extensionId } = party;
    const act = (name: Parameters<ScenarioContext['act']>[2], args?: Parameters<ScenarioContext['act']>[3]) =>
      this.#context.act(telephonySessionId, id, name, args);
    const undoLater = (undo: 'unhold' | 'unmute') =>
      this.#context.between(4000, 15_000, () => {
        act(undo);
        this.#goOn(party);
      });
    this.#context.between(5000, 25_000, () => {
      if (!this.#talks.has(id)) return;
      // An outside party can neither transfer nor park.
      const step = extensionId === undefined ? 'hangup' : choose(this.#random, TALKING);
      if (step === 'hold' && act('hold')) undoLater('unhold');
      else if (step === 'mute' && act('mute')) undoLater('unmute');
      else if (step === 'transfer') {
        const extensionNumber = this.#office.colleague();
        if (extensionNumber !== undefined) act('transfer', { extensionNumber });
      } else if (step === 'park') act('park');
      else if (step === 'hangup') act('hangup');
      // An act may be refused in the present state; a party that is still talking tries another one.
      if (step !== 'hold' && step !== 'mute' && this.#talks.has(id)) this.#goOn(party);
    });
  }

  #isTalking(extensionId: string | undefined): boolean {
    return extensionId !== undefined && [...this.#talks.values()].includes(extensionId);
  }
}

/** One of the choices, by their weights. */
export function choose<T extends string>(random: Random, chances: Chances<T>): T {
  let left = random.next() * chances.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [choice, weight] of chances) {
    left -= weight;
    if (left < 0) return choice;
  }
  return random.pick(chances)[0];
}
