import type { Called, Caller } from '../engine/api.ts';
import { partyId } from '../engine/ids.ts';
import type { Random } from '../random.ts';
import type { Scenario } from './scenario.ts';
import type { ScenarioContext, SeenParty } from './scenario-context.ts';

/** A few calls a minute: the users of the default world answer, talk, hold, transfer, park and hang up. */
export const frontDesk: Scenario = {
  start(context) {
    const people = new FrontDeskPeople(context);
    context.watch((party) => people.react(party));
    people.placeCalls();
  },
};

const COLLEAGUES = ['101', '102', '103', '104'];
const CUSTOMERS: readonly Caller[] = [
  { phoneNumber: '+14155550101', name: 'Ada Park' },
  { phoneNumber: '+14155550102', name: 'Ben Ortiz' },
  { phoneNumber: '+13125550103', name: 'Chloe Meyer' },
  { phoneNumber: '+13125550104', name: 'WIRELESS CALLER' },
  { phoneNumber: '+12125550105', name: 'Dev Patel' },
  { phoneNumber: '+12125550106', name: 'Elif Kaya' },
  { phoneNumber: '+16505550107', name: 'Farid Aziz' },
  { phoneNumber: '+16505550108' },
];
/** The main number, its queue, and direct numbers. */
const DIALLED_NUMBERS: readonly Called[] = [
  { phoneNumber: '+12055550100' },
  { extensionNumber: '200' },
  { phoneNumber: '+12055550101' },
  { phoneNumber: '+12055550102' },
  { phoneNumber: '+12055550103' },
  { phoneNumber: '+12055550104' },
];

/** What may happen, each with its weight. */
type Chances<T extends string> = readonly (readonly [T, number])[];

const CALLS: Chances<'customer' | 'colleague' | 'outgoing'> = [
  ['customer', 70],
  ['outgoing', 20],
  ['colleague', 10],
];
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

class FrontDeskPeople {
  readonly #context: ScenarioContext;
  readonly #random: Random;
  /** Parties whose talk is under way, by id, and whose they are. */
  readonly #talks = new Map<string, string | undefined>();

  constructor(context: ScenarioContext) {
    this.#context = context;
    this.#random = context.random;
  }

  /** Places a call every 6 to 20 seconds. */
  placeCalls(): void {
    this.#context.between(6000, 20_000, () => {
      this.#dial();
      this.placeCalls();
    });
  }

  /** Reacts to the event of a party as the person at that phone would. */
  react(party: SeenParty): void {
    const { id, code, direction } = party;
    if (code === 'Disconnected' || code === 'Gone') this.#talks.delete(id);
    else if (code === 'Proceeding' && direction === 'Inbound') this.#rings(party);
    else if (code === 'Voicemail') this.#leaveMessage(party);
    else if (code === 'Parked' && party.parkCode !== undefined) this.#retrieve(party.parkCode);
    else if (code === 'Answered' && (direction === 'Inbound' || party.reason === 'Pickup')) this.#talk(party);
  }

  #dial(): void {
    const customer = this.#random.pick(CUSTOMERS);
    const colleague = { extensionNumber: this.#random.pick(COLLEAGUES) };
    const kind = choose(this.#random, CALLS);
    if (kind === 'customer') {
      const call = this.#context.dial(customer, this.#random.pick(DIALLED_NUMBERS));
      if (call !== undefined && this.#random.next() < 0.1) this.#giveUpLater(call);
    } else if (kind === 'outgoing') this.#context.dial(colleague, { phoneNumber: customer.phoneNumber });
    else this.#context.dial(colleague, { extensionNumber: this.#otherThan(colleague.extensionNumber) });
  }

  #giveUpLater(call: string): void {
    this.#context.between(6000, 15_000, () => this.#context.act(call, partyId(call, 1), 'hangup'));
  }

  #rings(party: SeenParty): void {
    const act = choose(this.#random, RINGING);
    if (act === 'miss') return;
    // 101 answers late, so that an app that controls its calls can be first.
    const [from, to] = this.#isDefaultUser(party) ? [8000, 14_000] : [2000, 8000];
    this.#context.between(from, to, () => {
      if (act === 'answer' && this.#isTalking(party.extensionId)) return;
      this.#context.act(party.telephonySessionId, party.id, act);
    });
  }

  #leaveMessage({ telephonySessionId, id }: SeenParty): void {
    this.#context.between(4000, 20_000, () => this.#context.act(telephonySessionId, id, 'leave-message'));
  }

  #retrieve(parkCode: string): void {
    const colleague = { extensionNumber: this.#random.pick(COLLEAGUES) };
    this.#context.between(10_000, 30_000, () => this.#context.dial(colleague, { phoneNumber: parkCode }));
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
      else if (step === 'transfer') act('transfer', { extensionNumber: this.#random.pick(COLLEAGUES) });
      else if (step === 'park') act('park');
      else if (step === 'hangup') act('hangup');
      // An act may be refused in the present state; a party that is still talking tries another one.
      if (step !== 'hold' && step !== 'mute' && this.#talks.has(id)) this.#goOn(party);
    });
  }

  #isTalking(extensionId: string | undefined): boolean {
    return extensionId !== undefined && [...this.#talks.values()].includes(extensionId);
  }

  #isDefaultUser({ extensionId }: SeenParty): boolean {
    return extensionId !== undefined && extensionId === this.#context.engine.world.dialPlan.get('101');
  }

  #otherThan(extensionNumber: string): string {
    return this.#random.pick(COLLEAGUES.filter((other) => other !== extensionNumber));
  }
}

function choose<T extends string>(random: Random, chances: Chances<T>): T {
  let left = random.next() * chances.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [choice, weight] of chances) {
    left -= weight;
    if (left < 0) return choice;
  }
  return random.pick(chances)[0];
}
