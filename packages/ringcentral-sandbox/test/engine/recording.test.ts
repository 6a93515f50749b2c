import { describe, expect, test } from 'vitest';
import { OUTSIDE, Sandbox } from './harness.ts';

describe('recording', () => {
  function recorded() {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall();
    const { status, body } = sandbox.operate('startCallRecording', call, 2);
    const { id } = body as { id: string };
    return { sandbox, call, status, body, id };
  }

  test('starts, pauses and resumes, each told as an event', () => {
    const { sandbox, call, status, body, id } = recorded();
    expect(status).toBe(201);
    expect(body).toMatchObject({ active: true, mode: 'OnDemand' });
    expect(sandbox.events.at(-1)?.party.recordings).toEqual([{ id, active: true }]);
    const pause = sandbox.operate(
      'pauseResumeCallRecording',
      call,
      2,
      { active: false },
      { recordingId: id },
    );
    expect(pause).toMatchObject({ status: 200, body: { id, active: false } });
    expect(sandbox.events.at(-1)?.party.recordings).toEqual([{ id, active: false }]);
    expect(sandbox.party(call, 2).recordings).toEqual([{ id, active: false }]);
    expect(sandbox.engine.state().recordings).toMatchObject([{ id, announced: true, active: false }]);
  });

  test('metadata appears after the call; pauses do not count', () => {
    const { sandbox, call, id } = recorded();
    sandbox.clock.advance(40_000);
    sandbox.operate('pauseResumeCallRecording', call, 2, { active: false }, { recordingId: id });
    sandbox.clock.advance(100_000);
    expect(sandbox.engine.recording(id)).toBeUndefined();
    sandbox.act(call, 2, 'hangup');
    sandbox.clock.advance(30_000);
    expect(sandbox.engine.recording(id)).toBeUndefined();
    sandbox.clock.advance(30_000);
    expect(sandbox.engine.recording(id)).toEqual({ id, contentType: 'audio/wav', duration: 40 });
  });

  test('shorter than 30 s is not kept', () => {
    const { sandbox, call, id } = recorded();
    sandbox.clock.advance(29_000);
    sandbox.act(call, 2, 'hangup');
    sandbox.clock.advance(300_000);
    expect(sandbox.engine.recording(id)).toBeUndefined();
    expect(sandbox.engine.state().recordings).toEqual([]);
  });

  test('twice, also while paused, unknown, and while ringing are refused', () => {
    const { sandbox, call, id } = recorded();
    expect(sandbox.refusal(() => sandbox.operate('startCallRecording', call, 2))).toBe('403 TAS-101');
    const pause = () =>
      sandbox.operate('pauseResumeCallRecording', call, 2, { active: false }, { recordingId: '1' });
    expect(sandbox.refusal(pause)).toBe('404 CMN-102');
    sandbox.operate('pauseResumeCallRecording', call, 2, { active: false }, { recordingId: id });
    expect(sandbox.refusal(() => sandbox.operate('startCallRecording', call, 2))).toBe('403 TAS-101');
    const ringing = sandbox.call(OUTSIDE, '101');
    sandbox.clock.advance(1000);
    expect(sandbox.refusal(() => sandbox.operate('startCallRecording', ringing, 2))).toBe('403 TAS-101');
  });

  test('automatic recordings start by themselves and cannot be paused', () => {
    const sandbox = new Sandbox();
    sandbox.engine.world.account.autoRecording = true;
    const call = sandbox.answeredCall('101', '102');
    const ids = sandbox.parties(call).map(({ recordings }) => (recordings as { id: string }[])[0]?.id ?? '');
    expect(new Set(ids).size).toBe(2);
    const run = (active: boolean) => () =>
      sandbox.operate('pauseResumeCallRecording', call, 2, { active }, { recordingId: ids[1] ?? '' });
    expect(sandbox.refusal(run(false))).toBe('403 TAS-115');
    expect(sandbox.refusal(run(true))).toBe('none');
  });

  test('conferences cannot be recorded', () => {
    const sandbox = new Sandbox();
    const { body } = sandbox.operate('createConferenceCallSession', undefined, undefined);
    const room = (body as { session: { id: string } }).session.id;
    sandbox.engine.act(room, '~', 'join', {});
    expect(sandbox.refusal(() => sandbox.operate('startCallRecording', room, 1))).toMatch(/^403/);
  });
});
