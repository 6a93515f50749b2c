import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { Keeper } from '../../src/calls/keeper.ts';
import { LiveCalls } from '../../src/calls/live-calls.ts';
import type { Scope } from '../../src/calls/view.ts';
import { foldStatus } from '../../src/ringcentral/wire/session.ts';
import { type Command, command, run } from '../sandbox/engine/commands.ts';
import { Sandbox } from '../sandbox/engine/harness.ts';
import { type Fault, Wire } from './wire.ts';

/** The suite tries the same worlds each time; PROPERTY_RUNS=1000 looks further, and a failure prints its seed. */
const { PROPERTY_RUNS } = process.env;
const tries = PROPERTY_RUNS ? { numRuns: Number(PROPERTY_RUNS) } : { numRuns: 200, seed: 1 };

/** Reconciling (DESIGN "The live picture"), and time to read what it finds. */
const reconcileMs: Record<Scope, number> = { extension: 60_000 + 15_000, account: 300_000 + 30_000 };
/** Of a call nothing was heard while no other was known: every five minutes, looked at once a minute. */
const idleReconcileMs = 360_000;
/** A frozen connection is found by then: silence, ping, deadline (feed/timing.ts), and a reading. */
const heartbeatMs = 45_000;
const stepMs = 250;

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
    ms: fc.integer({ min: 500, max: 20_000 }),
    recovers: fc.boolean(),
  }),
  fc.record({
    do: fc.constant('fail reads' as const),
    count: fc.integer({ min: 1, max: 4 }),
    how: fc.constantFrom('unavailable' as const, 'rate_limited' as const),
  }),
);

type Step = { act: Command } | { fault: Fault } | { look: true };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: command.map((act) => ({ act })) },
  { weight: 3, arbitrary: fault.map((one) => ({ fault: one })) },
  { weight: 2, arbitrary: fc.constant({ look: true as const }) },
);

class World {
  readonly sandbox: Sandbox;
  readonly wire: Wire;
  readonly calls: LiveCalls;
  readonly keeper: Keeper;
  readonly scope: Scope;
  /** What each party was, and since when. */
  readonly #past = new Map<string, { code: string; from: number }[]>();

  constructor(scope: Scope, seed: number) {
    this.scope = scope;
    this.sandbox = new Sandbox(seed);
    const { clock: winding } = this.sandbox;
    const clock: Clock = { now: () => winding.now(), after: (ms, act) => winding.setTimeout(act, ms) };
    this.wire = new Wire(this.sandbox, scope);
    this.calls = new LiveCalls({ clock, scope });
    this.keeper = new Keeper({ calls: this.calls, feed: this.wire, reader: this.wire, clock, scope });
    this.sandbox.engine.subscribe((notification) => {
      if (notification.kind !== 'telephony') return;
      const { parties } = notification.body as { parties: { id: string; status: { code: string } }[] };
      for (const { id, status } of parties) {
        const past = this.#past.get(id) ?? [];
        past.push({ code: foldStatus(status.code), from: winding.now() });
        this.#past.set(id, past);
      }
    });
  }

  /** Time goes on in small steps, so that what waits for answers gets its turn in between. */
  async wind(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      this.sandbox.clock.advance(Math.min(stepMs, left));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** `party code muted` of every live party that the scope covers; a call among outsiders is not the account's. */
  truth(): string[] {
    return this.#covered(this.sandbox.engine.state().calls);
  }
  picture(): string[] {
    return this.#covered(this.calls.active());
  }

  #covered(
    calls: readonly {
      parties: readonly { id: string; extensionId?: string; status: { code: string }; muted?: boolean }[];
    }[],
  ): string[] {
    return calls
      .filter(({ parties }) => parties.some(({ extensionId }) => extensionId !== undefined))
      .flatMap(({ parties }) => parties)
      .filter(({ extensionId }) => this.scope === 'account' || extensionId === this.wire.me)
      .map(({ id, status, muted }) => `${id} ${foldStatus(status.code)} ${muted ?? false}`)
      .filter((line) => !/ (Disconnected|Gone) /.test(line))
      .sort();
  }

  /** What is shown as fresh and was not true at any moment within the last `boundMs`. */
  lies(boundMs: number): string[] {
    const now = this.sandbox.clock.now();
    return this.calls
      .active()
      .filter(({ stale }) => !stale)
      .flatMap(({ parties }) => parties)
      .filter(({ stale }) => !stale)
      .filter(({ id, status }) => {
        const past = this.#past.get(id) ?? [];
        return !past.some(({ code, from }, index) => {
          const until = past[index + 1]?.from ?? now;
          return code === status.code && from <= now && until >= now - boundMs;
        });
      })
      .map(({ id, status }) => `${id} ${status.code}`);
  }
}

describe.each(['extension', 'account'] as const)('at %s scope', (scope) => {
  it(`what is shown as fresh is true within its bound, and a quiet wire and one reconciling make all of it true`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.array(step, { minLength: 5, maxLength: 40 }), async (seed, steps) => {
        const world = new World(scope, seed);
        world.keeper.open();
        await world.wind(1_000);
        let bound = heartbeatMs;
        for (const one of steps) {
          if ('fault' in one) {
            // A notification that vanishes without a trace is found by reconciling only.
            if (one.fault.do === 'lose') bound = reconcileMs[scope] + heartbeatMs;
            world.wire.misbehave(one.fault);
          } else if ('look' in one) {
            expect(world.lies(bound)).toEqual([]);
          } else if (one.act.do === 'wait') await world.wind(one.act.ms);
          else run(world.sandbox, one.act);
          await world.wind(stepMs);
        }
        world.wire.heal();
        await world.wind(heartbeatMs + idleReconcileMs);
        expect(world.lies(bound)).toEqual([]);
        expect(world.wire.status.state).toBe('live');
        expect(world.picture()).toEqual(world.truth());
        world.keeper.close();
      }),
      tries,
    );
  }, 600_000);
});
