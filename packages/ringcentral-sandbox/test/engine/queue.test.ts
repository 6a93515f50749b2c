import { describe, expect, test } from 'vitest';
import { DESK_101, OUTSIDE, Sandbox } from './harness.ts';

describe('queue 200', () => {
  function queued() {
    const sandbox = new Sandbox();
    const call = sandbox.call(OUTSIDE, '200');
    sandbox.clock.advance(1000);
    return { sandbox, call };
  }

  test('all agents ring without a Setup of their own; the first to answer gets the call', () => {
    const { sandbox, call } = queued();
    expect(sandbox.codes(call)).toBe('1 Answered, 2 Setup, 3 Proceeding, 4 Proceeding, 5 Proceeding');
    expect(sandbox.events.at(-1)?.party).toMatchObject({
      queueCall: true,
      uiCallInfo: { primary: { type: 'QueueName', value: 'Support Queue' } },
    });
    sandbox.act(call, 4, 'answer');
    sandbox.clock.advance(1000);
    expect(sandbox.story(call).slice(-4)).toEqual([
      '4 Answered (8)',
      '2 Disconnected (9)',
      '3 Disconnected/AgentAnswered (10)',
      '5 Disconnected/AgentAnswered (11)',
    ]);
    expect(sandbox.hears(call, 1)).toEqual([4]);
  });

  test('an agent who ignores the call is not asked again', () => {
    const { sandbox, call } = queued();
    expect(sandbox.operate('ignoreCallInQueue', call, 3, { deviceId: DESK_101 })).toEqual({ status: 204 });
    expect(sandbox.party(call, 3).status.code).toBe('Disconnected');
    expect(sandbox.codes(call)).toContain('4 Proceeding, 5 Proceeding');
    sandbox.clock.advance(27_000);
    const legsOfAdmin = sandbox.parties(call).filter(({ extensionId }) => extensionId === sandbox.ext('101'));
    expect(legsOfAdmin).toHaveLength(1);
    expect(sandbox.codes(call)).toContain('6 Proceeding, 7 Proceeding');
  });

  test('rejecting or declining a queue call is the same as ignoring it', () => {
    const { sandbox, call } = queued();
    sandbox.operate('rejectParty', call, 3);
    sandbox.act(call, 4, 'decline');
    expect(sandbox.codes(call)).toBe('1 Answered, 2 Setup, 3 Disconnected, 4 Disconnected, 5 Proceeding');
  });

  test('nobody is rung any more once the caller is in voicemail, or gone', () => {
    const sandbox = new Sandbox();
    const call = sandbox.call('101', '200');
    sandbox.clock.advance(2_500);
    // The others are busy or have said no, so the queue looks for free agents from time to time.
    sandbox.operate('rejectParty', call, 4, undefined, { as: '103' });
    sandbox.clock.advance(13_500);
    sandbox.call('102', '101');
    sandbox.clock.advance(900_000);
    const legs = sandbox.story(call).filter((line) => line.includes('Proceeding'));
    expect(legs).toHaveLength(2);
    expect(sandbox.story(call).at(-1)).toMatch(/^1 Disconnected/);
  });

  test('only queue calls can be ignored', () => {
    const sandbox = new Sandbox();
    const call = sandbox.call(OUTSIDE, '101');
    sandbox.clock.advance(1000);
    const ignore = () => sandbox.operate('ignoreCallInQueue', call, 2, { deviceId: DESK_101 });
    expect(sandbox.refusal(ignore)).toBe('409 TAS-102');
  });

  test('agents who talk, want no queue calls or have no phone are not rung', () => {
    const sandbox = new Sandbox();
    sandbox.answeredCall('102');
    const carol = sandbox.engine.world.extensions.get(sandbox.ext('103'));
    if (carol) carol.dndStatus = 'DoNotAcceptDepartmentCalls';
    const call = sandbox.call(OUTSIDE, '200');
    sandbox.clock.advance(1000);
    expect(sandbox.parties(call).map(({ extensionId }) => extensionId)).toEqual([
      undefined,
      sandbox.ext('200'),
      sandbox.ext('101'),
    ]);
  });

  test('nobody comes: the voicemail of the queue', () => {
    const { sandbox, call } = queued();
    sandbox.clock.advance(120_000);
    expect(sandbox.party(call, 2).status.code).toBe('VoiceMail');
    expect(
      sandbox
        .parties(call)
        .slice(2)
        .every(({ status }) => status.code === 'Disconnected'),
    ).toBe(true);
  });

  test('a caller who gives up takes everything along', () => {
    const { sandbox, call } = queued();
    sandbox.act(call, 1, 'hangup');
    sandbox.clock.advance(1000);
    expect(sandbox.parties(call).every(({ status }) => status.code === 'Disconnected')).toBe(true);
  });

  test('a queue that was left lets the caller go when its last agent has missed the call', () => {
    const { sandbox, call } = queued();
    sandbox.act(call, 2, 'hangup');
    sandbox.act(call, 3, 'decline');
    sandbox.clock.advance(1000);
    expect(sandbox.codes(call)).toBe(
      '1 Answered, 2 Disconnected, 3 Disconnected, 4 Proceeding, 5 Proceeding',
    );
    sandbox.clock.advance(20_000);
    expect(sandbox.codes(call)).toBe(
      '1 Disconnected, 2 Disconnected, 3 Disconnected, 4 Disconnected, 5 Disconnected',
    );
  });

  test('forwarding a queue call takes the caller out of the queue', () => {
    const { sandbox, call } = queued();
    sandbox.operate('forwardCallParty', call, 3, { phoneNumber: '+16505550199' });
    sandbox.clock.advance(1000);
    expect(sandbox.codes(call)).toBe(
      '1 Answered, 2 Disconnected, 3 Disconnected, 4 Disconnected, 5 Disconnected, 6 Proceeding',
    );
  });
});
