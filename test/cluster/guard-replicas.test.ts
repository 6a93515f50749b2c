import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { redisGuardMemory } from '../../src/cluster/guard/redis-guard-memory.ts';
import type { Action } from '../../src/guard/action.ts';
import type { Guard } from '../../src/guard/contract.ts';
import { createGuard, type GuardOptions } from '../../src/guard/guard.ts';
import { presets } from '../../src/guard/policy/presets.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { type TeamKeys, teamKey } from '../../src/team/team-keys.ts';
import {
  action,
  createFakePorts,
  dial,
  hangUp,
  hold,
  inboundCall,
  own,
  party,
  session,
  transfer,
} from '../guard/support/fake-ports.ts';
import {
  asker,
  authorize,
  createHost,
  failure,
  grant,
  type Permit,
  questionOf,
  yes,
} from '../guard/support/host.ts';
import { hasRedis, type RedisServer, startRedis, withoutRedis } from '../support/redis.ts';
import { redisBed, testKeys } from './support/guard-memories.ts';

let server: RedisServer;
beforeAll(async () => {
  if (hasRedis) server = await startRedis();
});
afterAll(() => server?.stop());

const answered = { action: 'accept', content: { confirm: true } };
const park = (id: string) =>
  action('call_park_party', 'redirect', { telephonySessionId: id, partyId: `${id}-2` });

/** One line, with a guard at each of several replicas, and every request that they sent. */
async function replicated() {
  const bed = await redisBed(server.url);
  const ports = createFakePorts(Date.now);
  ports.sessions.set('s-1', inboundCall('s-1'));
  const written: string[] = [];
  const start = async ({ keys = testKeys, ...options }: Partial<GuardOptions> & { keys?: TeamKeys } = {}) => {
    const redis = await bed.open();
    return createGuard({
      ...{ policy: presets.standard, readOnly: false, allowUnconfirmed: [], sandbox: false, phone: 'Desk' },
      ...{ calls: ports.calls, directory: ports.directory },
      ...{ clock: systemClock, log: pino({ level: 'silent' }) },
      audit: { write: ({ event }) => void written.push(event) },
      memory(about) {
        const memory = redisGuardMemory({ redis, line: 'rc:1:2', keys })(about);
        onTestFinished(() => memory.close());
        return memory;
      },
      ...options,
    });
  };
  return { ports, start, written, bed };
}

/** A yes of a host of 2026 to the question that this state is of, brought to a guard. */
async function bring(guard: Guard, state: string, act: Action): Promise<Permit> {
  const decision = await authorize(guard, act, await asker('2026', guard, yes, { state, answer: answered }));
  if (decision.kind === 'question') throw new Error('asked again');
  return decision;
}
async function stateOf(guard: Guard, act: Action): Promise<string> {
  const decision = await authorize(guard, act, await asker('2026', guard, yes));
  if (decision.kind !== 'question') throw new Error('nobody was asked');
  return questionOf(decision.result).state;
}

