import { describe, expect, test } from 'vitest';
import { OUTSIDE, Sandbox } from './harness.ts';

interface PresenceBody {
  telephonyStatus: string;
  presenceStatus: string;
  sequence: number;
  totalActiveCalls: number;
  activeCalls: { telephonyStatus: string; terminationType: string; partyId: string; sipData?: unknown }[];
}

function told(sandbox: Sandbox, extensionNumber: string): PresenceBody[] {
  const extensionId = sandbox.ext(extensionNumber);
  return sandbox.notifications.flatMap((notification) =>
    notification.kind === 'presence' && notification.extensionId === extensionId
      ? [notification.body as PresenceBody]
      : [],
  );
}

describe('presence', () => {
  test('follows the calls of an extension; an ended call appears once more as NoCall', () => {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall();
    sandbox.act(call, 2, 'hold');
    sandbox.act(call, 2, 'unhold');
    sandbox.act(call, 2, 'hangup');
    sandbox.clock.advance(1000);
    const bodies = told(sandbox, '101');
    expect(bodies.map(({ telephonyStatus }) => telephonyStatus)).toEqual([
      'Ringing',
      'Ringing',
      'CallConnected',
      'OnHold',
      'CallConnected',
      'NoCall',
    ]);
    expect(bodies.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(bodies.at(-1)).toMatchObject({
      totalActiveCalls: 0,
      presenceStatus: 'Available',
      activeCalls: [{ telephonyStatus: 'NoCall', terminationType: 'final', telephonySessionId: call }],
    });
    expect(bodies[2]).toMatchObject({ presenceStatus: 'Busy', totalActiveCalls: 1 });
  });

  test('a missed call ends for the user when voicemail takes it, and is told once', () => {
    const sandbox = new Sandbox();
    const call = sandbox.call(OUTSIDE, '+12055550101');
    sandbox.clock.advance(25_000);
    sandbox.act(call, 1, 'hangup');
    sandbox.clock.advance(1000);
    const ended = told(sandbox, '101').filter(
      ({ activeCalls }) => activeCalls[0]?.terminationType === 'final',
    );
    expect(ended).toHaveLength(1);
  });

  test('REST shows the latest seven calls only where asked for', () => {
    const sandbox = new Sandbox();
    for (let n = 0; n < 9; n++) sandbox.answeredCall();
    const id = sandbox.ext('101');
    const detailed = sandbox.engine.presence(id, { detailed: true, sipData: false }) as PresenceBody;
    expect(detailed.activeCalls).toHaveLength(7);
    expect(detailed.activeCalls[0]).not.toHaveProperty('sipData');
    expect(detailed).toMatchObject({ telephonyStatus: 'CallConnected', extension: { id: Number(id) } });
    const withSip = sandbox.engine.presence(id, { detailed: true, sipData: true }) as PresenceBody;
    expect(withSip.activeCalls[0]).toHaveProperty('sipData');
    expect(sandbox.engine.presence(id, { detailed: false, sipData: false })).not.toHaveProperty(
      'activeCalls',
    );
    expect(sandbox.engine.presence('1', { detailed: false, sipData: false })).toBeUndefined();
  });

  test('a change of an extension is told', () => {
    const sandbox = new Sandbox();
    sandbox.engine.updateExtension(sandbox.ext('101'), { dndStatus: 'DoNotAcceptAnyCalls' });
    expect(told(sandbox, '101')).toMatchObject([
      { dndStatus: 'DoNotAcceptAnyCalls', presenceStatus: 'Busy' },
    ]);
  });
});

describe('active calls', () => {
  test('lag 3 to 10 s behind, without ringing calls, and keep ended ones two minutes', () => {
    const sandbox = new Sandbox();
    const ringing = sandbox.call(OUTSIDE, '102');
    const call = sandbox.answeredCall();
    expect(sandbox.engine.activeCalls()).toEqual([]);
    sandbox.clock.advance(10_000);
    const records = () => sandbox.engine.activeCalls(sandbox.ext('101'));
    expect(records()).toMatchObject([
      {
        telephonySessionId: call,
        partyId: sandbox.party(call, 2).id,
        result: 'In Progress',
        direction: 'Inbound',
        from: { phoneNumber: OUTSIDE },
        to: { extensionNumber: '101' },
      },
    ]);
    expect(JSON.stringify(sandbox.engine.activeCalls())).not.toContain(ringing);
    sandbox.act(call, 2, 'hangup');
    sandbox.clock.advance(1);
    expect(records()).toMatchObject([{ result: 'In Progress' }]);
    sandbox.clock.advance(11_000);
    expect(records()).toMatchObject([{ result: 'Accepted' }]);
    sandbox.clock.advance(130_000);
    expect(records()).toEqual([]);
  });
});
