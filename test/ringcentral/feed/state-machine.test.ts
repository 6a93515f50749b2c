import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FeedFault } from '../../../src/ringcentral/feed/feed-fault.ts';
import {
  type FeedEffect,
  type FeedInput,
  type FeedPhase,
  type FeedSession,
  initial,
} from '../../../src/ringcentral/feed/session-state.ts';
import { statusOf } from '../../../src/ringcentral/feed/session-status.ts';
import { step } from '../../../src/ringcentral/feed/state-machine.ts';
import { defaultTiming } from '../../../src/ringcentral/feed/timing.ts';

const circumstances = { now: 0, random: 0.5, timing: defaultTiming };
const passing: FeedFault = { kind: 'passing', message: 'broken' };
const denied: FeedFault = { kind: 'denied', message: 'no permission' };
const refused: FeedFault = { kind: 'refused', message: 'refused' };

/** Runs inputs one after the other; `at` moves the clock. */
function run(inputs: readonly (FeedInput & { at?: number })[], from: FeedSession = initial) {
  let session = from;
  const effects: FeedEffect[] = [];
  for (const { at = 0, ...input } of inputs) {
    const result = step(session, input as FeedInput, { ...circumstances, now: at });
    session = result.session;
    effects.push(...result.effects);
  }
  return { session, effects, done: effects.map((effect) => effect.do) };
}

const token = { type: 'token', uri: 'ws://x', presence: true } as const;
const wsc = { type: 'recoveryToken', token: 'r1', sequence: 1 } as const;
const toLive = [
  { type: 'start' },
  token,
  wsc,
  { type: 'connected' },
  { type: 'subscribed' },
  { type: 'resynced' },
] as const;
const lost = { type: 'lost', trouble: passing, aliveAt: 0 } as const;
const live = run(toLive).session;

