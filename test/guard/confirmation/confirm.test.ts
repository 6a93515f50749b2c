import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Action } from '../../../src/guard/action.ts';
import { Failure } from '../../../src/shared/failure.ts';
import { action, dial, hangUp, hold, inboundCall, party, transfer } from '../support/fake-ports.ts';
import { guardTestbed } from '../support/guard-testbed.ts';
import type { Person } from '../support/host.ts';
import {
  asker,
  authorize,
  cancel,
  createHost,
  decline,
  eras,
  failure,
  grant,
  never,
  questionOf,
  yes,
} from '../support/host.ts';

const withCall = (...args: Parameters<typeof guardTestbed>) => {
  const all = guardTestbed(...args);
  all.ports.sessions.set('s-1', inboundCall('s-1'));
  return all;
};

describe.each(eras)('a host of %s', (era) => {
  test('lets a destructive act through after a yes, and reads the call before and after it', async () => {
    const { guard, ports } = withCall();
    const host = createHost(era, guard);
    const permit = await host.authorize(hangUp('s-1'), yes);
    expect(permit.kind).toBe('permit');
    expect(host.shown).toHaveLength(1);
    expect(ports.requests.filter((request) => request === 'read s-1')).toHaveLength(2);
  });

  test.each([
    ['declined', decline],
    ['cancelled', cancel],
    ['declined', () => ({ action: 'accept', content: { confirm: false } })],
    ['invalid', () => ({ action: 'accept', content: { confirm: 'true' } })],
    ['invalid', () => ({ action: 'accept' })],
    ['invalid', () => ({ action: 'yes', content: { confirm: true } })],
  ] as [string, Person][])('refuses with %s', async (reason, person) => {
    const { guard } = withCall();
    const refusal = await failure(createHost(era, guard).authorize(hangUp('s-1'), person));
    expect(refusal.kind).toBe('not_confirmed');
    expect(refusal.details.reason).toBe(reason);
  });

  test.each<[string, Person]>([
    ['no content', () => ({ action: 'accept' })],
    ['an empty form', () => ({ action: 'accept', content: {} })],
    ['another field', () => ({ action: 'accept', content: { decision: 'Yes, do it once' } })],
  ])('an answer with %s is no yes, and is said to be empty rather than used before', async (_, person) => {
    const { guard } = withCall();
    const { kind, details, message } = await failure(createHost(era, guard).authorize(hangUp('s-1'), person));
    expect({ kind, reason: details.reason }).toEqual({ kind: 'not_confirmed', reason: 'invalid' });
    expect(message).toContain('without the decision that was asked for');
    expect(message).not.toContain('used before');
  });

  test('refuses where the host cannot ask, and names the ways out', async () => {
    const { guard, ports } = withCall();
    const refusal = await failure(createHost(era, guard).authorize(hangUp('s-1')));
    expect(refusal.details.reason).toBe('unsupported');
    expect(refusal.message).toContain('`--approvals` added to what it was started with;');
    expect(refusal.message).toContain('--allow-unconfirmed delete_call_session');
    expect(ports.requests.filter((request) => request !== 'read s-1')).toEqual([]);
  });

  test('asks again with what is true now when somebody left, and acts on the second yes', async () => {
    const { guard, ports } = withCall();
    const call = inboundCall('s-1');
    call.parties.push({ ...call.parties[0], id: 's-1-3' } as never);
    ports.sessions.set('s-1', call);
    const host = createHost(era, guard);
    await host.authorize(hangUp('s-1'), (form) => {
      ports.sessions.set('s-1', inboundCall('s-1'));
      return yes(form);
    });
    expect(host.shown).toHaveLength(2);
    expect(host.shown[1]?.message).toContain('changed since you were asked');
  });

  test('gives up with `changed` when the call keeps changing', async () => {
    const { guard, ports } = withCall();
    const host = createHost(era, guard);
    let number = 0;
    const refusal = await failure(
      host.authorize(hangUp('s-1'), (form) => {
        number += 1;
        ports.sessions.set('s-1', inboundCall('s-1', 'Answered', 'Carol', `+1415555020${number}`));
        return yes(form);
      }),
    );
    expect(refusal.details.reason).toBe('changed');
    expect(host.shown).toHaveLength(3);
  });

  test('does not ask again for what changes by itself: names, sequence, provenance', async () => {
    const { guard, ports } = withCall();
    const host = createHost(era, guard);
    await host.authorize(hangUp('s-1'), (form) => {
      ports.sessions.set('s-1', {
        ...inboundCall('s-1', 'Answered', 'Dr. Carol'),
        asOf: 'later',
        source: 'event',
      });
      return yes(form);
    });
    expect(host.shown).toHaveLength(1);
  });

  test.each(['Hold', 'Parked'])('asks again when the party acted on is now %s', async (status) => {
    const { guard, ports } = withCall();
    const host = createHost(era, guard);
    await host.authorize(transfer('s-1', '+14155550177'), (form) => {
      ports.sessions.set('s-1', inboundCall('s-1', status));
      return yes(form);
    });
    expect(host.shown).toHaveLength(2);
  });

  test('refuses with wrong_state when the call has ended during the question', async () => {
    const { guard, ports } = withCall();
    const host = createHost(era, guard);
    const ended = await failure(
      host.authorize(hangUp('s-1'), (form) => {
        ports.sessions.set('s-1', { ...inboundCall('s-1', 'Disconnected'), over: true });
        return yes(form);
      }),
    );
    expect(ended.kind).toBe('wrong_state');
    expect(host.shown).toHaveLength(1);

    ports.sessions.set('s-1', inboundCall('s-1'));
    const gone = await failure(
      host.authorize(hangUp('s-1'), (form) => {
        ports.sessions.delete('s-1');
        return yes(form);
      }),
    );
    expect(gone.kind).toBe('wrong_state');
  });

  test('a call that was transferred during the question is asked about anew; the party that left takes nothing', async () => {
    const { guard, ports } = withCall();
    const transferred = () => {
      const call = inboundCall('s-1', 'Disconnected');
      call.parties.push(party('s-1-3', 'Inbound', 'Answered', { phoneNumber: '102' }, '62264013'));
      ports.sessions.set('s-1', call);
    };
    const host = createHost(era, guard);
    await host.authorize(hangUp('s-1'), (form) => {
      transferred();
      return yes(form);
    });
    expect(host.shown).toHaveLength(2);
    expect(host.shown[1]?.message).toContain('Bob Boss (extension 102)');

    ports.sessions.set('s-1', inboundCall('s-1'));
    const refusal = await failure(
      host.authorize(transfer('s-1', '+14155550177'), (form) => {
        transferred();
        return yes(form);
      }),
    );
    expect(refusal.kind).toBe('wrong_state');
  });

  test.each(['Answered', 'Disconnected', 'VoiceMail'])('is void when ringing ends (%s)', async (status) => {
    const { guard, ports } = withCall();
    ports.sessions.set('s-1', inboundCall('s-1', 'Proceeding'));
    const host = createHost(era, guard);
    const reply = action('reply_party', 'destructive', { telephonySessionId: 's-1', partyId: 's-1-2' });
    const refusal = await failure(
      host.authorize(reply, (form) => {
        ports.sessions.set('s-1', inboundCall('s-1', status));
        return yes(form);
      }),
    );
    expect(refusal.kind).toBe('wrong_state');
    expect(host.shown).toHaveLength(1);
  });

  test('refuses with unavailable when the call cannot be read after the yes', async () => {
    const { guard, ports } = withCall();
    const refusal = await failure(
      createHost(era, guard).authorize(hangUp('s-1'), (form) => {
        ports.broken = new Failure('rate_limited', 'Slow down.', { retryAfterSeconds: 30 });
        return yes(form);
      }),
    );
    expect(refusal.kind).toBe('unavailable');
  });

  test('hints at a host that may not have shown the question when a no comes at once', async () => {
    const { guard, clock } = withCall();
    const host = createHost(era, guard);
    const hurried = await failure(host.authorize(hangUp('s-1'), decline));
    expect(hurried.message).toContain('without showing');
    expect(hurried.message).toContain('`--approvals` added to what it was started with');
    const considered = await failure(
      host.authorize(hangUp('s-1'), (form) => {
        clock.advance(5_000);
        return decline(form);
      }),
    );
    expect(considered.message).not.toContain('without showing');
  });

  test('counts a yes after 45 seconds as none', async () => {
    const { guard, clock } = withCall();
    const refusal = await failure(
      createHost(era, guard).authorize(hangUp('s-1'), (form) => {
        clock.advance(45_000);
        return yes(form);
      }),
    );
    expect(refusal.details.reason).toBe('timed_out');
  });

  test('asks no third time after two declines, whatever the other arguments', async () => {
    const { guard, clock } = withCall();
    const host = createHost(era, guard);
    for (const number of ['+14155550177', '+14155550178']) {
      expect((await failure(host.authorize(transfer('s-1', number), decline))).details.reason).toBe(
        'declined',
      );
    }
    expect((await failure(host.authorize(transfer('s-1', '+14155550179'), yes))).kind).toBe('denied');
    expect(host.shown).toHaveLength(2);
    clock.advance(10 * 60_000);
    await host.authorize(transfer('s-1', '+14155550179'), yes);
  });

  test('a number that was declined twice is not asked about again with another dialling plan', async () => {
    const { guard } = withCall();
    const host = createHost(era, guard);
    const call = (countryId: number) => {
      const act = dial('+14155550177');
      return { ...act, args: { ...act.args, countryId } };
    };
    for (const plan of [1, 2]) await failure(host.authorize(call(plan), decline));
    expect((await failure(host.authorize(call(3), yes))).kind).toBe('denied');
    await host.authorize(dial('+14155550178'), yes);
  });

  test('asks at most six times a minute', async () => {
    const { guard, ports, clock } = withCall();
    const host = createHost(era, guard);
    for (let call = 1; call <= 6; call += 1) {
      ports.sessions.set(`s-${call}`, inboundCall(`s-${call}`));
      await failure(host.authorize(hangUp(`s-${call}`), cancel));
      clock.advance(3_000);
    }
    const { kind, message, details } = await failure(host.authorize(hangUp('s-1'), yes));
    expect(kind).toBe('denied');
    expect(message).toContain('Try again in 42 s.');
    expect(details.retryAfterSeconds).toBe(42);
    await host.authorize(hangUp('s-1', { principal: 'somebody else' }), yes);
    clock.advance(42_000);
    await host.authorize(hangUp('s-1'), yes);
  });

  test('opens three questions of many tool calls that come at once', async () => {
    const { guard, ports, clock } = withCall();
    const calls = ['s-1', 's-2', 's-3', 's-4', 's-5'];
    for (const id of calls) ports.sessions.set(id, inboundCall(id));
    const settled = calls.map(async (id) =>
      authorize(guard, hangUp(id), await asker(era, guard, never)).then(
        ({ kind }) => kind,
        (error: Failure) => error.kind,
      ),
    );
    for (let turn = 0; turn < 20; turn += 1) await setImmediate();
    expect((await guard.view('local')).pending).toHaveLength(3);
    clock.advance(45_000);
    const kinds = await Promise.all(settled);
    expect(kinds.filter((kind) => kind === 'denied')).toHaveLength(2);
  });

  test('counts a yes after 45 seconds as none, also when the clock was set back meanwhile', async () => {
    const { guard, clock } = withCall();
    const refusal = await failure(
      createHost(era, guard).authorize(hangUp('s-1'), (form) => {
        clock.advance(44_000);
        clock.set(-40_000);
        clock.advance(1_000);
        return yes(form);
      }),
    );
    expect(refusal.details.reason).toBe('timed_out');
    expect((await guard.view('local')).pending).toEqual([]);
  });

  test('a grant ends after ten minutes, also when the clock was set back meanwhile', async () => {
    const { guard, clock } = withCall();
    const host = createHost(era, guard);
    const others = hold('s-1', 's-1-1');
    await host.authorize(others, grant);
    clock.advance(540_000);
    clock.set(-500_000);
    await host.authorize(others);
    clock.advance(60_000);
    expect((await failure(host.authorize(others))).details.reason).toBe('unsupported');
    expect((await guard.view('local')).grants).toEqual([]);
  });

  test('a grant is for the phone that it was given for, not for what its flip number is later', async () => {
    const { guard, ports } = withCall();
    const host = createHost(era, guard);
    const flip = action('call_flip_party', 'redirect', {
      telephonySessionId: 's-1',
      partyId: 's-1-2',
      targets: [{ kind: 'callFlipId', value: '1' }],
    });
    await host.authorize(flip, grant);
    await host.authorize(flip);
    ports.directory.flipNumbers = async () => [{ flipNumber: '1', phoneNumber: '+442079460000' }] as never;
    expect((await failure(host.authorize(flip))).details.reason).toBe('unsupported');
  });

  test('a grant to mute is none to unmute', async () => {
    const { guard } = withCall();
    const host = createHost(era, guard);
    const update = (muted: boolean) =>
      action('update_call_party', 'reversible', {
        telephonySessionId: 's-1',
        partyId: 's-1-1',
        args: { telephonySessionId: 's-1', partyId: 's-1-1', muted },
      });
    await host.authorize(update(true), grant);
    await host.authorize(update(true));
    expect((await failure(host.authorize(update(false)))).details.reason).toBe('unsupported');
  });

  test('a ready message may be granted for eight hours, for whoever calls; other words may not', async () => {
    const { guard, ports, clock } = withCall();
    const host = createHost(era, guard);
    const reply = (call: string, words: object, partyId = `${call}-2`) => {
      ports.sessions.set(call, inboundCall(call, 'Proceeding', 'Somebody', `+1415555${call.slice(2)}`));
      return action('reply_party', 'destructive', {
        telephonySessionId: call,
        partyId,
        args: { telephonySessionId: call, partyId, ...words },
      });
    };
    const refused = async (act: Action) => (await failure(host.authorize(act))).details.reason;
    const busy = { pattern: 'InAMeeting' };
    await host.authorize(reply('s-1001', busy), grant);
    expect(host.shown[0]?.requestedSchema.properties.decision?.enum?.[1]).toMatch(/eight hours/);
    expect((await guard.view('local')).grants).toEqual([
      expect.not.objectContaining({ telephonySessionId: 's-1001' }),
    ]);
    clock.advance(7 * 3_600_000);
    await host.authorize(reply('s-1002', busy));
    expect(await refused(reply('s-1003', { pattern: 'OnMyWay' }))).toBe('unsupported');
    expect(await refused(reply('s-1003', { replyWithText: 'In a meeting.' }))).toBe('unsupported');
    expect(await refused(reply('s-1003', busy, 's-1003-1'))).toBe('unsupported');
    expect(await refused({ ...reply('s-1003', busy), principal: 'somebody else' })).toBe('unsupported');
    await host.authorize(reply('s-1004', { replyWithText: 'In a meeting.' }), yes);
    expect(host.shown.at(-1)?.requestedSchema.properties).not.toHaveProperty('decision');
    clock.advance(3_600_000);
    expect(await refused(reply('s-1005', busy))).toBe('unsupported');
  });

  test('asks again when the target is another one by now', async () => {
    const { guard, ports } = withCall();
    const host = createHost(era, guard);
    const flip = action('call_flip_party', 'redirect', {
      telephonySessionId: 's-1',
      partyId: 's-1-2',
      targets: [{ kind: 'callFlipId', value: '1' }],
    });
    await host.authorize(flip, (form) => {
      ports.directory.flipNumbers = async () => [{ flipNumber: '1', phoneNumber: '+442079460000' }] as never;
      return yes(form);
    });
    expect(host.shown.map(({ message }) => /Goes to: .*(\+\d+)/.exec(message)?.[1])).toEqual([
      '+14155550123',
      '+442079460000',
    ]);
  });

  test('offers a grant where the policy permits it, and then asks no more for this call and target', async () => {
    const { guard, ports, clock } = withCall();
    const host = createHost(era, guard);
    const others = hold('s-1', 's-1-1');
    await host.authorize(others, grant);
    await host.authorize(others);
    expect(host.shown).toHaveLength(1);
    expect((await guard.view('local')).grants).toHaveLength(1);
    expect((await guard.view('somebody else')).grants).toHaveLength(0);

    expect((await failure(host.authorize({ ...others, principal: 'somebody else' }))).kind).toBe(
      'not_confirmed',
    );
    const changed = inboundCall('s-1');
    changed.parties.push({ ...changed.parties[0], id: 's-1-3' } as never);
    ports.sessions.set('s-1', changed);
    expect((await failure(host.authorize(others))).details.reason).toBe('unsupported');
    ports.sessions.set('s-1', inboundCall('s-1'));
    clock.advance(10 * 60_000);
    expect((await failure(host.authorize(others))).details.reason).toBe('unsupported');
  });

  test('never offers a grant for destructive or listening acts', async () => {
    const { guard } = withCall();
    const host = createHost(era, guard);
    await host.authorize(hangUp('s-1'), yes);
    const record = action('start_call_recording', 'listen', { telephonySessionId: 's-1', partyId: 's-1-2' });
    await host.authorize(record, yes);
    for (const { requestedSchema } of host.shown) {
      expect(requestedSchema.properties).toEqual({ confirm: expect.objectContaining({ type: 'boolean' }) });
      expect(requestedSchema.properties.confirm).not.toHaveProperty('default');
    }
  });

  test('tells of each change of the view, also of those that time makes', async () => {
    const { guard, clock } = withCall();
    const seen: string[] = [];
    guard.onChange(async () => {
      const { pending, grants } = await guard.view('local');
      seen.push(`${pending.length} ${grants.length}`);
    });
    await createHost(era, guard).authorize(hold('s-1', 's-1-1'), grant);
    expect(seen).toContain('1 0');
    await expect.poll(() => seen.at(-1)).toBe('0 1');
    clock.advance(10 * 60_000);
    await expect.poll(() => seen.at(-1)).toBe('0 0');
    const unanswered = authorize(guard, hangUp('s-1'), await asker(era, guard, never)).catch(() => {});
    await expect.poll(() => seen.at(-1)).toBe('1 0');
    clock.advance(45_000);
    await expect.poll(() => seen.at(-1)).toBe('0 0');
    await unanswered;
  });

  test('shows what waits in the view, and nothing afterwards', async () => {
    const { guard } = withCall();
    let seen = 0;
    guard.onChange(() => {
      seen += 1;
    });
    await createHost(era, guard).authorize(dial('+14155550177'), async (form) => {
      expect((await guard.view('local')).pending).toEqual([
        {
          tool: 'create_call_out_call_session',
          askedAt: '2026-11-02T10:00:00.000Z',
          expiresAt: '2026-11-02T10:00:45.000Z',
        },
      ]);
      return yes(form);
    });
    expect((await guard.view('local')).pending).toEqual([]);
    expect(seen).toBeGreaterThan(1);
  });
});

