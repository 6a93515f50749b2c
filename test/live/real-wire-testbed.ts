import { startSandboxWithEngine } from 'ringcentral-sandbox/testing';
import { CallStore } from '../../src/calls/store/call-store.ts';
import { CallSync } from '../../src/calls/sync/call-sync.ts';
import { defaultTiming } from '../../src/ringcentral/feed/timing.ts';
import type { Scope } from '../../src/ringcentral/wire/scope.ts';
import { testClock } from '../calls/support/store-testbed.ts';
import { worldOf } from '../ringcentral/support/testbed.ts';
import { quiet } from '../support/loopback.ts';
import { type Calls, covered, GroundTruth, lossIsFoundWithin } from './ground-truth.ts';
import { ToolObserver } from './reported-states.ts';

const ends = ['101', '101', '102', '103', '104', '+16505550123', '+12055550100', '200'];
const acts = {
  Proceeding: ['answer', 'answer', 'answer', 'decline', 'busy'],
  Answered: ['hold', 'hold', 'mute', 'mute', 'unmute', 'transfer', 'park', 'hangup'],
  Hold: ['unhold', 'unhold', 'hangup'],
} as Readonly<Record<string, readonly string[]>>;

/** The smallest step of time: what is due within one happens at once. */
const stepMs = 1_000;
/** A connection that stands still is found by then: silence, ping, deadline, each seen at the next look. */
const stillMs = defaultTiming.pingAfterMs + defaultTiming.answerMs + 2 * defaultTiming.watchMs + stepMs;
/** How often an agent looks with its tools: not so often that its looking finds all that was lost. */
const agentLooksEvery = 3;
/** A shuffle that does not fill up is let go then. */
const shuffleMs = 1_000 + stepMs;

export type Step =
  | { dial: readonly [from: number, to: number] }
  | { act: readonly [party: number, act: number, target: number] }
  | { fault: Fault }
  | { wait: number };
export interface Fault {
  kind: string;
  [member: string]: unknown;
}

