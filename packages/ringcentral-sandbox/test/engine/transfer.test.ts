import { describe, expect, test } from 'vitest';
import { DESK_101, OUTSIDE, Sandbox } from './harness.ts';

const CONSULTANT = '+16505550177';

describe('blind transfer', () => {
  const transferred = { status: { code: 'Disconnected', reason: 'BlindTransfer' } };

  test.each([
    ['a number', () => ({ phoneNumber: CONSULTANT }), 'Proceeding', undefined],
    ['an extension number', () => ({ extensionNumber: '102' }), 'Proceeding', '102'],
    ['an extension id', (s: Sandbox) => ({ extensionId: s.ext('103') }), 'Proceeding', '103'],
    ['a voicemail', (s: Sandbox) => ({ voicemail: s.ext('102') }), 'VoiceMail', '102'],
    ['main number and extension', () => ({ phoneNumber: '+12055550100*102' }), 'Proceeding', '102'],
  ] as const)(
    'to %s: the own leg leaves, the target’s begins in the same session',
    (_, target, code, extension) => {
      const sandbox = new Sandbox();
      const call = sandbox.answeredCall();
      const { status, body } = sandbox.operate('transferCallParty', call, 2, target(sandbox));
      expect(status).toBe(200);
      expect(body).toMatchObject(transferred);
      sandbox.clock.advance(1000);
      expect(sandbox.codes(call)).toBe(`1 Answered, 2 Disconnected, 3 ${code}`);
      expect(sandbox.party(call, 3).extensionId).toBe(
        extension === undefined ? undefined : sandbox.ext(extension),
      );
    },
  );

  test('the target answers and talks with the one who was transferred', () => {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall();
    sandbox.operate('transferCallParty', call, 2, { extensionNumber: '102' });
    sandbox.clock.advance(1000);
    sandbox.act(call, 3, 'answer');
    expect(sandbox.hears(call, 1)).toEqual([3]);
    sandbox.act(call, 3, 'hangup');
    sandbox.clock.advance(1000);
    expect(sandbox.codes(call)).toBe('1 Disconnected, 2 Disconnected, 3 Disconnected');
  });

  test('the caller can be the one who transfers', () => {
    const sandbox = new Sandbox();
    const call = sandbox.call('101', '102');
    sandbox.clock.advance(1000);
    sandbox.act(call, 2, 'answer');
    sandbox.act(call, 1, 'transfer', { extensionNumber: '103' });
    sandbox.clock.advance(1000);
    sandbox.act(call, 3, 'answer');
    expect(sandbox.codes(call)).toBe('1 Disconnected, 2 Answered, 3 Answered');
    expect(sandbox.party(call, 3)).toMatchObject({ from: { phoneNumber: '102' } });
  });

  test('nobody at an outside target answers: the call ends', () => {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall();
    sandbox.operate('transferCallParty', call, 2, { phoneNumber: CONSULTANT });
    sandbox.clock.advance(61_000);
    expect(sandbox.codes(call)).toBe('1 Disconnected, 2 Disconnected, 3 Disconnected');
  });

  test.each([
    [{}, '400 CMN-100'],
    [{ phoneNumber: CONSULTANT, extensionNumber: '102' }, '400 CMN-101'],
    [{ extensionNumber: '999' }, '404 CMN-102'],
    [{ extensionId: '1' }, '404 CMN-102'],
    [{ voicemail: '1' }, '404 CMN-102'],
    [{ parkOrbit: '1' }, '404 CMN-102'],
    [{ phoneNumber: 'abc' }, '400 CMN-101'],
  ])('%j is refused and changes nothing', (body, refusal) => {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall();
    expect(sandbox.refusal(() => sandbox.operate('transferCallParty', call, 2, body))).toBe(refusal);
    expect(sandbox.codes(call)).toBe('1 Answered, 2 Answered');
  });
});

