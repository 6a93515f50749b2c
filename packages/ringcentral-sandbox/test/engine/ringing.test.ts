import { describe, expect, test } from 'vitest';
import { APP_104, DESK_101, DESK_102, OUTSIDE, Sandbox } from './harness.ts';

const APP_101 = '60101003';

describe('a phone rings', () => {
  test('nobody answers: the voicemail does, and the call is missed', () => {
    const sandbox = new Sandbox();
    const call = sandbox.call(OUTSIDE, '+12055550101');
    sandbox.clock.advance(30_000);
    expect(sandbox.codes(call)).toBe('1 Answered, 2 VoiceMail');
    sandbox.act(call, 1, 'leave-message');
    sandbox.clock.advance(1000);
    expect(sandbox.story(call)).toEqual([
      '1 Setup (2)',
      '2 Setup (3)',
      '1 Answered (4)',
      '2 Proceeding (5)',
      '2 Voicemail (6)',
      '1 Disconnected (7)',
      '2 Disconnected (8)',
    ]);
    const missed = sandbox.events.filter(({ party }) => party.missedCall);
    expect(missed.map(({ body }) => body.sequence)).toEqual([6, 8]);
  });

  test('the ringing time is the account’s', () => {
    const sandbox = new Sandbox();
    sandbox.engine.world.account.ringSeconds = 3;
    const call = sandbox.call(OUTSIDE, '+12055550101');
    sandbox.clock.advance(3500);
    expect(sandbox.codes(call)).toBe('1 Answered, 2 VoiceMail');
  });

  test('several phones ring as one party: declining one leaves the other, declining the last is voicemail', () => {
    const sandbox = new Sandbox();
    const call = sandbox.call(OUTSIDE, '+12055550101');
    sandbox.clock.advance(1000);
    sandbox.act(call, 2, 'decline', { deviceId: DESK_101 });
    expect(sandbox.codes(call)).toBe('1 Answered, 2 Proceeding');
    sandbox.act(call, 2, 'answer', { deviceId: APP_101 });
    expect(sandbox.party(call, 2)).toMatchObject({ status: { code: 'Answered' }, to: { deviceId: APP_101 } });

    const second = sandbox.call(OUTSIDE, '102');
    sandbox.clock.advance(1000);
    sandbox.act(second, 2, 'decline', { deviceId: DESK_102 });
    expect(sandbox.codes(second)).toBe('1 Answered, 2 VoiceMail');
  });

  test('a phone that does not ring cannot answer', () => {
    const sandbox = new Sandbox();
    const call = sandbox.call(OUTSIDE, '102');
    sandbox.clock.advance(1000);
    expect(sandbox.refusal(() => sandbox.act(call, 2, 'answer', { deviceId: DESK_101 }))).toBe('404 CMN-102');
    sandbox.act(call, 2, 'answer');
    expect(sandbox.refusal(() => sandbox.act(call, 2, 'answer'))).toBe('409 TAS-102');
  });

  test('no phone online, or no calls wanted: straight to voicemail', () => {
    const sandbox = new Sandbox();
    const offline = sandbox.engine.world.devices.get(APP_104);
    if (offline) offline.status = 'Offline';
    const bob = sandbox.engine.world.extensions.get(sandbox.ext('102'));
    if (bob) bob.dndStatus = 'DoNotAcceptAnyCalls';
    const carol = sandbox.engine.world.extensions.get(sandbox.ext('103'));
    if (carol) carol.dndStatus = 'TakeDepartmentCallsOnly';
    for (const to of ['104', '102', '103']) {
      const call = sandbox.call(OUTSIDE, to);
      sandbox.clock.advance(1000);
      expect(sandbox.codes(call)).toBe('1 Answered, 2 VoiceMail');
    }
  });

  test('voicemail screening: the call can still be answered', () => {
    const sandbox = new Sandbox();
    const alice = sandbox.engine.world.extensions.get(sandbox.ext('101'));
    if (alice) alice.voicemailScreening = true;
    const call = sandbox.call(OUTSIDE, '+12055550101');
    sandbox.clock.advance(25_000);
    expect(sandbox.codes(call)).toBe('1 Answered, 2 VoiceMailScreening');
    sandbox.operate('answerCallParty', call, 2, { deviceId: DESK_101 });
    sandbox.clock.advance(1000);
    expect(sandbox.codes(call)).toBe('1 Answered, 2 Answered');
    sandbox.clock.advance(600_000);
    expect(sandbox.codes(call)).toBe('1 Answered, 2 Answered');
  });

  test('an outside phone that is busy, declines or never answers ends the call', () => {
    for (const [act, reason] of [
      ['busy', 'TargetBusy'],
      ['decline', 'Rejected'],
      [undefined, 'NoAnswer'],
    ] as const) {
      const sandbox = new Sandbox();
      const call = sandbox.call('101', OUTSIDE);
      sandbox.clock.advance(1000);
      if (act !== undefined) sandbox.act(call, 2, act);
      sandbox.clock.advance(act === undefined ? 60_500 : 1000);
      expect(sandbox.party(call, 2).status).toMatchObject({ code: 'Disconnected', reason });
      expect(sandbox.party(call, 1).status).toEqual({ code: 'Disconnected' });
    }
  });

  test('the caller hangs up while it rings: missed', () => {
    const sandbox = new Sandbox();
    const call = sandbox.call(OUTSIDE, '+12055550101');
    sandbox.clock.advance(1000);
    sandbox.act(call, 1, 'hangup');
    sandbox.clock.advance(1000);
    expect(sandbox.codes(call)).toBe('1 Disconnected, 2 Disconnected');
    expect(sandbox.events.at(-1)?.party.missedCall).toBe(true);
  });
});