/** A sandbox and a picture of it with all that is between them, on clocks that stand still until they are wound. */
export async function startRealWireTestbed(scope: Scope, seed: number) {
  // The engine is only looked at: `/state` does not tell what was before.
  const { sandbox, engine } = await startSandboxWithEngine({ manualClock: true, seed });
  const testbed = worldOf(sandbox);
  const clock = testClock();
  const options = { clock, scope, timing: {}, timeoutMs: 10_000, readRetriesMs: [250, 1_000] };
  const { platform, feed, rateLimiter } = testbed.connect(options);
  const calls = new CallStore({ clock, scope });
  const budgetWaitMs = (group: 'light' | 'heavy') => rateLimiter.budget(group, 'background').waitMs;
  const sync = new CallSync({ calls, callLog: calls, feed, reader: platform, clock, scope, budgetWaitMs });
  const me = scope === 'extension' ? engine.world.dialPlan.get('101') : undefined;
  const truth = new GroundTruth(engine, () => Date.parse(engine.state().clock), me);
  const excuses = new Excuses();
  const agent = new ToolObserver(calls, sync, clock);
  const told: string[] = [];
  let looks = 0;
  let failures = 0;

  /** Both clocks go on together, and what that sets off comes to its end. */
  async function wind(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      const advanceMs = Math.min(left, stepMs);
      await testbed.control('/clock', { advanceMs });
      await quiet();
      await clock.advanceAsync(advanceMs);
      await quiet();
    }
  }

  async function act([party, name, target]: readonly [number, number, number]): Promise<void> {
    const able = engine
      .state()
      .calls.flatMap(({ telephonySessionId, parties }) =>
        parties.flatMap(({ id, status: { code } }) =>
          acts[code] ? [{ path: `/calls/${telephonySessionId}/parties/${id}`, code }] : [],
        ),
      );
    const chosen = able[party % able.length];
    const names = acts[chosen?.code ?? ''];
    if (!chosen || !names) return;
    const chosenName = names[name % names.length];
    const body = chosenName === 'transfer' ? endOf(target) : {};
    await testbed.control(`${chosen.path}/${chosenName}`, body).catch(refused);
  }

  async function fail(fault: Fault): Promise<void> {
    if (fault.kind === 'http' || fault.kind.startsWith('expire')) failures += Number(fault.times ?? 1);
    const lossMs = () => lossIsFoundWithin(scope, { failures, liveCount: calls.liveCount });
    if (fault.kind === 'ws-freeze') {
      // What a shuffle holds back may have happened before, and comes into the frozen socket.
      const heldMs = excuses.isArmed('ws-shuffle') ? shuffleMs : 0;
      excuses.add(clock.now() - heldMs, heldMs + Math.min(Number(fault.ms), stillMs));
    }
    if (fault.kind === 'ws-shuffle') excuses.add(clock.now(), shuffleMs, fault.kind);
    if (fault.kind === 'ws-lose') excuses.add(clock.now(), lossMs, fault.kind);
    await testbed.control('/faults', fault);
  }

  return {
    wind,
    open: () => sync.open(),
    /** What cannot be done as things are is refused, and nothing happens. */
    async take(one: Step): Promise<void> {
      if ('wait' in one) await wind(one.wait);
      else if ('fault' in one) await fail(one.fault);
      else if ('act' in one) await act(one.act);
      else {
        const [from, to] = one.dial.map(endOf);
        await testbed.control('/calls', { from, to }).catch(refused);
      }
      await quiet();
    },
    status: () => sync.status(),
    /** What is shown as fresh, or was told an agent, and has not been true within its bound. */
    async lies(): Promise<string[]> {
      if (excuses.areArmed) {
        const { faults } = await testbed.control<{ faults: Fault[] }>('/faults', undefined, 'GET');
        excuses.renew(clock.now(), new Set(faults.map(({ kind }) => kind)));
      }
      const since = excuses.since(clock.now());
      looks += 1;
      if (looks % agentLooksEvery === 0) {
        agent.observe((answer) => told.push(...truth.told(answer, { excuse: () => since })));
        await quiet();
      }
      const { state } = feed.status;
      const isConnected = state === 'live' || state === 'resyncing';
      const shown = { calls, isConnected, isComplete: !sync.status().stale, excuse: () => since };
      return [...told.splice(0), ...truth.lies(shown)];
    },
    async truth(): Promise<string[]> {
      const state = await testbed.control<{ calls: Calls }>('/state', undefined, 'GET');
      return covered(truth.findable(state.calls, calls), me);
    },
    picture: () => covered(calls.active(), me),
    heal: () => testbed.control('/faults', undefined, 'DELETE'),
    async close(): Promise<void> {
      sync.close();
      const closed = testbed.close();
      await Promise.race([closed, wind(30_000)]);
      await closed;
    },
  };
}

const endOf = (position: number) => {
  const end = ends[position % ends.length] ?? '101';
  return end.length === 3 ? { extensionNumber: end } : { phoneNumber: end };
};

const refused = (error: unknown): void => {
  if (!(error instanceof Error) || !/: 4\d\d /.test(error.message)) throw error;
};

interface Excuse {
  from: number;
  ms: number | (() => number);
  /** The fault that waits for what it strikes: it may strike until it is not listed any more. */
  kind: string | undefined;
  lastAt: number;
}

/** Times in which the picture may be wrong without knowing it, because of what was done to the wire. */
class Excuses {
  #all: Excuse[] = [];

  add(from: number, ms: Excuse['ms'], kind?: string): void {
    this.#all.push({ from, ms, kind, lastAt: from });
  }

  get areArmed(): boolean {
    return this.#all.some(({ kind }) => kind !== undefined);
  }

  isArmed(kind: string): boolean {
    return this.#all.some((excuse) => excuse.kind === kind);
  }

  renew(now: number, armed: ReadonlySet<string>): void {
    for (const excuse of this.#all) {
      if (excuse.kind === undefined) continue;
      // It may have struck at any moment until now.
      excuse.lastAt = now;
      if (!armed.has(excuse.kind)) excuse.kind = undefined;
    }
  }

  /** Since when one of them may have kept the picture from knowing better. */
  since(now: number): number | undefined {
    this.#all = this.#all.filter((excuse) => now - excuse.lastAt <= lengthOf(excuse));
    if (this.#all.length === 0) return undefined;
    return Math.min(...this.#all.map((excuse) => Math.max(excuse.from, now - lengthOf(excuse))));
  }
}

const lengthOf = ({ ms }: Excuse): number => (typeof ms === 'number' ? ms : ms());
