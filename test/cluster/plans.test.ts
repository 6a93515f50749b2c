import { randomBytes } from 'node:crypto';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { HeldCall, LivePlan, PlanInterruption, PlanView } from '../../src/app/plan.ts';
import { createPlanBoard, type PlanBoard } from '../../src/app/plan-board.ts';
import { Plans } from '../../src/app/plans.ts';
import type { SessionView } from '../../src/calls/store/views.ts';
import { createPlanBoards } from '../../src/cluster/plans/plan-boards.ts';
import type { Redis } from '../../src/cluster/redis/redis.ts';
import { Failure } from '../../src/shared/failure.ts';
import { createSealer } from '../../src/team/seal.ts';
import { newTeamKey, teamKeys } from '../../src/team/team-keys.ts';
import { inboundCall } from '../guard/support/fake-ports.ts';
import { manualClock } from '../support/clock.ts';
import { hasRedis, openTestRedis, type RedisServer, startRedis, withoutRedis } from '../support/redis.ts';

const log = pino({ level: 'silent' });

/** A plan that does what the test says; interrupted, it ends. */
function planOf(id: string, { principal = 'key:ann', grant, calls = {} }: Partial<PlanOptions> = {}) {
  const interruptions: PlanInterruption[] = [];
  let view: PlanView = {
    ...{
      planId: id,
      plan: 'consult_and_transfer',
      state: 'running',
      says: 'It has begun.',
      steps: [],
      calls,
    },
    startedAt: '2026-11-02T10:00:00.000Z',
  };
  let end: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const become = (next: Partial<PlanView>) => {
    view = { ...view, ...next };
  };
  const finish = (says: string) => {
    become({ state: 'ended', ending: 'done', says });
    end();
  };
  const plan: LivePlan = {
    ...{ id, principal, ended, ...(grant !== undefined && { grant }) },
    view: () => view,
    get calls() {
      return view.calls;
    },
    interrupt(why) {
      interruptions.push(why);
      finish(`Interrupted: ${why}.`);
    },
  };
  return { plan, interruptions, become, finish };
}
interface PlanOptions {
  principal: string;
  grant: string;
  calls: Record<string, string>;
}

/** @param open two ends of the same board: two replicas, or twice the same process */
const claimsHoldFor = (open: () => Promise<[PlanBoard, PlanBoard]>) => {
  it('two plans want one call at once: one has it, until it ends', async () => {
    const [a, b] = await open();
    const claims = await Promise.all([a.claim(['s-1', 's-2']), b.claim(['s-2', 's-3'])]);
    const [got, refused] = 'takenBy' in (claims[0] as object) ? [claims[1], claims[0]] : claims;
    expect(got).toEqual({ planId: 'p1' });
    expect(refused).toEqual({ takenBy: 'p1' });
    const { plan, finish } = planOf('p1', { calls: { caller: 's-2' } });
    const winner = got === claims[0] ? a : b;
    winner.show(plan);
    finish('Done.');
    winner.show(plan);
    await expect.poll(() => a.claim(['s-2'])).toEqual({ planId: 'p2' });
    expect(await b.claim(['s-2'])).toEqual({ takenBy: 'p2' });
  });

  it('a call that a plan has made is its own, too', async () => {
    const [a, b] = await open();
    await a.claim(['s-1']);
    const { plan, become } = planOf('p1', { calls: { caller: 's-1' } });
    become({ calls: { caller: 's-1', consultation: 's-9' } });
    a.show(plan);
    await a.look();
    await expect
      .poll(async () => ('takenBy' in ((await b.claim(['s-9'])) as object) ? 'taken' : 'free'))
      .toBe('taken');
  });

  it('ten run at once, of both together', async () => {
    const [a, b] = await open();
    for (let n = 1; n <= 10; n += 1)
      expect(await (n % 2 ? a : b).claim([`s-${n}`])).toEqual({ planId: `p${n}` });
    expect(await a.claim(['s-11'])).toBe('full');
  });
};

describe('plans in memory', () =>
  claimsHoldFor(async () => {
    const board = createPlanBoard();
    return [board, board];
  }));