describe('operations on a ringing call', () => {
  function ringing() {
    const sandbox = new Sandbox();
    const call = sandbox.call(OUTSIDE, '+12055550101');
    sandbox.clock.advance(1000);
    return { sandbox, call };
  }

  test('answer is taken at once and seen later, at that device', () => {
    const { sandbox, call } = ringing();
    const { status, body } = sandbox.operate('answerCallParty', call, 2, { deviceId: DESK_101 });
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: { code: 'Proceeding' }, to: { deviceId: DESK_101 } });
    sandbox.clock.advance(1000);
    expect(sandbox.codes(call)).toBe('1 Answered, 2 Answered');
    expect(sandbox.hears(call, 1)).toEqual([2]);
  });

  test.each([
    [undefined, '400 CMN-100'],
    [{ deviceId: 7 }, '400 CMN-101'],
    [{ deviceId: '1' }, '404 CMN-102'],
    [{ deviceId: DESK_102 }, '403 TAS-106'],
    [{ deviceId: '60101002' }, '403 TAS-106'],
  ])('answer with %j is refused', (body, refusal) => {
    const { sandbox, call } = ringing();
    expect(sandbox.refusal(() => sandbox.operate('answerCallParty', call, 2, body))).toBe(refusal);
  });

  test('an answer that comes too late changes nothing', () => {
    const { sandbox, call } = ringing();
    sandbox.operate('answerCallParty', call, 2, { deviceId: DESK_101 });
    sandbox.act(call, 1, 'hangup');
    sandbox.clock.advance(1000);
    expect(sandbox.codes(call)).toBe('1 Disconnected, 2 Disconnected');
  });

  test('reject does not end the call for the caller: the other phone rings on, and can answer', () => {
    const { sandbox, call } = ringing();
    expect(sandbox.party(call, 2).rings).toEqual([DESK_101, APP_101]);
    expect(sandbox.operate('rejectParty', call, 2)).toEqual({ status: 204 });
    expect(sandbox.party(call, 2)).toMatchObject({ status: { code: 'Proceeding' }, rings: [APP_101] });
    sandbox.act(call, 2, 'answer', { deviceId: APP_101 });
    expect(sandbox.party(call, 2)).toMatchObject({ status: { code: 'Answered' }, talksAt: APP_101 });
  });

  test('rejected with one phone ringing, or at the last, or when nobody takes it: voicemail', () => {
    const { sandbox, call } = ringing();
    sandbox.operate('rejectParty', call, 2);
    sandbox.operate('rejectParty', call, 2);
    expect(sandbox.codes(call)).toBe('1 Answered, 2 VoiceMail');
    const again = sandbox.call(OUTSIDE, '101');
    sandbox.clock.advance(1000);
    sandbox.operate('rejectParty', again, 2);
    sandbox.clock.advance(20_000);
    expect(sandbox.codes(again)).toBe('1 Answered, 2 VoiceMail');
    const ofBob = sandbox.call(OUTSIDE, '102');
    sandbox.clock.advance(1000);
    sandbox.operate('rejectParty', ofBob, 2, undefined, { as: '102' });
    expect(sandbox.codes(ofBob)).toBe('1 Answered, 2 VoiceMail');
  });

  test('reply is spoken, then the call ends', () => {
    const { sandbox, call } = ringing();
    const body = { replyWithPattern: { pattern: 'WillCallYouBack', time: 5, timeUnit: 'Minute' } };
    const answer = sandbox.operate('replyParty', call, 2, body);
    // As the official mock has it, although the party is `Proceeding` (platform.md 2.3.13).
    expect(answer.body).toMatchObject({ status: { code: 'Setup', reason: 'CallReplied' } });
    expect(answer.body).not.toHaveProperty('attributes');
    expect(sandbox.refusal(() => sandbox.act(call, 2, 'answer'))).toBe('409 TAS-102');
    expect(sandbox.refusal(() => sandbox.operate('rejectParty', call, 2))).toBe('409 TAS-102');
    sandbox.clock.advance(5000);
    expect(sandbox.story(call).slice(-2)).toEqual(['2 Disconnected/CallReplied (6)', '1 Disconnected (7)']);
  });

  test.each([
    [{}, '400 CMN-100'],
    [{ replyWithText: 'later', replyWithPattern: { pattern: 'OnMyWay' } }, '400 CMN-101'],
    [{ replyWithPattern: { pattern: 'Nonsense' } }, '400 CMN-101'],
    [{ replyWithPattern: { pattern: 'CallMeBack', time: 5 } }, '400 CMN-100'],
  ])('reply with %j is refused', (body, refusal) => {
    const { sandbox, call } = ringing();
    expect(sandbox.refusal(() => sandbox.operate('replyParty', call, 2, body))).toBe(refusal);
  });

  test('forward ends the own leg and rings the target in the same session', () => {
    const { sandbox, call } = ringing();
    const { body } = sandbox.operate('forwardCallParty', call, 2, { extensionNumber: '102' });
    expect(body).toMatchObject({ status: { code: 'Disconnected', reason: 'BlindTransfer' } });
    sandbox.clock.advance(1000);
    expect(sandbox.codes(call)).toBe('1 Answered, 2 Disconnected, 3 Proceeding');
    expect(sandbox.party(call, 3)).toMatchObject({
      to: { phoneNumber: '102' },
      from: { phoneNumber: OUTSIDE },
    });
  });
});