describe('bridge', () => {
  function consulting() {
    const sandbox = new Sandbox();
    const customer = sandbox.answeredCall();
    sandbox.operate('holdCallParty', customer, 2);
    const reply = sandbox.operate('createCallOutCallSession', undefined, undefined, {
      from: { deviceId: DESK_101 },
      to: { extensionNumber: '102' },
    });
    const consultation = (reply.body as { session: { id: string } }).session.id;
    sandbox.clock.advance(1000);
    const target = { telephonySessionId: consultation, partyId: `p-${consultation.slice(2)}-1` };
    return { sandbox, customer, consultation, target };
  }

  test('both own legs are Gone and name each other; customer and consultant talk in one session', () => {
    const { sandbox, customer, consultation, target } = consulting();
    sandbox.act(consultation, 2, 'answer');
    const { body } = sandbox.operate('bridgeCallParty', customer, 2, target);
    expect(body).toMatchObject({
      status: {
        code: 'Gone',
        reason: 'AttendedTransfer',
        peerId: { partyId: target.partyId, telephonySessionId: consultation },
      },
    });
    sandbox.clock.advance(1000);
    expect(sandbox.codes(customer)).toBe('1 Answered, 2 Gone, 3 Answered');
    expect(sandbox.codes(consultation)).toBe('1 Gone, 2 Gone');
    expect(sandbox.party(consultation, 1).status).toMatchObject({
      peerId: { partyId: sandbox.party(customer, 2).id },
    });
    expect([sandbox.hears(customer, 1), sandbox.hears(customer, 3)]).toEqual([[3], [1]]);
  });

  test('the person is followed: who hangs up in the old call hangs up', () => {
    const { sandbox, customer, consultation, target } = consulting();
    sandbox.act(consultation, 2, 'answer');
    sandbox.operate('bridgeCallParty', customer, 2, target);
    sandbox.act(consultation, 2, 'hangup');
    sandbox.clock.advance(1000);
    expect(sandbox.codes(customer)).toBe('1 Disconnected, 2 Gone, 3 Disconnected');
  });

  test('refused while the consultant’s phone rings, with a foreign party, and with itself', () => {
    const { sandbox, customer, target } = consulting();
    const bridge = (body: unknown) =>
      sandbox.refusal(() => sandbox.operate('bridgeCallParty', customer, 2, body));
    expect(bridge(target)).toBe('409 TAS-102');
    expect(bridge({ ...target, partyId: `${target.partyId}9` })).toBe('404 CMN-102');
    expect(bridge({ telephonySessionId: customer, partyId: `p-${customer.slice(2)}-1` })).toBe('400 CMN-101');
    const other = sandbox.answeredCall('+12055550102', OUTSIDE);
    expect(bridge({ telephonySessionId: other, partyId: `p-${other.slice(2)}-1` })).toBe('403 TAS-106');
  });
});

describe('flip', () => {
  test('to an outside phone: the other end waits, then the old leg ends with CallFlip', () => {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall();
    expect(sandbox.operate('callFlipParty', call, 2, { callFlipId: '1' }).status).toBe(200);
    expect(sandbox.codes(call)).toBe('1 Answered, 2 Hold, 3 Proceeding');
    expect(sandbox.party(call, 3)).toMatchObject({ to: { phoneNumber: '+12055550991' } });
    sandbox.act(call, 3, 'answer');
    expect(sandbox.party(call, 2).status).toMatchObject({ code: 'Disconnected', reason: 'CallFlip' });
    sandbox.clock.advance(1000);
    expect([sandbox.hears(call, 1), sandbox.hears(call, 3)]).toEqual([[3], [1]]);
  });

  test('to the own desk phone, also written with a star', () => {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall();
    sandbox.operate('callFlipParty', call, 2, { callFlipId: '*2' });
    expect(sandbox.party(call, 3)).toMatchObject({
      extensionId: sandbox.ext('101'),
      to: { deviceId: DESK_101 },
    });
    sandbox.act(call, 3, 'answer');
    sandbox.clock.advance(1000);
    expect(sandbox.codes(call)).toBe('1 Answered, 2 Disconnected, 3 Answered');
  });

  test('the target does not answer: the call goes on as before', () => {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall();
    sandbox.operate('callFlipParty', call, 2, { callFlipId: '1' });
    sandbox.act(call, 3, 'decline');
    expect(sandbox.codes(call)).toBe('1 Answered, 2 Answered, 3 Disconnected');
    expect(sandbox.refusal(() => sandbox.operate('callFlipParty', call, 2, { callFlipId: '7' }))).toBe(
      '400 CMN-101',
    );
  });

  test('the other end leaves meanwhile: everything ends', () => {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall();
    sandbox.operate('callFlipParty', call, 2, { callFlipId: '1' });
    sandbox.act(call, 1, 'hangup');
    sandbox.clock.advance(1000);
    expect(sandbox.codes(call)).toBe('1 Disconnected, 2 Disconnected, 3 Disconnected');
  });
});
