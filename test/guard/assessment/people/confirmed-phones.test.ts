import { describe, expect, test } from 'vitest';
import type { Action } from '../../../../src/guard/action.ts';
import { presets } from '../../../../src/guard/policy/presets.ts';
import { action, dial, inboundCall } from '../../support/fake-ports.ts';
import { type GuardTestbed, guardTestbed } from '../../support/guard-testbed.ts';
import { createHost, decline, failure, type Host, type Person, yes } from '../../support/host.ts';

/** Opening the microphone of a phone that nobody has confirmed for agents is asked. */

const DESK = '802636634016';
const HOURS = 60 * 60_000;

const open = (options: Parameters<typeof guardTestbed>[0] = {}): GuardTestbed & { host: Host } => {
  const testbed = guardTestbed({ sandbox: false, phone: undefined as never, ...options });
  testbed.ports.sessions.set('s-1', inboundCall('s-1', 'Proceeding'));
  return { ...testbed, host: createHost('2025', testbed.guard) };
};
const colleague = (principal = 'local'): Action => ({
  ...dial('102'),
  principal,
  targets: [{ kind: 'extensionNumber', value: '102' }],
});
const answer = (): Action =>
  action('answer_call_party', 'place-call', {
    ...{ telephonySessionId: 's-1', partyId: 's-1-2', deviceIds: [DESK] },
    args: { telephonySessionId: 's-1', partyId: 's-1-2', deviceId: DESK },
  });
/** Does it, and says which questions were put. */
async function questions(host: Host, act: Action, person: Person = yes): Promise<string[]> {
  const before = host.shown.length;
  const permit = await host.authorize(act, person);
  await permit.done({ result: 'observed', telephonySessionId: 's-1' });
  return host.shown.slice(before).map(({ message }) => message);
}

describe('without a confirmed phone', () => {
  test('the first call asks, names the phone, and holds for eight hours', async () => {
    const { host, clock } = open();
    const [question, ...more] = await questions(host, answer());
    expect(more).toEqual([]);
    expect(question).toContain('your phone «Desk»');
    expect(question).toContain('for eight hours');
    clock.advance(8 * HOURS - 1);
    expect(await questions(host, answer())).toEqual([]);
    clock.advance(1);
    expect(await questions(host, answer())).toHaveLength(1);
  });

  test('the eight hours pass even where somebody sets the clock back', async () => {
    const { host, clock } = open();
    expect(await questions(host, answer())).toHaveLength(1);
    clock.set(-4 * HOURS);
    clock.advance(8 * HOURS - 1);
    expect(await questions(host, answer())).toEqual([]);
    clock.advance(1);
    expect(await questions(host, answer())).toHaveLength(1);
  });

  test('a no confirms nothing', async () => {
    const { host } = open();
    expect((await failure(questions(host, answer(), decline))).details.reason).toBe('declined');
    expect(await questions(host, answer())).toHaveLength(1);
  });

  test('a yes counts for whoever was asked alone', async () => {
    const { host } = open();
    await questions(host, colleague());
    expect(await questions(host, colleague('bob'))).toHaveLength(1);
  });

  test('trusted asks, too', async () => {
    const { host } = open({ policy: presets.trusted });
    expect(await questions(host, answer())).toHaveLength(1);
    expect(await questions(host, answer())).toEqual([]);
  });

  test('an answer to an emergency call back asks nobody', async () => {
    const { host, ports } = open();
    ports.sessions.set('s-1', inboundCall('s-1', 'Proceeding', 'Dispatch', '911'));
    expect(await questions(host, answer())).toEqual([]);
  });
});

test.each([DESK, 'Desk', ' desk '])('the phone %j of RC_MCP_PHONE asks nobody', async (phone) => {
  const { host } = open({ phone });
  expect(await questions(host, answer())).toEqual([]);
});

test('a phone of RC_MCP_PHONE that there is not is told with the question', async () => {
  const [question] = await questions(open({ phone: 'Kitchen' }).host, answer());
  expect(question).toContain('RC_MCP_PHONE is "Kitchen", which is none of your phones; nobody has confirmed');
});

test('a phone that a person had chosen, and has no more, is told with the question', async () => {
  const [question] = await questions(open({ phone: () => '123' }).host, answer());
  expect(question).toContain('the phone that you chose for agents is none of yours any more; nobody');
});

test('the desk phone of the sandbox asks nobody, unless another phone is named', async () => {
  expect(await questions(open({ sandbox: true }).host, answer())).toEqual([]);
  expect(await questions(open({ sandbox: true, phone: 'Headset' }).host, answer())).toHaveLength(1);
});