describe('2025 alone', () => {
  test('a tool call that is cancelled while the call is read asks nobody', async () => {
    const { guard, ports } = withCall();
    const controller = new AbortController();
    const { read: look } = ports.calls;
    ports.calls.read = (id, how) => {
      controller.abort();
      return look(id, how);
    };
    let asked = 0;
    const person: Person = (form) => {
      asked += 1;
      return yes(form);
    };
    const refusal = await failure(
      authorize(guard, hangUp('s-1'), await asker('2025', guard, person, undefined, controller.signal)),
    );
    expect(refusal.details.reason).toBe('cancelled');
    expect(asked).toBe(0);
  });

  test('an unanswered question times out by itself', async () => {
    const { guard, clock } = withCall();
    const asked = new Promise<void>((resolve) => {
      guard.onChange(resolve);
    });
    const refusal = failure(createHost('2025', guard).authorize(hangUp('s-1'), never));
    await asked;
    await Promise.resolve();
    clock.advance(45_000);
    expect((await refusal).details.reason).toBe('timed_out');
  });

  test('a host that answers with an error cannot ask', async () => {
    const { guard } = withCall();
    const refusal = await failure(
      createHost('2025', guard).authorize(hangUp('s-1'), () => Promise.reject(new Error('Method not found'))),
    );
    expect(refusal.details.reason).toBe('unsupported');
  });

  test('a tool call that the host cancels ends its question, and nothing runs', async () => {
    const { guard } = withCall();
    const controller = new AbortController();
    const person: Person = () => {
      controller.abort();
      return new Promise(() => {});
    };
    const refusal = await failure(
      authorize(guard, hangUp('s-1'), await asker('2025', guard, person, undefined, controller.signal)),
    );
    expect(refusal.details.reason).toBe('cancelled');
    expect((await guard.view('local')).pending).toEqual([]);
  });
});