describe('the event session', () => {
  it('goes from idle to live, and has the calls read on the way', () => {
    const { session, done } = run(toLive);
    expect(session.phase).toBe('live');
    expect(done).toEqual(['fetchToken', 'connect', 'timeout', 'subscribe', 'timeout', 'gap']);
  });

  it('takes up where the lost connection stopped', () => {
    const { session, effects } = run([lost, { type: 'timeout' }, token], live);
    expect(effects).toContainEqual({ do: 'connect', uri: 'ws://x', recoveryToken: 'r1' });
    expect(statusOf(session, 0).state).toBe('recovering');
    const back = run([{ type: 'connected', recovery: 'Successful' }, { type: 'probeAnswered' }], session);
    expect(back.session.phase).toBe('live');
    expect(back.done).toEqual(['probe', 'timeout']);
  });

  it.each([
    ['Failed', 'Failed'],
    ['without a verdict', undefined],
  ] as const)('subscribes anew on the same connection after a recovery that is %s', (_, recovery) => {
    const { session, done } = run(
      [
        lost,
        { type: 'timeout' },
        token,
        { type: 'connected', ...(recovery ? { recovery } : {}) },
        { type: 'subscribed' },
      ],
      live,
    );
    expect(session.phase).toBe('resyncing');
    expect(done.slice(-3)).toEqual(['subscribe', 'timeout', 'gap']);
  });

  it('does not take a recovered context for subscribed that never was', () => {
    const early = run([
      { type: 'start' },
      token,
      wsc,
      { type: 'connected' },
      lost,
      { type: 'timeout' },
      token,
    ]);
    expect(early.effects).not.toContainEqual(expect.objectContaining({ recoveryToken: 'r1' }));
    expect(run([{ type: 'connected', recovery: 'Successful' }], early.session).session.phase).toBe(
      'subscribing',
    );
  });

  const recovering = (keeps: FeedSession['keeps']) =>
    run([lost, { type: 'timeout' }, token, { type: 'connected', recovery: 'Successful', keeps }], live)
      .session;

  it('finds more missed events than the gateway keeps', () => {
    const notified = { type: 'notified' } as const;
    const keeps = { events: 2, ms: 1_000 };
    expect(run([notified, { type: 'probeAnswered' }], recovering(keeps)).session.phase).toBe('live');
    expect(run([notified, notified, { type: 'probeAnswered' }], recovering(keeps)).session.phase).toBe(
      'resyncing',
    );
  });

  it('finds a loss longer than the gateway keeps', () => {
    const keeps = { events: 100, ms: 1_000 };
    expect(run([{ type: 'probeAnswered', at: 1_000 }], recovering(keeps)).session.phase).toBe('live');
    expect(run([{ type: 'probeAnswered', at: 1_001 }], recovering(keeps)).session.phase).toBe('resyncing');
  });

  it.each([
    ['lost', lost],
    ['silent', { type: 'timeout' } as const],
  ])('does not trust a recovery that was %s half-way: its token may be beyond what never came', (_, end) => {
    const again = run(
      [
        end,
        { type: 'timeout' },
        token,
        { type: 'connected', recovery: 'Successful' },
        { type: 'probeAnswered' },
      ],
      recovering({ events: 100, ms: 180_000 }),
    );
    expect(again.session.phase).toBe('resyncing');
  });

  it('is not live when the calls were read before the loss that it is told of later', () => {
    const failed = run(
      [lost, { type: 'timeout' }, token, { type: 'connected', recovery: 'Failed' }],
      live,
    ).session;
    expect(run([{ type: 'resynced' }, { type: 'subscribed' }], failed).session.phase).toBe('resyncing');
  });

  it('waits longer with each try, at least as long as told, and starts anew after a steady time', () => {
    const waits: number[] = [];
    let session = live;
    for (let n = 0; n < 7; n += 1) {
      const { session: next, effects } = run(
        [n === 0 ? lost : { type: 'failed', trouble: passing }],
        session,
      );
      waits.push(...effects.flatMap((effect) => (effect.do === 'timeout' ? [effect.ms] : [])));
      session = run([{ type: 'timeout' }], next).session;
    }
    expect(waits).toEqual([1_000, 4_000, 15_000, 30_000, 60_000, 100_000, 100_000]);
    const told = run([{ type: 'failed', trouble: { ...passing, retryAfterSeconds: 300 } }], session);
    expect(told.effects).toContainEqual({ do: 'timeout', ms: 300_000 });
    const again = run(
      [token, { type: 'connected' }, { type: 'subscribed' }, { ...lost, at: 60_000 }],
      session,
    );
    expect(again.effects).toContainEqual({ do: 'timeout', ms: 1_000 });
  });

  it('keeps within the five requests of the Auth group a minute while nothing works', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 40, maxLength: 40 }),
        (randoms) => {
          const asked: number[] = [];
          let now = 0;
          let session = step(initial, { type: 'start' }, circumstances).session;
          for (const random of randoms) {
            asked.push(now);
            const failed = step(
              session,
              { type: 'failed', trouble: passing },
              { ...circumstances, now, random },
            );
            const [wait] = failed.effects.flatMap((effect) => (effect.do === 'timeout' ? [effect.ms] : []));
            now += wait ?? 0;
            session = step(failed.session, { type: 'timeout' }, { ...circumstances, now }).session;
          }
          for (const start of asked) {
            expect(asked.filter((time) => time >= start && time < start + 60_000).length).toBeLessThanOrEqual(
              5,
            );
          }
        },
      ),
    );
  });

  it('comes back within seconds for as long as tries cost nothing of the limits', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 200 }), (randoms) => {
        let session = run([{ type: 'start' }]).session;
        for (const random of randoms) {
          const failed = step(
            session,
            { type: 'failed', trouble: { ...passing, free: true } },
            { ...circumstances, random },
          );
          const [wait = 0] = failed.effects.flatMap((effect) => (effect.do === 'timeout' ? [effect.ms] : []));
          // With the time for a handshake within ten seconds of the end of an outage.
          expect(wait).toBeLessThanOrEqual(4_000);
          session = step(failed.session, { type: 'timeout' }, circumstances).session;
        }
        const costly = step(session, { type: 'failed', trouble: passing }, circumstances);
        expect(costly.effects).toContainEqual({ do: 'timeout', ms: 1_000 });
      }),
    );
  });

  it('says how long is left until the next try, and keeps the cause when only our own count makes it wait', () => {
    const { session } = run([{ ...lost, trouble: { ...passing, retryAfterSeconds: 60 } }], live);
    expect(statusOf(session, 0).reason).toBe('broken; next try in 60 s');
    expect(statusOf(session, 45_500).reason).toBe('broken; next try in 15 s');
    expect(statusOf(session, 60_000).reason).toBe('broken');
    const limit = { kind: 'passing', message: 'no request is left', waiting: true } as const;
    const waiting = run([{ type: 'timeout' }, { type: 'failed', trouble: limit }], session).session;
    expect(statusOf(waiting, 4_000).reason).toBe('broken');
    const { effects } = run(
      [{ type: 'timeout' }, { type: 'failed', trouble: { ...limit, retryAfterSeconds: 60 } }],
      session,
    );
    // Not together with the other servers of this login.
    expect(effects).toContainEqual({ do: 'timeout', ms: 69_000 });
    const first = run([{ type: 'start' }, { type: 'failed', trouble: limit }]).session;
    expect(statusOf(first, 60_000).reason).toBe('no request is left');
  });

  it('gives up for good at a missing permission, and at the fifth refusal in a row', () => {
    expect(run([{ type: 'start' }, { type: 'failed', trouble: denied }]).session.phase).toBe('denied');
    const refusal = [{ type: 'failed', trouble: refused }, { type: 'timeout' }] as const;
    const tried = run([{ type: 'start' }, ...refusal, ...refusal, ...refusal, ...refusal]).session;
    expect(tried.phase).toBe('token');
    const { session, done } = run([{ type: 'failed', trouble: refused }], tried);
    expect(statusOf(session, 0)).toEqual({ state: 'denied', reason: 'refused' });
    expect(done).toEqual(['drop']);
  });

  it('does without presence before it gives up', () => {
    const { session, effects } = run([
      { type: 'start' },
      token,
      { type: 'connected' },
      { type: 'failed', trouble: denied },
    ]);
    expect(session.phase).toBe('subscribing');
    expect(effects).toContainEqual({ do: 'subscribe', presence: false });
    expect(run([{ type: 'failed', trouble: denied }], session).session.phase).toBe('denied');
  });

  it('tells of a gap for each message that it cannot read, and leaves a gateway that sends only such', () => {
    const unreadable = { type: 'unreadable', what: 'a message' } as const;
    expect(run([unreadable], live).done).toEqual(['gap']);
    expect(
      run(
        Array.from({ length: 11 }, () => unreadable),
        live,
      ).session.phase,
    ).toBe('waiting');
  });

  it('keeps the newest recovery token, and any that comes with a new connection', () => {
    const other = { type: 'recoveryToken', token: 'r0', sequence: 0 } as const;
    expect(run([other], live).session.recovery?.token).toBe('r1');
    expect(run([lost, { type: 'timeout' }, token, other], live).session.recovery?.token).toBe('r0');
  });
});

