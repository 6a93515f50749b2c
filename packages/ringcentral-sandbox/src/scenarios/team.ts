import type { Called, Caller } from '../engine/api.ts';
import type { Random } from '../random.ts';
import { type Chances, choose, type Office, OfficePeople } from './people.ts';
import type { Scenario } from './scenario.ts';
import type { ScenarioContext } from './scenario-context.ts';
import { customersOf, TEAM, teamWorld } from './team-world.ts';

/** Eight users who call each other and their customers, and are called by those. At most eight calls at a time. */
export const team: Scenario = {
  createWorld: teamWorld,
  start: (context) => new Team(context).placeCalls(),
};

const MOST_CALLS = 8;
/** Calls that a user has at most when another one is placed to them: one that they talk in, one that waits. */
const MOST_CALLS_OF_ONE = 2;
const CALLS: Chances<'customer' | 'colleague' | 'outgoing'> = [
  ['customer', 50],
  ['outgoing', 25],
  ['colleague', 25],
];

class Team implements Office {
  readonly #context: ScenarioContext;
  readonly #random: Random;
  readonly #people: OfficePeople;

  constructor(context: ScenarioContext) {
    this.#context = context;
    this.#random = context.random;
    this.#people = new OfficePeople(context, this);
  }

  /** Places a call every 5 to 12 seconds, if there is room for it. */
  placeCalls(): void {
    this.#context.between(5000, 12_000, () => {
      this.#placeCall();
      this.placeCalls();
    });
  }

  /** Who is not on the phone. */
  colleague(): string | undefined {
    return this.#pick(this.#withFewerCallsThan(1));
  }

  /** Late, so that an app that controls the calls of any of them can be first. */
  answersWithin(extensionId: string | undefined): readonly [number, number] {
    return extensionId === undefined ? [2000, 8000] : [5000, 12_000];
  }

  /** Places a call if there are fewer than eight. */
  dial(from: Caller, to: Called): string | undefined {
    return this.#context.liveCalls().length < MOST_CALLS ? this.#context.dial(from, to) : undefined;
  }

  #placeCall(): void {
    const kind = choose(this.#random, CALLS);
    if (kind === 'customer') {
      const called = this.#pick(this.#withFewerCallsThan(MOST_CALLS_OF_ONE));
      if (called !== undefined) this.#customerCalls(called);
      return;
    }
    const caller = this.colleague();
    if (caller === undefined) return;
    if (kind === 'outgoing') {
      const { phoneNumber } = this.#random.pick(customersOf(caller));
      this.dial({ extensionNumber: caller }, { phoneNumber });
      return;
    }
    const others = this.#withFewerCallsThan(MOST_CALLS_OF_ONE).filter((other) => other !== caller);
    const called = this.#pick(others);
    if (called !== undefined) this.dial({ extensionNumber: caller }, { extensionNumber: called });
  }

  #customerCalls(extensionNumber: string): void {
    const { dialPlan, extensions } = this.#context.engine.world;
    const phoneNumber = extensions.get(dialPlan.get(extensionNumber) ?? '')?.directNumber;
    const customer: Caller = this.#random.pick(customersOf(extensionNumber));
    const call = this.dial(customer, { phoneNumber });
    if (call !== undefined) this.#people.maybeGivesUp(call);
  }

  /** Extension numbers of those who take part in fewer calls than that. */
  #withFewerCallsThan(most: number): string[] {
    const calls = this.#context.liveCalls();
    const { dialPlan } = this.#context.engine.world;
    return TEAM.map(({ extensionNumber }) => extensionNumber).filter((extensionNumber) => {
      const id = dialPlan.get(extensionNumber);
      return calls.filter((extensionIds) => extensionIds.includes(id)).length < most;
    });
  }

  #pick(extensionNumbers: readonly string[]): string | undefined {
    return extensionNumbers.length === 0 ? undefined : this.#random.pick(extensionNumbers);
  }
}
