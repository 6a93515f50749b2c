import { describe, expect, test } from 'vitest';
import { DESK_101, DESK_102, OUTSIDE, Sandbox } from './harness.ts';

describe('call-out', () => {
  const body = { from: { deviceId: DESK_101 }, to: { phoneNumber: OUTSIDE } };

  test('answers with one own party in Setup, then the device and the destination follow', () => {
    const sandbox = new Sandbox();
    const reply = sandbox.operate('createCallOutCallSession', undefined, undefined, body);
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({
      session: {
        origin: { type: 'CallOut' },
        parties: [
          {
            direction: 'Outbound',
            status: { code: 'Setup' },
            from: { deviceId: DESK_101, extensionId: sandbox.ext('101'), phoneNumber: '+12055550101' },
            to: { phoneNumber: OUTSIDE },
            owner: { extensionId: sandbox.ext('101') },
          },
        ],
      },
    });
    const call = (reply.body as { session: { id: string } }).session.id;
    expect(call).toMatch(/^s-[0-9a-f]{13}z[0-9a-f]{11}z[0-9a-f]{7,11}$/);
    expect(Number.parseInt(call.split('z')[1] ?? '', 16)).toBe(sandbox.clock.now());
    sandbox.clock.advance(2000);
    sandbox.act(call, 2, 'answer');
    sandbox.clock.advance(100);
    expect(sandbox.story(call)).toEqual([
      '1 Setup (2)',
      '2 Proceeding (3)',
      '1 Proceeding (4)',
      '2 Answered (5)',
      '1 Answered (6)',
    ]);
  });

  test('an extension instead of a device takes its listed phone', () => {
    const sandbox = new Sandbox();
    const from = { extensionId: sandbox.ext('101') };
    const reply = sandbox.operate('createCallOutCallSession', undefined, undefined, {
      from,
      to: { extensionNumber: '102' },
    });
    expect(reply.body).toMatchObject({ session: { parties: [{ from: { deviceId: DESK_101 } }] } });
  });

  test.each([
    [{ ...body, from: {} }, '101', '400 CMN-100'],
    [{ ...body, from: { deviceId: DESK_101, extensionId: '1' } }, '101', '400 CMN-101'],
    [{ ...body, to: { phoneNumber: OUTSIDE, extensionNumber: '102' } }, '101', '400 CMN-101'],
    [{ to: body.to }, '101', '400 CMN-100'],
    [{ ...body, from: { deviceId: '60101002' } }, '101', '403 TAS-106'],
    [{ ...body, from: { deviceId: DESK_102 } }, '101', '403 TAS-106'],
    [{ ...body, from: { extensionId: '37439513' } }, '104', '403 TAS-106'],
    [{ ...body, to: { extensionNumber: '999' } }, '101', '404 CMN-102'],
  ])('%j as %s is refused', (wrong, as, refusal) => {
    const sandbox = new Sandbox();
    const run = () => sandbox.operate('createCallOutCallSession', undefined, undefined, wrong, { as });
    expect(sandbox.refusal(run)).toBe(refusal);
    expect(sandbox.engine.state().calls).toEqual([]);
  });
});
