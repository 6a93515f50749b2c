import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { NextStep } from '../../../src/shared/next-step.ts';
import { type Host, type ServerTestbed, startServerTestbed, yes } from '../../server/support/testbed.ts';
import { advised } from '../support/advised.ts';

/** Advice on a call, where two others of yours matter, too. */
let testbed: ServerTestbed;
let host: Host;

beforeAll(async () => {
  testbed = await startServerTestbed();
  host = await testbed.host('2025', yes);
  await host.call('list_active_calls');
});
afterAll(() => testbed.close());
afterEach(async () => {
  await testbed.control.endAll();
  await vi.waitUntil(() => testbed.line.calls.yours().length === 0, 5_000);
});

const read = async (telephonySessionId: string) =>
  (await host.call('read_call_session_status', { telephonySessionId, fresh: true })).structuredContent;
const talking = async () => {
  const { telephonySessionId } = await testbed.stage.talking();
  await read(telephonySessionId);
  return telephonySessionId;
};
const hold = (telephonySessionId: string) => ['hold_call_party', { telephonySessionId }];

describe('where you talk on three calls at once', () => {
  it('a hold of one names the two who hear you still, and advises to hold these', async () => {
    const [first, ...others] = [await talking(), await talking(), await talking()];
    const held = await host.call('hold_call_party', { telephonySessionId: first });
    expect(held.text).toMatch(/You still talk with \S+ \(c\d+\) and \S+ \(c\d+\): no hold was made/);
    const { next } = held.structuredContent;
    expect(new Set(advised(next))).toEqual(new Set(others.map(hold)));
    // Once only one of them does, that is as it should be.
    const last = await host.call('hold_call_party', next[0].arguments);
    expect(last.text).not.toContain('You still talk');
  });

  it('no plan is advised that would be refused because of the third', async () => {
    const held = await talking();
    await host.call('hold_call_party', { telephonySessionId: held });
    const { telephonySessionId: listening } = await testbed.stage.othersCall();
    const supervised = await host.call('supervise_call_session', {
      telephonySessionId: listening,
      agentExtensionId: await testbed.control.extensionId('102'),
    });
    expect(supervised.structuredContent.outcome, supervised.text).toBe('observed');
    const second = await talking();
    for (const id of [held, second]) {
      const tools = (await read(id)).next.map(({ tool }: NextStep) => tool);
      expect(tools).toContain('hold_call_party');
      expect(tools).not.toContain('swap_calls');
    }
    const both = { telephonySessionId: second, targetTelephonySessionId: held };
    const { error } = (await host.call('swap_calls', both)).structuredContent;
    expect(error.message).toMatch(
      /^You listen in on another call, c\d+ with Bob Brown: .* Stop listening, then try/,
    );
    expect((await host.call(error.next[0].tool, error.next[0].arguments)).text).toContain(
      'no longer listen in',
    );
    expect((await read(second)).next[0].tool).toBe('swap_calls');
  });
});

describe('where you would be heard on a second call', () => {
  const answer = (telephonySessionId: string) => ['answer_call_party', { telephonySessionId }];
  const unhold = (telephonySessionId: string) => ['unhold_call_party', { telephonySessionId }];
  const rings = async () => {
    const { telephonySessionId } = await testbed.stage.ringing();
    await read(telephonySessionId);
    return telephonySessionId;
  };

  it.each([{ standAlone: true }, undefined])(
    'one that rings is answered after a hold of the third, whatever the call that is told of does (%j)',
    async (apart) => {
      const told = await talking();
      if (apart) await host.call('update_call_party', { telephonySessionId: told, ...apart });
      else await host.call('hold_call_party', { telephonySessionId: told });
      const talkedOn = await talking();
      const ringing = await rings();
      const steps = advised((await read(told)).next);
      expect(steps.slice(0, 2)).toEqual([hold(talkedOn), answer(ringing)]);
    },
  );

  it('so is one on hold taken back, after you have left the call that is told of', async () => {
    const [left, held] = [await talking(), await talking()];
    await host.call('hold_call_party', { telephonySessionId: held });
    const talkedOn = await talking();
    const args = { telephonySessionId: left, extensionNumber: '103' };
    const { next } = (await host.call('transfer_call_party', args)).structuredContent;
    expect(advised(next)).toEqual([hold(talkedOn), unhold(held)]);
  });

  it('while a plan runs, nothing is, and the plan is waited for', async () => {
    const away = await talking();
    await host.call('update_call_party', { telephonySessionId: away, standAlone: true });
    const caller = await talking();
    const begun = host.call('consult_and_transfer', { telephonySessionId: caller, colleague: '102' });
    await testbed.control.ringsAt('102');
    const ringing = await rings();
    const planId = testbed.line.plans.touching(caller);
    const wait = ['wait_for_call_event', { planId }];
    for (const { next } of [await read(away), (await host.call('list_active_calls')).structuredContent]) {
      expect(advised(next)[0]).toEqual(wait);
      for (const [tool, args] of advised(next)) {
        expect([tool, args]).not.toEqual(answer(ringing));
        expect(tool).not.toBe('update_call_party');
      }
      expect(
        advised(next).filter(([, args]) => JSON.stringify(args) === JSON.stringify(wait[1])),
      ).toHaveLength(1);
    }
    await host.call('cancel_plan');
    await begun;
  });
});

it('while a plan runs, advice on another call is no act on those of the plan', async () => {
  const customer = await talking();
  const begun = host.call('consult_and_transfer', { colleague: '102' });
  const { telephonySessionId: consultation } = await testbed.control.ringsAt('102');
  const other = await talking();
  const wait = ['wait_for_call_event', { planId: testbed.line.plans.touching(customer) }];
  expect(advised((await read(other)).next)).toEqual([hold(other)]);
  expect(advised((await host.call('list_active_calls')).structuredContent.next)).toEqual([wait, hold(other)]);
  await host.call('hold_call_party', { telephonySessionId: other });
  for (const { arguments: args, tool } of (await read(other)).next) {
    if (/^(wait|read)_/.test(tool)) continue;
    expect(Object.values(args), tool).not.toContain(customer);
    expect(Object.values(args), tool).not.toContain(consultation);
  }
  await host.call('cancel_plan');
  await begun;
});

it('an act on a call of a plan says that the plan has ended with it', async () => {
  const telephonySessionId = await talking();
  const begun = host.call('consult_and_transfer', { colleague: '102' });
  await testbed.control.ringsAt('102');
  const back = await host.call('unhold_call_party', { telephonySessionId });
  expect(back.structuredContent.note).toMatch(
    /^Plan (p\d+) \(consult_and_transfer\) had this call, and has ended: Somebody has acted on the call with/,
  );
  expect(back.text).toContain(back.structuredContent.note);
  expect(advised(back.structuredContent.next)).not.toContainEqual([
    'wait_for_call_event',
    expect.objectContaining({ planId: expect.any(String) }),
  ]);
  await begun;
});

it('an act on a call of a plan that does not stop it says that the plan has the call', async () => {
  const telephonySessionId = await talking();
  const begun = host.call('consult_and_transfer', { colleague: '102' });
  await testbed.control.ringsAt('102');
  const recorded = await host.call('start_call_recording', { telephonySessionId });
  expect(recorded.structuredContent.note).toMatch(
    /^Plan p\d+ \(consult_and_transfer\) has this call, and stops/,
  );
  await host.call('cancel_plan');
  await begun;
});
