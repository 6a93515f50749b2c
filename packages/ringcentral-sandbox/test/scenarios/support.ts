import { ManualClock } from '../../src/clock.ts';
import type { CallState, Engine } from '../../src/engine/api.ts';
import { createEngine } from '../../src/engine/engine.ts';
import type { Load } from '../../src/scenarios/scenario.ts';
import { chooseScenario, type RunningScenario, runScenario, worldOf } from '../../src/scenarios/scenarios.ts';

interface Body {
  telephonySessionId: string;
  sequence: number;
  eventTime: string;
  parties: { id: string; status: { code: string; reason?: string } }[];
}

/** A scenario on a clock that the test moves, with a line for each telephony event. */
export class Played {
  readonly clock = new ManualClock();
  readonly engine: Engine;
  readonly scenario: RunningScenario;
  events: string[] = [];

  constructor(name: string, told: Partial<Load> = {}, seed = 1) {
    const chosen = chooseScenario(name, told);
    this.engine = createEngine({ clock: this.clock, seed, createWorld: () => worldOf(chosen) });
    this.engine.subscribe((notification) => {
      if (notification.kind !== 'telephony') return;
      const { telephonySessionId, sequence, eventTime, parties } = notification.body as Body;
      const [party] = parties;
      this.events.push(
        `${eventTime} ${telephonySessionId} ${sequence} ${party?.id} ${party?.status.code} ${party?.status.reason ?? ''}`,
      );
    });
    this.scenario = runScenario(chosen, this.engine, this.clock, seed);
  }

  seconds(seconds: number): this {
    this.clock.advance(seconds * 1000);
    return this;
  }

  /** Calls in which somebody is left. */
  live(): CallState[] {
    return this.engine.state().calls.filter((call) => call.parties.some(isLive));
  }
}

export function isLive({ status }: { status: { code: string } }): boolean {
  return status.code !== 'Disconnected' && status.code !== 'Gone';
}