describe('the menu on the main number', () => {
  test('an extension number in digits goes there at once', () => {
    const sandbox = new Sandbox();
    const call = sandbox.call(OUTSIDE, '+12055550100');
    sandbox.clock.advance(500);
    sandbox.act(call, 1, 'dtmf', { digits: '102#' });
    sandbox.clock.advance(2000);
    expect(sandbox.party(call, 3)).toMatchObject({
      extensionId: sandbox.ext('102'),
      status: { code: 'Proceeding' },
    });
    expect(sandbox.refusal(() => sandbox.act(call, 1, 'dtmf', { digits: 'abc' }))).toBe('400 CMN-101');
  });

  test('main number and extension in one dialled string', () => {
    const sandbox = new Sandbox();
    const call = sandbox.call(OUTSIDE, '+12055550100*103');
    sandbox.clock.advance(1000);
    expect(sandbox.party(call, 2)).toMatchObject({
      extensionId: sandbox.ext('103'),
      status: { code: 'Proceeding' },
    });
  });
});

describe('what is dialled', () => {
  test.each([
    [{ extensionNumber: '999' }, '404 CMN-102'],
    [{ phoneNumber: 'hello' }, '400 CMN-101'],
    [{ phoneNumber: '*801' }, '404 CMN-102'],
    [{}, '400 CMN-100'],
  ])('%j leads nowhere', (to, refusal) => {
    const sandbox = new Sandbox();
    expect(sandbox.refusal(() => sandbox.engine.placeCall({ from: { extensionNumber: '101' }, to }))).toBe(
      refusal,
    );
  });

  test('somebody outside who calls back from emergency services is marked', () => {
    const sandbox = new Sandbox();
    const call = sandbox.call({ phoneNumber: '911' }, '+12055550101');
    sandbox.clock.advance(1000);
    for (const party of sandbox.parties(call)) expect(party.attributes).toEqual({ emergencyCallback: true });
  });
});
