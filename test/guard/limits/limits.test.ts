import { describe, expect, test, vi } from 'vitest';
import { presets } from '../../../src/guard/policy/presets.ts';
import { Failure } from '../../../src/shared/failure.ts';
import { action, dial, hold, inboundCall, own, party, session, transfer } from '../support/fake-ports.ts';
import { guardTestbed } from '../support/guard-testbed.ts';
import { createHost, failure, grant, yes } from '../support/host.ts';

const trusted = () => {
  const all = guardTestbed({ policy: presets.trusted });
  return { ...all, host: createHost('2025', all.guard) };
};

const park = (id: string, partyId = `${id}-2`) =>
  action('call_park_party', 'redirect', { telephonySessionId: id, partyId });

const placed = (callee: string) =>
  session('s-9', [
    party('s-9-1', 'Outbound', 'Answered', {}, own.extensionId),
    party('s-9-2', 'Inbound', callee, { phoneNumber: '+14155550177' }),
  ]);

describe('one outgoing call rings at a time', () => {
  test.each(['Answered', 'VoiceMail', 'Disconnected'])('until the other side is %s', async (status) => {
    const { host, ports } = trusted();
    const first = await host.authorize(dial('+14155550177'));
    expect((await failure(host.authorize(dial('+12055550102')))).kind).toBe('denied');
    ports.sessions.set('s-9', placed('Proceeding'));
    await first.done({ result: 'accepted', telephonySessionId: 's-9' });
    expect((await failure(host.authorize(dial('+12055550102')))).kind).toBe('denied');
    ports.sessions.set('s-9', { ...placed(status), over: status === 'Disconnected' });
    await host.authorize(dial('+12055550102'));
  });

  test('a call that was refused by the platform does not ring', async () => {
    const { host } = trusted();
    await (await host.authorize(dial('+14155550177'))).done({ result: 'forbidden' });
    await host.authorize(dial('+12055550102'));
  });

  test.each(['unknown_outcome', 'internal'] as const)(
    'after %s a call may ring, for two minutes',
    async (result) => {
      const { host, clock } = trusted();
      await (await host.authorize(dial('+14155550177'))).done({ result });
      expect((await failure(host.authorize(dial('+12055550102')))).kind).toBe('denied');
      clock.advance(120_000);
      await host.authorize(dial('+12055550102'));
    },
  );

  test('is counted over all who share the login, and does not hold up answering', async () => {
    const { host, ports } = trusted();
    await host.authorize(dial('+14155550177'));
    const other = { ...dial('+14155550177'), principal: 'somebody else' };
    expect((await failure(host.authorize(other))).kind).toBe('denied');
    ports.sessions.set('s-1', inboundCall('s-1', 'Proceeding'));
    const answer = { ...hold('s-1'), tool: 'answer_call_party', risk: 'place-call' as const };
    await host.authorize(answer);
  });

  test('rings for as long as nothing shows that it does not: neither silence nor a leg that is answered early', async () => {
    const { host, ports } = trusted();
    await (await host.authorize(dial('+14155550177'))).done({
      result: 'accepted',
      telephonySessionId: 's-9',
    });
    const early = session('s-9', [party('s-9-1', 'Outbound', 'Answered', {}, own.extensionId)]);
    for (const picture of [undefined, early]) {
      ports.calls.call = () => picture;
      ports.sessions.set('s-9', early);
      expect((await failure(host.authorize(dial('+12055550102')))).kind).toBe('denied');
    }
    ports.broken = new Failure('rate_limited', 'Slow down.');
    expect((await failure(host.authorize(dial('+12055550102')))).kind).toBe('denied');
    ports.broken = undefined;
    ports.sessions.delete('s-9');
    await host.authorize(dial('+12055550102'));
  });

  test('two confirmations at the same time place one call', async () => {
    const { guard } = guardTestbed();
    const host = createHost('2025', guard);
    let release: (() => void) | undefined;
    const both = new Promise<void>((resolve) => {
      release = resolve;
    });
    const person = async (form: Parameters<typeof yes>[0]) => {
      if (host.shown.length === 2) release?.();
      await both;
      return yes(form);
    };
    const settled = await Promise.allSettled([
      host.authorize(dial('+14155550177'), person),
      host.authorize(dial('+14155550178'), person),
    ]);
    expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});

test('five calls leave the account in ten minutes, however they are confirmed', async () => {
  const { host, ports, clock } = trusted();
  ports.sessions.set('s-1', inboundCall('s-1'));
  for (let time = 0; time < 5; time += 1) await host.authorize(transfer('s-1', '+14155550177'));
  expect((await failure(host.authorize(transfer('s-1', '+14155550177'), yes))).kind).toBe('denied');
  expect(host.shown).toEqual([]);
  await host.authorize(transfer('s-1', '+12055550102'));
  clock.advance(600_000);
  await host.authorize(transfer('s-1', '+14155550177'));
});

describe('many calls within a minute', () => {
  const worldOfCalls = () => {
    const all = trusted();
    for (let call = 1; call <= 7; call += 1) all.ports.sessions.set(`s-${call}`, inboundCall(`s-${call}`));
    return all;
  };

  test('the sixth asks and the seventh too, those that were acted on before do not', async () => {
    const { host } = worldOfCalls();
    for (let call = 1; call <= 5; call += 1) await host.authorize(park(`s-${call}`));
    await host.authorize(park('s-6'), yes);
    expect(host.shown).toHaveLength(1);
    await host.authorize(park('s-7'), yes);
    expect(host.shown).toHaveLength(2);
    await host.authorize(park('s-5'));
  });

  test('after a minute it goes without', async () => {
    const { host, clock } = worldOfCalls();
    for (let call = 1; call <= 5; call += 1) await host.authorize(park(`s-${call}`));
    expect((await failure(host.authorize(park('s-6')))).details.reason).toBe('unsupported');
    clock.advance(60_000);
    await host.authorize(park('s-6'));
  });

  test('the sixth asks even where a grant covers it', async () => {
    const { guard, ports, clock } = guardTestbed();
    const host = createHost('2025', guard);
    for (let call = 1; call <= 6; call += 1) {
      ports.sessions.set(`s-${call}`, inboundCall(`s-${call}`));
      await host.authorize(park(`s-${call}`, `s-${call}-1`), grant);
      clock.advance(20_000);
    }
    clock.advance(60_000);
    for (let call = 1; call <= 5; call += 1) await host.authorize(park(`s-${call}`, `s-${call}-1`));
    await host.authorize(park('s-6', 's-6-1'), yes);
    expect(host.shown).toHaveLength(7);
    expect(host.shown[6]?.message).toContain('more than 5 different calls');
  });

  test('no grant is offered for it', async () => {
    const { host } = worldOfCalls();
    for (let call = 1; call <= 5; call += 1) await host.authorize(park(`s-${call}`));
    await host.authorize(park('s-6'), yes);
    expect(host.shown[0]?.requestedSchema.properties).toHaveProperty('confirm');
  });

  test('what a reception does all day does not count', async () => {
    const { host, ports } = trusted();
    for (let call = 1; call <= 20; call += 1) {
      ports.sessions.set(`s-${call}`, inboundCall(`s-${call}`, 'Proceeding'));
      await host.authorize(action('answer_call_party', 'place-call', { telephonySessionId: `s-${call}` }));
      ports.sessions.set(`s-${call}`, inboundCall(`s-${call}`));
      await host.authorize(hold(`s-${call}`));
    }
    await host.authorize(park('s-1'));
  });

  test('the number is the policy’s', async () => {
    const { guard, ports } = guardTestbed({
      policy: { ...presets.standard, caps: { ...presets.standard.caps, calls: 100 } },
    });
    const host = createHost('2025', guard);
    for (let call = 1; call <= 10; call += 1) {
      ports.sessions.set(`s-${call}`, inboundCall(`s-${call}`));
      await host.authorize(park(`s-${call}`));
    }
  });
});

describe('idempotency keys', () => {
  const key = { principal: 'local', tool: 'create_call_out_call_session', key: 'k-1', args: { to: '102' } };
  const never = () => false;

  test('the same key gives the first result, at the same time and afterwards, for ten minutes', async () => {
    const { guard, clock } = guardTestbed();
    const run = vi.fn(async () => ({ call: 's-9' }));
    const results = await Promise.all([guard.once(key, run, never), guard.once(key, run, never)]);
    results.push(await guard.once(key, run, never));
    expect(run).toHaveBeenCalledTimes(1);
    expect(new Set(results).size).toBe(1);
    clock.advance(600_000);
    await guard.once(key, run, never);
    expect(run).toHaveBeenCalledTimes(2);
  });

  test('no key, another key, principal or tool: another run', async () => {
    const { guard } = guardTestbed();
    const run = vi.fn(async () => 1);
    for (const other of [
      { ...key, key: undefined },
      { ...key, key: undefined },
      key,
      { ...key, key: 'k-2' },
      { ...key, principal: 'somebody else' },
      { ...key, tool: 'create_conference_call_session' },
    ]) {
      await guard.once(other, run, never);
    }
    expect(run).toHaveBeenCalledTimes(6);
  });

  test('the same key with other arguments is refused', async () => {
    const { guard } = guardTestbed();
    await guard.once(key, async () => 1, never);
    const refusal = await failure(guard.once({ ...key, args: { to: '103' } }, async () => 2, never));
    expect(refusal).toMatchObject({ kind: 'invalid_input', details: { parameter: 'idempotencyKey' } });
  });

  test('a defect is no reason to call again: it may have come after the request', async () => {
    const { guard } = guardTestbed();
    const run = vi.fn(() => Promise.reject(new TypeError('a defect')));
    for (let time = 0; time < 2; time += 1) {
      await expect(guard.once(key, run, never)).rejects.toThrow('a defect');
    }
    expect(run).toHaveBeenCalledTimes(1);
  });

  test('a question and a plain failure are forgotten, an unknown outcome is not', async () => {
    const { guard } = guardTestbed();
    const run = vi.fn<() => Promise<string>>();
    run.mockResolvedValueOnce('question');
    run.mockRejectedValueOnce(new Failure('not_confirmed', 'No.'));
    run.mockRejectedValueOnce(new Failure('unknown_outcome', 'Perhaps.'));
    const isQuestion = (result: string) => result === 'question';
    expect(await guard.once(key, run, isQuestion)).toBe('question');
    expect((await failure(guard.once(key, run, isQuestion))).kind).toBe('not_confirmed');
    expect((await failure(guard.once(key, run, isQuestion))).kind).toBe('unknown_outcome');
    expect((await failure(guard.once(key, run, isQuestion))).kind).toBe('unknown_outcome');
    expect(run).toHaveBeenCalledTimes(3);
  });
});