describe.skipIf(!hasRedis)(hasRedis ? 'guards of several replicas' : withoutRedis, () => {
  it('a question of one replica is answered at another, and does one act', async () => {
    const { start } = await replicated();
    const [here, there] = [await start(), await start()];
    const state = await stateOf(here, hangUp('s-1'));
    expect((await there.view('local')).pending).toHaveLength(1);
    const permit = await bring(there, state, hangUp('s-1'));
    await permit.done({ result: 'observed' });
    for (const guard of [here, there]) {
      const refused = await failure(bring(guard, state, hangUp('s-1')));
      expect(refused).toMatchObject({ kind: 'not_confirmed', details: { reason: 'invalid' } });
    }
    expect((await here.view('local')).pending).toEqual([]);
  });

  it('however many bring the same yes at once, one act is let through', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(2), { minLength: 2, maxLength: 8 }), async (takers) => {
        const { start } = await replicated();
        const guards = [await start(), await start(), await start()];
        const state = await stateOf(guards[0] as Guard, hangUp('s-1'));
        const ended = await Promise.allSettled(
          takers.map((at) => bring(guards[at] as Guard, state, hangUp('s-1'))),
        );
        expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      }),
      { numRuns: 8 },
    );
  });

  it('a yes is for the act and the principal that were asked about, at every replica', async () => {
    const { start, ports } = await replicated();
    ports.sessions.set('s-2', inboundCall('s-2'));
    const [here, there] = [await start(), await start()];
    for (const other of [hangUp('s-2'), { ...hangUp('s-1'), principal: 'bob' }]) {
      const state = await stateOf(here, hangUp('s-1'));
      expect((await failure(bring(there, state, other))).details.reason).toBe('invalid');
    }
  });

  it('a replica with another policy in force takes no yes of this one', async () => {
    const { start } = await replicated();
    const [here, strict] = [await start(), await start({ policy: presets.trusted })];
    const state = await stateOf(here, hangUp('s-1'));
    await expect(bring(strict, state, hangUp('s-1'))).rejects.toThrow('mac');
    await bring(here, state, hangUp('s-1'));
  });

  it('state that was signed with the previous team key is taken while keys are changed, and no other', async () => {
    const { start } = await replicated();
    const next = { current: teamKey(new Uint8Array(32).fill(8)), previous: testKeys.current };
    const [here, there] = [await start(), await start({ keys: next })];
    await bring(there, await stateOf(here, hangUp('s-1')), hangUp('s-1'));
    const stranger = await start({ keys: { current: teamKey(new Uint8Array(32).fill(9)) } });
    const state = await stateOf(here, hangUp('s-1'));
    await expect(bring(stranger, state, hangUp('s-1'))).rejects.toThrow('mac');
  });

  it('a grant given at one replica is shown and holds at another', async () => {
    const { start } = await replicated();
    const [here, there] = [await start(), await start()];
    await createHost('2026', here).authorize(hold('s-1', 's-1-1'), grant);
    expect((await there.view('local')).grants).toHaveLength(1);
    await createHost('2026', there).authorize(hold('s-1', 's-1-1'));
    const refused = await failure(
      createHost('2026', there).authorize({ ...hold('s-1', 's-1-1'), principal: 'bob' }),
    );
    expect(refused.details.reason).toBe('unsupported');
  });

  it('a phone that was confirmed at one replica is at another', async () => {
    const { start } = await replicated();
    const [here, there] = [await start({ phone: 'none' }), await start({ phone: 'none' })];
    const one = await createHost('2026', here).authorize(dial('+12055550102'), yes);
    await one.done({ result: 'forbidden' });
    const host = createHost('2026', there);
    await host.authorize(dial('+12055550102'), yes);
    expect(host.shown[0]?.message ?? '').not.toContain('nobody has confirmed this phone');
  });

  it('caps hold over all replicas, however many act at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(3), { minLength: 6, maxLength: 14 }), async (runners) => {
        const { start, ports } = await replicated();
        const guards = await Promise.all([1, 2, 3, 4].map(() => start({ policy: presets.trusted })));
        const { outside, ringing } = presets.trusted.caps;
        for (const [at] of runners.entries()) ports.sessions.set(`s-${at}`, inboundCall(`s-${at}`));
        const acts = (one: (at: number) => Action) =>
          Promise.allSettled(
            runners.map((at, index) => createHost('2025', guards[at] as Guard).authorize(one(index))),
          ).then((ended) => ended.filter(({ status }) => status === 'fulfilled').length);
        expect(await acts(() => dial('+12055550102'))).toBe(Math.min(ringing, runners.length));
        expect(await acts(() => transfer('s-1', '+14155550177'))).toBe(Math.min(outside, runners.length));
      }),
      { numRuns: 5 },
    );
  });

  it('acts on more different calls within a minute than may go without a question ask, however they are spread', async () => {
    const { start, ports } = await replicated();
    const { calls } = presets.trusted.caps;
    const guards = await Promise.all([1, 2, 3].map(() => start({ policy: presets.trusted })));
    const ids = Array.from({ length: calls + 4 }, (_, index) => `s-${index}`);
    for (const id of ids) ports.sessions.set(id, inboundCall(id));
    const ended = await Promise.allSettled(
      ids.map((id, index) => createHost('2025', guards[index % 3] as Guard).authorize(park(id))),
    );
    const refused = ended.flatMap((one) => (one.status === 'rejected' ? [one.reason.details.reason] : []));
    expect(refused).toEqual(Array(4).fill('unsupported'));
  });

  it('who held through one replica takes back through another unasked, and nobody else does', async () => {
    const { start, ports } = await replicated();
    const [here, there] = [await start(), await start()];
    ports.show(inboundCall('s-1'));
    const permit = await createHost('2026', here).authorize(hold('s-1'));
    ports.show(inboundCall('s-1', 'Hold'));
    await permit.done({ result: 'observed' });
    const unhold = { ...hold('s-1'), tool: 'unhold_call_party' };
    const refused = await failure(createHost('2026', there).authorize({ ...unhold, principal: 'bob' }));
    expect(refused.details.reason).toBe('unsupported');
    await (await createHost('2026', there).authorize(unhold)).done({ result: 'observed' });
    // Nobody may rely on it any more, whoever holds now.
    expect((await failure(createHost('2026', there).authorize(unhold))).details.reason).toBe('unsupported');
  });

  it('a call that was placed through one replica is ended unasked through another while it rings', async () => {
    const { start, ports } = await replicated();
    const [here, there] = [await start({ policy: presets.trusted }), await start()];
    const permit = await createHost('2026', here).authorize(dial('+14155550177'));
    const rings = [
      party('s-9-1', 'Outbound', 'Answered', {}, own.extensionId),
      party('s-9-2', 'Inbound', 'Proceeding', { phoneNumber: '+14155550177' }),
    ];
    ports.sessions.set('s-9', session('s-9', rings));
    await permit.done({ result: 'accepted', telephonySessionId: 's-9' });
    const other = await failure(createHost('2026', there).authorize({ ...hangUp('s-9'), principal: 'bob' }));
    expect(other.details.reason).toBe('unsupported');
    await createHost('2026', there).authorize(hangUp('s-9'));
  });

  it('where Redis does not answer nothing is sent, and it is recorded; the policy is shown', {
    timeout: 20_000,
  }, async () => {
    const { start, written } = await replicated();
    const guard = await start();
    const state = await stateOf(guard, hangUp('s-1'));
    await createHost('2026', guard).authorize(hold('s-1'));
    written.length = 0;
    server.freeze();
    try {
      for (const act of [
        () => createHost('2026', guard).authorize(hold('s-1')),
        () => bring(guard, state, hangUp('s-1')),
      ]) {
        const refused = await failure(act());
        expect(refused).toMatchObject({
          kind: 'unavailable',
          message: expect.stringContaining('Nothing was sent'),
        });
      }
      expect(written).toEqual(['refused', 'refused']);
      expect(await guard.view('local')).toMatchObject({
        ...{ policy: { name: 'standard' }, pending: [], grants: [] },
        unread: expect.stringContaining('does not answer'),
      });
    } finally {
      server.thaw();
    }
    // The yes that could not be taken then was not taken later.
    const later = () =>
      bring(guard, state, hangUp('s-1')).then(
        ({ kind }) => kind,
        (error) => error.kind,
      );
    await expect.poll(later, { timeout: 10_000 }).toBe('permit');
  });

  it('a Redis that is killed and comes back knows what was answered and counted', {
    timeout: 20_000,
  }, async () => {
    const { start } = await replicated();
    const [here, there] = [
      await start({ policy: presets.trusted }),
      await start({ policy: presets.trusted }),
    ];
    const outside = transfer('s-1', '+14155550177');
    const { outside: most } = presets.trusted.caps;
    for (let time = 0; time < most; time += 1) await createHost('2026', here).authorize(outside);
    const open = await stateOf(here, hangUp('s-1'));
    const answeredOnce = await stateOf(here, hangUp('s-1'));
    await bring(here, answeredOnce, hangUp('s-1'));
    await server.kill();
    await server.restart();
    const kindOf = (promise: Promise<unknown>) => failure(promise).then(({ kind }) => kind);
    const counted = () => kindOf(createHost('2026', there).authorize(outside));
    await expect.poll(counted, { timeout: 10_000 }).toBe('denied');
    expect(await kindOf(bring(there, answeredOnce, hangUp('s-1')))).toBe('not_confirmed');
    await bring(there, open, hangUp('s-1'));
  });

  it('after a Redis that was emptied no yes is left, and nothing that was begun is sent twice', async () => {
    const { start, bed } = await replicated();
    const [here, there] = [await start(), await start()];
    const state = await stateOf(here, hangUp('s-1'));
    await createHost('2026', here).authorize(hold('s-1', 's-1-1'), grant);
    const redis = await bed.open();
    const key = { principal: 'local', tool: 'create_call_out_call_session', key: 'k', args: {} };
    const sent: string[] = [];
    const run = (name: string, before: () => Promise<unknown>) => async (leaving?: () => Promise<void>) => {
      await before();
      await leaving?.();
      sent.push(name);
      return name;
    };
    const isQuestion = () => false;
    const first = here.once(
      key,
      run('first', () => redis.send('FLUSHALL')),
      isQuestion,
    );
    expect((await failure(first)).kind).toBe('unavailable');
    expect(
      await there.once(
        key,
        run('second', async () => {}),
        isQuestion,
      ),
    ).toBe('second');
    expect(sent).toEqual(['second']);
    expect((await failure(bring(there, state, hangUp('s-1')))).details.reason).toBe('invalid');
    const held = await failure(createHost('2026', there).authorize(hold('s-1', 's-1-1')));
    expect(held.details.reason).toBe('unsupported');
  });

  it('what cannot be noted after the request is no failure of the act', { timeout: 20_000 }, async () => {
    const { start, written } = await replicated();
    const guard = await start({ policy: presets.trusted });
    const permit = await createHost('2026', guard).authorize(dial('+14155550177'));
    server.freeze();
    await permit.done({ result: 'accepted', telephonySessionId: 's-9' });
    server.thaw();
    expect(written).toEqual(['intent', 'outcome']);
    // Until it is known how that call stands, it rings.
    const refused = () =>
      failure(createHost('2026', guard).authorize(dial('+12055550102'))).then(({ kind }) => kind);
    await expect.poll(refused, { timeout: 10_000 }).toBe('denied');
  });
});
