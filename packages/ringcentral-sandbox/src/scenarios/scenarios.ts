import type { Clock } from '../clock.ts';
import type { Engine } from '../engine/api.ts';
import { defaultWorld } from '../engine/default-world.ts';
import type { World } from '../engine/world.ts';
import { createRandom } from '../random.ts';
import { callCenter } from './call-center.ts';
import { frontDesk } from './front-desk.ts';
import type { Load, Scenario } from './scenario.ts';
import { ScenarioContext } from './scenario-context.ts';
import { team } from './team.ts';

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  /** No one does anything by themselves. */
  quiet: { start() {} },
  'front-desk': frontDesk,
  team,
  'call-center': callCenter,
};

/** One agent has one call, and agents have four or five digits. */
const MOST_CALLS = 10_000;

export interface ChosenScenario {
  readonly scenario: Scenario;
  readonly load: Load;
}

/**
 * Finds a scenario by its name.
 *
 * @param told the load that was asked for; what is absent of it is the scenario's default
 * @throws RangeError for an unknown scenario, and for a load that it cannot have; the message names the flag
 */
export function chooseScenario(name: string, told: Partial<Load>): ChosenScenario {
  const scenario = Object.hasOwn(SCENARIOS, name) ? SCENARIOS[name] : undefined;
  if (scenario === undefined) {
    throw new RangeError(`--scenario: there is no "${name}"; there are ${Object.keys(SCENARIOS).join(', ')}`);
  }
  const { calls, rate } = told;
  if (scenario.load === undefined && (calls !== undefined || rate !== undefined)) {
    throw new RangeError(`--calls and --rate: ${name} has no use for them; call-center has`);
  }
  if (calls !== undefined && !(Number.isInteger(calls) && calls >= 1 && calls <= MOST_CALLS)) {
    throw new RangeError(`--calls: a whole number from 1 to ${MOST_CALLS} is expected`);
  }
  if (rate !== undefined && !(rate > 0)) throw new RangeError('--rate: a number above 0 is expected');
  const usual = scenario.load ?? { calls: 0, rate: 0 };
  return { scenario, load: { calls: calls ?? usual.calls, rate: rate ?? usual.rate } };
}

/** A fresh world for that scenario. */
export function worldOf({ scenario, load }: ChosenScenario): World {
  return scenario.createWorld?.(load) ?? defaultWorld();
}

/** A scenario that has begun. */
export interface RunningScenario {
  /** Begins anew, with the same seed. */
  restart(): void;
  /** Nobody does anything by themselves any more, until it is restarted. */
  stop(): void;
}

/** Starts a scenario. */
export function runScenario(
  chosen: ChosenScenario,
  engine: Engine,
  clock: Clock,
  seed: number,
): RunningScenario {
  const begin = () => {
    const context = new ScenarioContext(engine, clock, createRandom(seed));
    chosen.scenario.start(context, chosen.load);
    return context;
  };
  let context = begin();
  return {
    restart() {
      context.close();
      context = begin();
    },
    stop: () => context.close(),
  };
}
