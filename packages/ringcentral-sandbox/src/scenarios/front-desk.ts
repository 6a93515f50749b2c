import type { Called, Caller } from '../engine/api.ts';
import type { Random } from '../random.ts';
import { type Chances, choose, type Office, OfficePeople } from './people.ts';
import type { Scenario } from './scenario.ts';
import type { ScenarioContext } from './scenario-context.ts';

/** A few calls a minute: the users of the default world answer, talk, hold, transfer, park and hang up. */
export const frontDesk: Scenario = {
  start: (context) => new FrontDesk(context).placeCalls(),
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

const CALLS: Chances<'customer' | 'colleague' | 'outgoing'> = [
  ['customer', 70],
  ['outgoing', 20],
  ['colleague', 10],
];
class FrontDesk implements Office {
  readonly #context: ScenarioContext;
  readonly #random: Random;
  readonly #people: OfficePeople;

  constructor(context: ScenarioContext) {
    this.#context = context;
    this.#random = context.random;
    this.#people = new OfficePeople(context, this);
  }

  /** Places a call every 6 to 20 seconds. */
  placeCalls(): void {
    this.#context.between(6000, 20_000, () => {
      this.#placeCall();
      this.placeCalls();
    });
  }

  colleague(): string {
    return this.#random.pick(COLLEAGUES);
  }

  /** 101 answers late, so that an app that controls its calls can be first. */
  answersWithin(extensionId: string | undefined): readonly [number, number] {
    const isDefaultUser =
      extensionId !== undefined && extensionId === this.#context.engine.world.dialPlan.get('101');
    return isDefaultUser ? [8000, 14_000] : [2000, 8000];
  }

  dial(from: Caller, to: Called): string | undefined {
    return this.#context.dial(from, to);
  }

  #placeCall(): void {
    const customer = this.#random.pick(CUSTOMERS);
    const colleague = { extensionNumber: this.#random.pick(COLLEAGUES) };
    const kind = choose(this.#random, CALLS);
    if (kind === 'customer') {
      const call = this.dial(customer, this.#random.pick(DIALLED_NUMBERS));
      if (call !== undefined) this.#people.maybeGivesUp(call);
    } else if (kind === 'outgoing') this.dial(colleague, { phoneNumber: customer.phoneNumber });
    else this.dial(colleague, { extensionNumber: this.#otherThan(colleague.extensionNumber) });
  }

  #otherThan(extensionNumber: string): string {
    return this.#random.pick(COLLEAGUES.filter((other) => other !== extensionNumber));
  }
}
