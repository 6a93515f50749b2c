import { describe, expect, test } from 'vitest';
import { MAIN, OUTSIDE, Sandbox } from './harness.ts';

describe('RingOut', () => {
  function started() {
    const sandbox = new Sandbox();
    const actor = { accountId: sandbox.engine.world.account.id, extensionId: sandbox.ext('101') };
    const { id } = sandbox.engine.ringOut(actor, {
      from: { phoneNumber: '+12055550101' },
      to: { phoneNumber: OUTSIDE },
    });
    const twin = sandbox.engine.state().calls.find(({ telephonySessionId }) => telephonySessionId !== id);
    return { sandbox, id, twin: twin?.telephonySessionId ?? '' };
  }

  test('a twin session with swapped numbers, 1000 to 4000 away', () => {
    const { sandbox } = started();
    const [first, second] = sandbox.events;
    const gap = Number(second?.body.sessionId) - Number(first?.body.sessionId);
    expect([1000, 2000, 3000, 4000]).toContain(gap);
    expect(first?.party).toMatchObject({ direction: 'Outbound', from: { phoneNumber: '+12055550101' } });
    expect(second?.party).toMatchObject({
      direction: 'Inbound',
      from: { phoneNumber: OUTSIDE },
      to: { phoneNumber: '+12055550101' },
    });
  });

  test('own phone, then the target, then both talk; the end of one is the end of both', () => {
    const { sandbox, id, twin } = started();
    expect(sandbox.engine.ringOutStatus(id, sandbox.ext('101'))).toMatchObject({ callStatus: 'InProgress' });
    sandbox.act(twin, 1, 'answer');
    sandbox.clock.advance(100);
    expect(sandbox.codes(id)).toBe('1 Proceeding, 2 Proceeding');
    sandbox.act(id, 2, 'answer');
    sandbox.clock.advance(100);
    expect(sandbox.codes(id)).toBe('1 Answered, 2 Answered');
    expect(sandbox.engine.ringOutStatus(id, sandbox.ext('101'))).toMatchObject({
      callStatus: 'Success',
      callerStatus: 'Success',
    });
    expect(sandbox.refusal(() => sandbox.engine.cancelRingOut(id, sandbox.ext('101')))).toBe('409 TAS-102');
    sandbox.act(twin, 1, 'hangup');
    sandbox.clock.advance(100);
    expect([sandbox.codes(id), sandbox.codes(twin)]).toEqual([
      '1 Disconnected, 2 Disconnected',
      '1 Disconnected',
    ]);
  });

  test('connects phones only: no menu, queue or parked call', () => {
    const sandbox = new Sandbox();
    const actor = { accountId: sandbox.engine.world.account.id, extensionId: sandbox.ext('101') };
    for (const phoneNumber of [MAIN, '*801', '200']) {
      const run = () =>
        sandbox.engine.ringOut(actor, { from: { phoneNumber: OUTSIDE }, to: { phoneNumber } });
      expect(sandbox.refusal(run)).toBe('400 CMN-101');
    }
    expect(sandbox.engine.state().calls).toEqual([]);
  });

  test('nobody takes the own phone, or it is cancelled: both sessions end', () => {
    for (const cancel of [true, false]) {
      const { sandbox, id, twin } = started();
      if (cancel) sandbox.engine.cancelRingOut(id, sandbox.ext('101'));
      sandbox.clock.advance(cancel ? 100 : 30_000);
      expect([sandbox.codes(id), sandbox.codes(twin)]).toEqual(['1 Disconnected', '1 Disconnected']);
    }
  });
});
