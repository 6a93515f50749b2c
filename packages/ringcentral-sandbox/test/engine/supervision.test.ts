import { describe, expect, test } from 'vitest';
import { DESK_101, Sandbox } from './harness.ts';

describe('supervision', () => {
  function monitored() {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall('+12055550102');
    const body = { mode: 'Listen', supervisorDeviceId: DESK_101, agentExtensionId: sandbox.ext('102') };
    return { sandbox, call, body };
  }

  test('of a session: both sides are heard, the supervisor is not', () => {
    const { sandbox, call, body } = monitored();
    const reply = sandbox.operate('superviseCallSession', call, undefined, body);
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({
      id: expect.stringMatching(/-3$/),
      direction: 'Outbound',
      extensionId: sandbox.ext('101'),
      status: { code: 'Answered', reason: 'Supervising' },
      from: { deviceId: DESK_101 },
      to: { phoneNumber: expect.any(String) },
    });
    expect(sandbox.hears(call, 3)).toEqual([1, 2]);
    expect([sandbox.hears(call, 1), sandbox.hears(call, 2)]).toEqual([[2], [1]]);
  });

  test('with sendRecv the supervisor is heard as well', () => {
    const { sandbox, call, body } = monitored();
    sandbox.operate('superviseCallSession', call, undefined, { ...body, mediaSDP: 'sendRecv' });
    expect(sandbox.hears(call, 1)).toEqual([2, 3]);
  });

  test('of a party: one side a leg, called twice for both', () => {
    const { sandbox, call, body } = monitored();
    sandbox.operate('superviseCallParty', call, 1, body);
    sandbox.operate('superviseCallParty', call, 2, body);
    expect([sandbox.hears(call, 3), sandbox.hears(call, 4)]).toEqual([[1], [2]]);
    expect(sandbox.refusal(() => sandbox.operate('superviseCallParty', call, 2, body))).toBe('403 TAS-106');
  });

  test('the names of the first version are taken', () => {
    const { sandbox, call } = monitored();
    const body = { mode: 'Listen', deviceId: DESK_101, extensionNumber: '102' };
    expect(sandbox.operate('superviseCallSession', call, undefined, body).status).toBe(201);
  });

  test('without auto-answer the supervisor’s phone rings first', () => {
    const { sandbox, call, body } = monitored();
    sandbox.operate('superviseCallSession', call, undefined, { ...body, autoAnswer: false });
    expect(sandbox.party(call, 3).status.code).toBe('Proceeding');
    expect(sandbox.hears(call, 3)).toEqual([]);
    sandbox.act(call, 3, 'answer');
    expect(sandbox.party(call, 3).status).toMatchObject({ code: 'Answered', reason: 'Supervising' });
    expect(sandbox.hears(call, 3)).toEqual([1, 2]);
  });

  test.each([
    [{ mode: 'Whisper' }, '400 CMN-101'],
    [{ supervisorDeviceId: undefined }, '400 CMN-100'],
    [{ supervisorDeviceId: '60101002' }, '403 TAS-106'],
    [{ supervisorDeviceId: '60102001' }, '403 TAS-106'],
    [{ agentExtensionId: undefined }, '400 CMN-100'],
    [{ agentExtensionId: '37439512' }, '404 CMN-102'],
    [{ agentExtensionId: undefined, agentExtensionNumber: '999' }, '404 CMN-102'],
  ])('%j is refused', (wrong, refusal) => {
    const { sandbox, call, body } = monitored();
    const run = () => sandbox.operate('superviseCallSession', call, undefined, { ...body, ...wrong });
    expect(sandbox.refusal(run)).toBe(refusal);
  });

  test('only a monitored extension, and only while it talks', () => {
    const { sandbox, body } = monitored();
    const ofDan = sandbox.answeredCall('104');
    const dan = { ...body, agentExtensionId: sandbox.ext('104') };
    expect(sandbox.refusal(() => sandbox.operate('superviseCallSession', ofDan, undefined, dan))).toBe(
      '403 TAS-106',
    );
    const ringing = sandbox.call('102', '103');
    sandbox.clock.advance(1000);
    expect(sandbox.codes(ringing)).toBe('1 Answered, 2 Proceeding');
    const run = () => sandbox.operate('superviseCallSession', ringing, undefined, body);
    expect(sandbox.refusal(run)).toBe('409 TAS-102');
  });

  test('one supervisor a call: the second is refused', () => {
    const { sandbox, call, body } = monitored();
    sandbox.engine.world.monitoringGroups.get('3001')?.members.push({
      extensionId: sandbox.ext('103'),
      permissions: ['Monitoring'],
    });
    sandbox.operate('superviseCallSession', call, undefined, body);
    const second = { ...body, supervisorDeviceId: '60103001' };
    const run = () => sandbox.operate('superviseCallSession', call, undefined, second, { as: '103' });
    expect(sandbox.refusal(run)).toBe('403 TAS-106');
    sandbox.act(call, 3, 'hangup');
    expect(run()).toMatchObject({ status: 201 });
  });

  test('party supervision needs two participants; three are refused', () => {
    const { sandbox, call, body } = monitored();
    const { body: created } = sandbox.operate(
      'createConferenceCallSession',
      undefined,
      undefined,
      {},
      { as: '102' },
    );
    const room = (created as { session: { id: string } }).session.id;
    sandbox.engine.act(room, '~', 'join', {});
    const bringIn = (sessionId: string) => {
      const target = { sessionId, partyId: `p-${sessionId.slice(2)}-2` };
      sandbox.operate('createCallPartyWithBringIn', room, undefined, target, { as: '102' });
      sandbox.clock.advance(1000);
    };
    bringIn(call);
    expect(sandbox.operate('superviseCallParty', room, 1, body).status).toBe(201);
    sandbox.act(room, 3, 'hangup');
    bringIn(sandbox.answeredCall('+12055550102'));
    expect(sandbox.refusal(() => sandbox.operate('superviseCallParty', room, 1, body))).toBe('403 TAS-106');
    expect(sandbox.operate('superviseCallSession', room, undefined, body).status).toBe(201);
  });

  test('ends with the agent’s leg, the call or by deleting it', () => {
    const { sandbox, call, body } = monitored();
    sandbox.operate('superviseCallSession', call, undefined, body);
    expect(sandbox.operate('deleteCallParty', call, 3)).toEqual({ status: 204 });
    sandbox.clock.advance(100);
    expect(sandbox.codes(call)).toBe('1 Answered, 2 Answered, 3 Disconnected');
    sandbox.operate('superviseCallSession', call, undefined, body);
    sandbox.act(call, 2, 'transfer', { extensionNumber: '103' });
    sandbox.clock.advance(1000);
    expect(sandbox.codes(call)).toBe(
      '1 Answered, 2 Disconnected, 3 Disconnected, 4 Disconnected, 5 Proceeding',
    );
  });
});
