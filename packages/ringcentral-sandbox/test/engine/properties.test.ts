import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ACT_NAMES, OPERATION_NAMES } from '../../src/engine/api.ts';
import { type Command, command, run } from './commands.ts';
import { Sandbox } from './harness.ts';

const commands = fc.array(command, { maxLength: 100, size: 'max' });
/** So that parked calls ring back in the midst of it, or hardly ever. */
const parkSeconds = fc.constantFrom(3, 180);

function lived(steps: Command[], seconds: number): Sandbox {
  const sandbox = new Sandbox();
  sandbox.engine.world.account.parkSeconds = seconds;
  for (const step of steps) run(sandbox, step);
  return sandbox;
}

function nameOf(step: Command): string {
  if (step.do === 'operate') return step.operation;
  return step.do === 'act' ? step.act : step.do;
}

const OVER = ['Disconnected', 'Gone'];

/** Calls with one leg that neither waits, starts, is parked nor in a conference. */
function leftAlone(sandbox: Sandbox): string[] {
  return sandbox.engine.state().calls.flatMap(({ telephonySessionId, origin, parties }) => {
    const living = parties.filter(({ status }) => !OVER.includes(status.code));
    const [last] = living;
    if (living.length !== 1 || last === undefined || origin.type === 'Conference') return [];
    const starts = last.direction === 'Outbound' && last.status.code === 'Setup';
    const inConference = parties.some(({ status }) => status.reason === 'Conference');
    return starts || inConference || last.status.code === 'Parked' ? [] : [telephonySessionId];
  });
}

describe('whatever people and programs do', () => {
  test('what is tried reaches every operation and act', () => {
    const worked = new Set<string>();
    const steps = fc.sample(commands, { numRuns: 300, seed: 7 });
    for (const each of steps) {
      const sandbox = new Sandbox();
      for (const step of each) if (run(sandbox, step)) worked.add(nameOf(step));
    }
    expect([...OPERATION_NAMES, ...ACT_NAMES].filter((name) => !worked.has(name))).toEqual([]);
  });

  test('the same seed and commands give the same events', () => {
    fc.assert(
      fc.property(commands, fc.nat(), (steps, seed) => {
        const [one, two] = [new Sandbox(seed), new Sandbox(seed)];
        for (const step of steps) run(one, step);
        for (const step of steps) run(two, step);
        expect(two.notifications).toEqual(one.notifications);
        one.engine.reset();
        one.notifications.length = 0;
        two.notifications.length = 0;
      }),
      { numRuns: 60 },
    );
  });

  test('sequences start at 2 without gaps, events name one party, and what is over stays over', () => {
    fc.assert(
      fc.property(commands, parkSeconds, (steps, seconds) => {
        const sandbox = lived(steps, seconds);
        const next = new Map<string, number>();
        const final = new Map<string, string>();
        for (const { body, party, extensionId } of sandbox.events) {
          expect(body.sequence).toBe(next.get(body.telephonySessionId) ?? 2);
          next.set(body.telephonySessionId, body.sequence + 1);
          expect(body.parties).toHaveLength(1);
          expect(extensionId).toBe(party.extensionId);
          const before = final.get(party.id);
          // Only a conference participant's leg is Gone first and Disconnected when it leaves.
          if (before !== undefined) expect([before, party.status.code]).toEqual(['Gone', 'Disconnected']);
          if (OVER.includes(party.status.code)) final.set(party.id, party.status.code);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('nothing is left behind: everything that still lives can be ended, and then is forgotten', () => {
    fc.assert(
      fc.property(commands, parkSeconds, (steps, seconds) => {
        const sandbox = lived(steps, seconds);
        for (const { telephonySessionId } of sandbox.engine.state().calls) {
          sandbox.engine.dropCall(telephonySessionId);
        }
        const { calls, parked } = sandbox.engine.state();
        for (const { parties } of calls) {
          for (const { status, hears } of parties) {
            expect(OVER).toContain(status.code);
            expect(hears).toEqual([]);
          }
        }
        expect(parked).toEqual([]);
        sandbox.clock.advance(300_000);
        expect(sandbox.engine.state().calls).toEqual([]);
        expect(sandbox.engine.activeCalls()).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  test('nobody hangs on alone, and hearing needs an answered leg that is not held or muted', () => {
    fc.assert(
      fc.property(commands, parkSeconds, (steps, seconds) => {
        const sandbox = lived(steps, seconds);
        sandbox.clock.advance(20);
        const alone = leftAlone(sandbox);
        sandbox.clock.advance(6);
        expect(leftAlone(sandbox).filter((call) => alone.includes(call))).toEqual([]);
        const all = new Map(
          sandbox.engine.state().calls.flatMap(({ parties }) => parties.map((party) => [party.id, party])),
        );
        for (const party of all.values()) {
          for (const heard of party.hears.map((partyId) => all.get(partyId))) {
            expect(heard?.status.code).toBe('Answered');
            expect(heard?.phone).toEqual({ held: false, muted: false });
            expect(heard?.api).toEqual({ held: false, muted: false });
          }
          if (party.hears.length > 0) expect(party.status.code).toBe('Answered');
          const held = party.phone.held || party.api.held;
          if (party.status.code === 'Hold') expect(held).toBe(true);
          if (party.status.code === 'Answered') expect(held).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });
});
