import fc from 'fast-check';
import { type Command, command, run, Sandbox } from 'ringcentral-sandbox/testing';
import { describe, expect, it } from 'vitest';
import { CallStore } from '../../src/calls/store/call-store.ts';
import { CallSync } from '../../src/calls/sync/call-sync.ts';
import type { Scope } from '../../src/ringcentral/wire/scope.ts';
import type { Clock } from '../../src/shared/clock.ts';
import { type Fault, FaultyWire } from './faulty-wire.ts';
import { covered, GroundTruth, lossIsFoundWithin, roundMs } from './ground-truth.ts';
import { longestTestMs, propertyRuns } from './property-runs.ts';
import { ToolObserver } from './reported-states.ts';

/** Longer than the platform keeps what is missed (platform.md 5.5). */
const longestFaultMs = 190_000;
/** And then the longest time until a picture in which nothing is known to be wrong has been made sure of. */
const quietMs = (scope: Scope) => longestFaultMs + 1.1 * roundMs[scope] + 45_000;
const stepMs = 250;
/** How often it is looked at what is shown. */
const lookMs = 1_000;
/** And an agent looks with its tools: not so often that its looking finds all that was lost. */
const agentLooksEvery = 7;

const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ do: fc.constant('lose' as const), count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant('duplicate' as const), count: fc.integer({ min: 1, max: 5 }) }),
  fc.record({
    do: fc.constant('delay' as const),
    count: fc.integer({ min: 2, max: 5 }),
    ms: fc.integer({ min: 10, max: 800 }),
  }),
  fc.record({ do: fc.constant('freeze' as const), ms: fc.integer({ min: 100, max: 25_000 }) }),
  fc.record({
    do: fc.constant('close' as const),
    ms: fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: 500, max: 20_000 }) },
      { weight: 1, arbitrary: fc.integer({ min: 170_000, max: longestFaultMs }) },
    ),
    recovers: fc.boolean(),
  }),
  fc.record({
    do: fc.constant('fail reads' as const),
    count: fc.integer({ min: 1, max: 4 }),
    how: fc.constantFrom('unavailable' as const, 'rate_limited' as const),
  }),
);

type Step = { act: Command } | { fault: Fault };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: command.map((act) => ({ act })) },
  { weight: 3, arbitrary: fault.map((one) => ({ fault: one })) },
);

const steps = fc.array(step, { minLength: 5, maxLength: 40 });
const latency = fc.integer({ min: 5, max: 800 });

class LiveTestbed {
  readonly sandbox: Sandbox;
  readonly wire: FaultyWire;
  readonly calls: CallStore;
  readonly sync: CallSync;
  readonly scope: Scope;
  readonly #truth: GroundTruth;
  readonly #agent: ToolObserver;
  readonly #told: string[] = [];
  #looks = 0;

  constructor(scope: Scope, seed: number, latencyMs: number) {
    this.scope = scope;
    this.sandbox = new Sandbox(seed);
    const { clock: winding } = this.sandbox;
    const clock: Clock = { now: () => winding.now(), after: (ms, act) => winding.setTimeout(act, ms) };
    this.wire = new FaultyWire(this.sandbox, scope, latencyMs);
    this.calls = new CallStore({ clock, scope });
    this.sync = new CallSync({
      calls: this.calls,
      callLog: this.calls,
      feed: this.wire,
      reader: this.wire,
      clock,
      scope,
    });
    this.#truth = new GroundTruth(this.sandbox.engine, () => winding.now(), this.#mine);
    this.#agent = new ToolObserver(this.calls, this.sync, clock);
  }

  /** Time goes on in small steps, so that what waits for answers gets its turn in between. */
  async wind(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      this.sandbox.clock.advance(Math.min(stepMs, left));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  get #mine(): string | undefined {
    return this.scope === 'extension' ? this.wire.me : undefined;
  }
  truth(): string[] {
    return covered(this.#truth.findable(this.sandbox.engine.state().calls, this.calls), this.#mine);
  }
  picture(): string[] {
    return covered(this.calls.active(), this.#mine);
  }

  /** What the picture shows, and what an agent was told since the last time, that is not so. */
  lies(): string[] {
    this.#looks += 1;
    const excuse = (partyId: string) => this.#excuse(partyId);
    if (this.#looks % agentLooksEvery === 0) {
      this.#agent.observe((answer) => this.#told.push(...this.#truth.told(answer, { excuse })));
    }
    return [...this.#told.splice(0), ...this.#lies()];
  }

  #lies(): string[] {
    const { state } = this.wire.status;
    return this.#truth.lies({
      calls: this.calls,
      isConnected: state === 'live' || state === 'resyncing',
      isComplete: !this.sync.status().stale,
      excuse: (partyId) => this.#excuse(partyId),
    });
  }

  /** What is on its way counts, and what was lost until it is found. */
  #excuse(partyId: string): number | undefined {
    const now = this.sandbox.clock.now();
    const { liveCount } = this.calls;
    return this.wire.untold(partyId).find(({ hiddenAt, isLost }) => {
      const failures = this.wire.failedReadsSince(hiddenAt);
      return !isLost || now - hiddenAt <= lossIsFoundWithin(this.scope, { failures, liveCount });
    })?.at;
  }
}

/** Time goes on, and all the while nothing untrue is shown as fresh. */
async function live(testbed: LiveTestbed, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= lookMs) {
    await testbed.wind(Math.min(left, lookMs));
    expect(testbed.lies()).toEqual([]);
  }
}

describe.each(['extension', 'account'] as const)('at %s scope', (scope) => {
  it(
    'the picture is true or says that it may not be, and a quiet wire makes it true',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat(), latency, steps, async (seed, latencyMs, steps) => {
          const testbed = new LiveTestbed(scope, seed, latencyMs);
          testbed.sync.open();
          await live(testbed, 1_000);
          for (const one of steps) {
            if ('fault' in one) testbed.wire.misbehave(one.fault);
            else if (one.act.do === 'wait') await live(testbed, one.act.ms);
            else run(testbed.sandbox, one.act);
            await live(testbed, stepMs);
          }
          testbed.wire.heal();
          await live(testbed, quietMs(scope));
          expect(testbed.wire.status.state).toBe('live');
          expect(testbed.picture()).toEqual(testbed.truth());
          testbed.sync.close();
        }),
        propertyRuns(200),
      );
    },
    longestTestMs,
  );
});