/** Any input in any order: what the network, the platform and the timers can do to the session. */
const trouble = fc.record({
  kind: fc.constantFrom('passing', 'passing', 'passing', 'refused', 'denied'),
  message: fc.constant('trouble'),
});
const input: fc.Arbitrary<FeedInput> = fc.oneof(
  fc.constantFrom<FeedInput>(
    { type: 'start' },
    token,
    wsc,
    { type: 'subscribed' },
    { type: 'notified' },
    { type: 'probeAnswered' },
    { type: 'timeout' },
    { type: 'resynced' },
    { type: 'unreadable', what: 'a message' },
  ),
  fc.record({ type: fc.constant('connected'), recovery: fc.constantFrom('Successful', 'Failed', undefined) }),
  fc.record({ type: fc.constant('failed'), trouble }),
  fc.record({ type: fc.constant('lost'), trouble, aliveAt: fc.nat(1_000_000) }),
) as fc.Arbitrary<FeedInput>;

describe('whatever happens', () => {
  const walk = (
    check: (
      before: FeedSession,
      input: FeedInput,
      after: FeedSession,
      effects: readonly FeedEffect[],
    ) => void,
  ) =>
    fc.assert(
      fc.property(fc.array(fc.tuple(input, fc.nat(120_000)), { maxLength: 60 }), (inputs) => {
        let session = initial;
        let now = 0;
        for (const [next, passed] of inputs) {
          now += passed;
          const result = step(session, next, { now, random: 0.5, timing: defaultTiming });
          check(session, next, result.session, result.effects);
          session = result.session;
        }
      }),
      { numRuns: 1_000 },
    );

  it('it never hangs: every phase that waits for others has a deadline or something under way', () => {
    const entered: Partial<Record<FeedPhase, FeedEffect['do']>> = {
      token: 'fetchToken',
      connecting: 'timeout',
      subscribing: 'timeout',
      recovering: 'timeout',
      waiting: 'timeout',
    };
    walk((before, _, after, effects) => {
      const needed = entered[after.phase];
      if (needed && before.phase !== after.phase)
        expect(effects.map((effect) => effect.do)).toContain(needed);
    });
  });

  it('it is live only when every loss has been told and read again', () => {
    let missing = true;
    let told = false;
    walk((before, input, after, effects) => {
      const anew = before === initial;
      const unrecovered =
        before.phase === 'connecting' && input.type === 'connected' && input.recovery !== 'Successful';
      const brokenOff = before.phase === 'recovering' && after.phase === 'waiting';
      if (anew || unrecovered || brokenOff || (input.type === 'unreadable' && after !== before)) {
        missing = true;
        told = false;
      }
      if (effects.some((effect) => effect.do === 'gap')) {
        missing = true;
        told = true;
      } else if (input.type === 'resynced' && told) {
        missing = false;
        told = false;
      }
      if (after.phase === 'live') expect(missing).toBe(false);
    });
  });

  it('denied is final', () => {
    walk((before, _, after) => {
      if (before.phase === 'denied') expect(after).toBe(before);
    });
  });
});