describe('2026 alone', () => {
  const askOnce = async ({ guard }: ReturnType<typeof guardTestbed>, act = hangUp('s-1')) => {
    const decision = await authorize(guard, act, await asker('2026', guard, yes));
    if (decision.kind !== 'question') throw new Error('not asked');
    const { state, form } = questionOf(decision.result);
    return { state, answer: await yes(form) };
  };

  test('an answer works once', async () => {
    const all = withCall();
    const returned = await askOnce(all);
    const again = () => asker('2026', all.guard, yes, returned);
    expect((await authorize(all.guard, hangUp('s-1'), await again())).kind).toBe('permit');
    const replay = await failure(authorize(all.guard, hangUp('s-1'), await again()));
    expect(replay.details.reason).toBe('invalid');
  });

  test('two replays at the same time: one acts', async () => {
    const all = withCall();
    const returned = await askOnce(all);
    const asked = await Promise.all([1, 2].map(() => asker('2026', all.guard, yes, returned)));
    const settled = await Promise.allSettled(asked.map((one) => authorize(all.guard, hangUp('s-1'), one)));
    expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test.each([
    ['another principal', hangUp('s-1', { principal: 'mallory' })],
    ['another call', hangUp('s-2')],
    ['another tool', hangUp('s-1', { tool: 'delete_call_party' })],
    ['another argument', hangUp('s-1', { args: { telephonySessionId: 's-1', force: true } })],
  ])('an answer is worth nothing to %s, and is used up', async (_, other) => {
    const all = withCall();
    all.ports.sessions.set('s-2', inboundCall('s-2'));
    const returned = await askOnce(all);
    const stolen = await failure(authorize(all.guard, other, await asker('2026', all.guard, yes, returned)));
    expect(stolen.details.reason).toBe('invalid');
    const late = await failure(
      authorize(all.guard, hangUp('s-1'), await asker('2026', all.guard, yes, returned)),
    );
    expect(late.details.reason).toBe('invalid');
  });

  test('tampered state is refused before the tool runs, and so is that of another process', async () => {
    const all = withCall();
    const { state, answer } = await askOnce(all);
    const [head = '', body = '', mac = ''] = state.split('.');
    const forged = [head, `${body.slice(0, -4)}AAAA`, mac].join('.');
    await expect(asker('2026', all.guard, yes, { state: forged, answer })).rejects.toThrow();
    const restarted = withCall();
    await expect(asker('2026', restarted.guard, yes, { state, answer })).rejects.toThrow();
  });

  test('state without an answer is no yes', async () => {
    const all = withCall();
    const { state } = await askOnce(all);
    const refusal = await failure(
      authorize(all.guard, hangUp('s-1'), await asker('2026', all.guard, yes, { state, answer: undefined })),
    );
    expect(refusal.details.reason).toBe('invalid');
  });

  test('two questions at once have their own answers; a fourth is refused until one is closed', async () => {
    const all = withCall();
    const calls = ['s-1', 's-2', 's-3', 's-4'];
    for (const id of calls) all.ports.sessions.set(id, inboundCall(id));
    const [first, second] = [await askOnce(all, hangUp('s-1')), await askOnce(all, hangUp('s-2'))];
    await askOnce(all, hangUp('s-3'));
    expect((await failure(askOnce(all, hangUp('s-4')))).kind).toBe('denied');
    for (const [id, returned] of [
      ['s-2', second],
      ['s-1', first],
    ] as const) {
      const decision = await authorize(all.guard, hangUp(id), await asker('2026', all.guard, yes, returned));
      expect(decision.kind).toBe('permit');
    }
    await askOnce(all, hangUp('s-4'));
  });
});