describe.skipIf(!hasRedis)(hasRedis ? 'plans on Redis' : withoutRedis, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server?.stop());

  const sealer = createSealer(teamKeys(newTeamKey()));

  /** Two replicas that have the same line open. `lose`: whose answers of Redis are lost. */
  async function replicas() {
    const prefix = `test-${randomBytes(6).toString('hex')}`;
    const one = async () => {
      const opened = await openTestRedis(server.url, prefix);
      let loses = false;
      const redis: Redis = Object.create(opened, {
        run: {
          async value(...args: Parameters<Redis['run']>) {
            const answer = await opened.run(...args);
            if (loses) throw new Failure('unavailable', 'lost');
            return answer;
          },
        },
        key: { value: (...parts: string[]) => opened.key(...parts) },
        send: { value: (...args: Parameters<Redis['send']>) => opened.send(...args) },
        clock: { get: () => opened.clock },
        replica: { get: () => opened.replica },
      });
      const boards = createPlanBoards({ redis, sealer, log, leaseMs: 1_500, renewMs: 50 });
      onTestFinished(async () => {
        boards.close();
        await opened.close();
      });
      const sessions = new Map<string, SessionView>();
      let changed: (change: { telephonySessionId: string }) => void = () => {};
      const calls = {
        session: (id: string) => sessions.get(id),
        onChange(listener: typeof changed) {
          changed = listener;
          return () => {};
        },
      };
      const clock = manualClock();
      const board = boards.of('a line');
      const plans = new Plans({ calls, clock, log, board });
      const show = (call: SessionView) => {
        sessions.set(call.id, call);
        changed({ telephonySessionId: call.id });
      };
      const loseAnswers = (lost: boolean) => {
        loses = lost;
      };
      return { redis, close: () => opened.close(), board, plans, show, clock, loseAnswers };
    };
    return { prefix, a: await one(), b: await one() };
  }
  type Replica = Awaited<ReturnType<typeof replicas>>['a'];

  async function begin({ plans }: Replica, options: Partial<PlanOptions> = {}) {
    const claimed = await plans.claim(Object.values(options.calls ?? {}));
    if (claimed === 'full' || 'takenBy' in claimed) throw new Error(`not begun: ${JSON.stringify(claimed)}`);
    const made = planOf(claimed.planId, options);
    plans.add(made.plan);
    return made;
  }
  const seenAt = async ({ plans }: Replica, planId: string, principal = 'key:ann') => {
    await plans.catchUp();
    return plans.find(planId, principal)?.view();
  };
  const held = (telephonySessionId = 's-1'): HeldCall => ({
    ...{ planId: 'p1', principal: 'key:ann', telephonySessionId, partyId: 's-1-2' },
    ...{ who: '+14155550199', since: 1_000 },
  });

  claimsHoldFor(async () => {
    const { a, b } = await replicas();
    return [a.board, b.board];
  });

  it('how a plan stands is known at the other replica, to its principal alone', async () => {
    const { a, b } = await replicas();
    const { plan, become } = await begin(a, { calls: { caller: 's-1' } });
    await expect.poll(() => seenAt(b, 'p1')).toEqual(plan.view());
    become({ says: 'hold: done.', calls: { caller: 's-1', consultation: 's-2' } });
    a.plans.changed();
    await expect.poll(() => seenAt(b, 'p1')).toMatchObject({ says: 'hold: done.' });
    expect(b.plans.of('key:ann').map(({ id }) => id)).toEqual(['p1']);
    expect(b.plans.touching('s-2')).toBe('p1');
    expect(await seenAt(b, 'p1', 'key:bob')).toBeUndefined();
    expect(b.plans.of('key:bob')).toEqual([]);
  });

  it('its end is waited for at the other replica, and told in the same words', async () => {
    const { a, b } = await replicas();
    const { plan, finish } = await begin(a, { calls: { caller: 's-1' } });
    await expect.poll(() => seenAt(b, 'p1')).toBeDefined();
    const known = b.plans.find('p1', 'key:ann');
    finish('Connected.');
    await known?.ended;
    expect(known?.view()).toEqual(plan.view());
    expect(b.plans.of('key:ann')).toEqual([]);
    expect(await seenAt(b, 'p1')).toEqual(plan.view());
  });

  it('a change at one replica is told to whoever watches at the other', async () => {
    const { a, b } = await replicas();
    const told = new Promise<void>((resolve) => {
      b.plans.onChange(() => b.plans.of('key:ann').length === 1 && resolve());
    });
    await begin(a, { calls: { caller: 's-1' } });
    await told;
  });

  it('is cancelled from the other replica: the one that runs it ends it', async () => {
    const { a, b } = await replicas();
    const { interruptions } = await begin(a, { calls: { caller: 's-1' } });
    await expect.poll(() => seenAt(b, 'p1')).toBeDefined();
    const known = b.plans.find('p1', 'key:ann');
    if (known) await b.plans.cancel(known);
    await known?.ended;
    expect(interruptions).toEqual(['cancelled']);
    expect(known?.view()).toMatchObject({ state: 'ended', says: 'Interrupted: cancelled.' });
  });

  it('what ends a login or a permission at one replica ends its plans at all, the end of a replica does not', async () => {
    const { a, b } = await replicas();
    const anns = await begin(a, { calls: { caller: 's-1' } });
    const bobs = await begin(a, { principal: 'key:bob', calls: { caller: 's-2' } });
    const apps = await begin(a, { principal: 'key:eve', grant: 'g-1', calls: { caller: 's-3' } });
    await expect.poll(() => b.board.others.length).toBe(3);
    b.plans.interruptOf(new Set(['key:ann']), 'login gone');
    b.plans.interruptOfApp('g-1');
    b.plans.interruptAll('server ends');
    await Promise.all([anns.plan.ended, apps.plan.ended]);
    expect([anns, bobs, apps].map(({ interruptions }) => interruptions)).toEqual([
      ['login gone'],
      [],
      ['permission gone'],
    ]);
  });

  it('with its replica a plan is over: it is told so, its call is free, and who is on hold is known', async () => {
    const { a, b } = await replicas();
    await begin(a, { calls: { caller: 's-1' } });
    (await a.plans.noteHold(held()))(true);
    await expect.poll(() => seenAt(b, 'p1')).toBeDefined();
    await expect.poll(() => b.plans.held()).toEqual([held()]);
    const known = b.plans.find('p1', 'key:ann');
    await a.close();
    await known?.ended;
    expect(known?.view()).toMatchObject({ state: 'ended', ending: 'stopped' });
    expect(known?.view().says).toMatch(/^It was interrupted: the replica .* It has begun\.$/);
    expect(b.plans.held()).toEqual([{ ...held(), leftBy: 'replica' }]);
    expect(b.plans.touching('s-1')).toBeUndefined();
    expect(await b.plans.claim(['s-1'])).toEqual({ planId: 'p2' });
  });

  it('a hold is noted before it is done: a replica that dies meanwhile has said whose it was', async () => {
    const { a, b } = await replicas();
    await begin(a, { calls: { caller: 's-1' } });
    await a.plans.noteHold(held());
    await b.plans.catchUp();
    expect(b.plans.held()).toEqual([]);
    await a.close();
    await expect.poll(() => b.plans.held()).toEqual([{ ...held(), leftBy: 'replica' }]);
  });

  it('who is not on hold any more is forgotten everywhere', async () => {
    const { a, b } = await replicas();
    await begin(a, { calls: { caller: 's-1' } });
    a.show(inboundCall('s-1', 'Hold'));
    (await a.plans.noteHold(held()))(true);
    await expect.poll(() => b.plans.held()).toHaveLength(1);
    // Nobody forgets for a replica that lives: the others may only be late.
    b.plans.forgetAbsent();
    expect(b.plans.held()).toHaveLength(1);
    b.show(inboundCall('s-1', 'Answered'));
    b.clock.advance(60_000);
    expect(b.plans.held()).toHaveLength(1);
    a.show(inboundCall('s-1', 'Answered'));
    await expect.poll(() => b.plans.held()).toEqual([]);
  });

  it('whom a replica has left on hold is forgotten once the call has been seen so for a while', async () => {
    const { a, b } = await replicas();
    await begin(a, { calls: { caller: 's-1' } });
    (await a.plans.noteHold(held()))(true);
    await expect.poll(() => b.plans.held()).toHaveLength(1);
    await a.close();
    await expect.poll(() => b.plans.held()).toMatchObject([{ leftBy: 'replica' }]);
    b.show(inboundCall('s-1', 'Answered'));
    expect(b.plans.held()).toEqual([]);
    b.show(inboundCall('s-1', 'Hold'));
    b.clock.advance(5_000);
    expect(b.plans.held()).toHaveLength(1);
    b.show(inboundCall('s-1', 'Answered'));
    b.clock.advance(5_000);
    await expect.poll(() => b.redis.send('HLEN', b.redis.key('plans', 'a line', 'held'))).toBe(0);
  });

  it('a plan whose replica cannot reach Redis turns back, and is not its own any more', async () => {
    const { a, b } = await replicas();
    const { plan, interruptions } = await begin(a, { calls: { caller: 's-1' } });
    await expect.poll(() => seenAt(b, 'p1')).toBeDefined();
    expect(await a.plans.standing('p1')).toBe('goes on');
    server.freeze();
    expect(await a.plans.standing('p1')).toBe('unknown');
    await expect(b.plans.claim(['s-9'])).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(a.plans.noteHold(held())).rejects.toMatchObject({ kind: 'unavailable' });
    const known = b.plans.find('p1', 'key:ann');
    await expect(b.plans.cancel(known ?? plan)).rejects.toMatchObject({ kind: 'unavailable' });
    await plan.ended;
    server.thaw();
    expect(interruptions[0]).toBe('cut off');
    await known?.ended;
  });

  it('a plan that the others have taken for ended is not carried on', async () => {
    const { a, b } = await replicas();
    const { plan, interruptions } = await begin(a, { calls: { caller: 's-1' } });
    await expect.poll(() => seenAt(b, 'p1')).toBeDefined();
    await b.redis.send('DEL', b.redis.key('plans', 'a line', 'replicas'));
    await plan.ended;
    expect(interruptions).toEqual(['cut off']);
    expect(await a.plans.standing('p1')).toBe('over');
    expect(await b.plans.claim(['s-1'])).toEqual({ planId: 'p2' });
  });

  it('calls that were claimed for a plan which nobody has begun are free again', async () => {
    const { a, b } = await replicas();
    await begin(a, { calls: { caller: 's-9' } });
    a.loseAnswers(true);
    await expect(a.plans.claim(['s-1'])).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await b.plans.claim(['s-1'])).toEqual({ takenBy: 'p2' });
    a.loseAnswers(false);
    await expect.poll(() => b.plans.claim(['s-1'])).toHaveProperty('planId');
  });

  it('a replica that ends in order leaves at once', async () => {
    const { a, b } = await replicas();
    const { finish } = await begin(a, { calls: { caller: 's-1' } });
    (await a.plans.noteHold(held()))(true);
    await expect.poll(() => b.plans.held()).toEqual([held()]);
    finish('Told.');
    await a.plans.ended(1_000);
    await expect.poll(() => b.plans.held()).toEqual([{ ...held(), leftBy: 'replica' }]);
    expect(await seenAt(b, 'p1')).toMatchObject({ state: 'ended', says: 'Told.' });
  });

  it('nothing of a plan or a hold can be read in Redis, and every key ends by itself', async () => {
    const { prefix, a, b } = await replicas();
    await begin(a, { calls: { caller: 's-1' } });
    (await a.plans.noteHold(held()))(true);
    await expect.poll(() => b.plans.held()).toHaveLength(1);
    await expect.poll(() => seenAt(b, 'p1')).toBeDefined();
    for (const part of ['shown', 'held'])
      expect(await server.cli('HVALS', `${prefix}:plans:a line:${part}`)).not.toMatch(/begun|ann|4155550199/);
    for (const name of (await server.cli('KEYS', `${prefix}:*`)).split('\n'))
      expect(await server.cli('PTTL', name)).not.toBe('-1');
  });
});
