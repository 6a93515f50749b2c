import { describe, expect, test } from 'vitest';
import { Sandbox } from './harness.ts';

function body(sequence: number, partyId: string, code: string, extensionId?: string) {
  return {
    sequence,
    telephonySessionId: 's-injected',
    eventTime: `2026-01-05T10:00:${String(sequence).padStart(2, '0')}.000Z`,
    origin: { type: 'Call' },
    parties: [{ id: partyId, status: { code }, ...(extensionId === undefined ? {} : { extensionId }) }],
  };
}

describe('injected events', () => {
  test('are delivered verbatim and in order, at the level of their party', () => {
    const sandbox = new Sandbox();
    const bodies = [body(3, 'p-1', 'Answered', '37439510'), body(2, 'p-1', 'Setup'), { odd: true }];
    sandbox.engine.injectEvents(bodies);
    expect(sandbox.notifications).toEqual([
      expect.objectContaining({ injected: true, extensionId: '37439510' }),
      expect.objectContaining({ injected: true }),
      expect.objectContaining({ injected: true }),
    ]);
    expect(sandbox.notifications.map((notification) => notification.body)).toEqual(bodies);
    expect(sandbox.notifications[1]).not.toHaveProperty('extensionId');
  });

  test('make a readable session, merged by sequence', () => {
    const sandbox = new Sandbox();
    sandbox.engine.injectEvents([
      body(4, 'p-2', 'Answered'),
      body(3, 'p-1', 'Answered'),
      body(2, 'p-1', 'Setup'),
    ]);
    const { body: session } = sandbox.operate('readCallSessionStatus', 's-injected', undefined);
    expect(session).toMatchObject({ id: 's-injected', creationTime: '2026-01-05T10:00:02Z' });
    expect((session as { parties: unknown[] }).parties).toEqual([
      { id: 'p-2', status: { code: 'Answered' } },
      { id: 'p-1', status: { code: 'Answered' } },
    ]);
    expect(sandbox.refusal(() => sandbox.operate('holdCallParty', 's-injected', 1))).toBe('404 CMN-102');
  });

  test('about a known session do not change it', () => {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall();
    sandbox.engine.injectEvents([
      { ...body(99, `p-${call.slice(2)}-1`, 'Disconnected'), telephonySessionId: call },
    ]);
    expect(sandbox.codes(call)).toBe('1 Answered, 2 Answered');
  });
});

describe('long-poll', () => {
  test('a listener is called once, at the next change of that session', () => {
    const sandbox = new Sandbox();
    const [call, other] = [sandbox.answeredCall(), sandbox.answeredCall()];
    let calls = 0;
    let cancelled = 0;
    sandbox.engine.changed(call, () => calls++);
    sandbox.engine.changed(call, () => cancelled++)();
    sandbox.act(other, 2, 'mute');
    expect(calls).toBe(0);
    sandbox.act(call, 2, 'mute');
    sandbox.act(call, 2, 'unmute');
    expect([calls, cancelled]).toEqual([1, 0]);
  });
});
