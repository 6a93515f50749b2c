import { describe, expect, test } from 'vitest';
import { DESK_101, MAIN, OUTSIDE, Sandbox } from './harness.ts';

/** The three recorded flows (platform.md 4.6), party by party, state by state, sequence by sequence. */
describe('recorded flows', () => {
  function fromOutside() {
    const sandbox = new Sandbox();
    const caller = { phoneNumber: OUTSIDE, name: 'Pat Caller' };
    const call = sandbox.recordedCall(caller, MAIN, { answers: 3, controls: 3 });
    return { sandbox, call };
  }

  test('a call from outside to the main number with a menu', () => {
    const { sandbox, call } = fromOutside();
    expect(sandbox.story(call)).toEqual([
      '1 Setup (2)',
      '2 Setup (3)',
      '1 Answered (4)',
      '2 Disconnected (5)',
      '3 Setup (6)',
      '3 Proceeding (7)',
      '3 Answered (8)',
      '3 Hold (9)',
      '3 Answered (10)',
      '3 Disconnected (11)',
      '1 Disconnected (12)',
    ]);
  });

  test('the event URI is that of the party: the extension, or the account for an outside party', () => {
    const { sandbox } = fromOutside();
    const menu = sandbox.ext('400');
    const user = sandbox.ext('101');
    expect(sandbox.events.map(({ extensionId }) => extensionId)).toEqual([
      undefined,
      menu,
      undefined,
      menu,
      ...Array.from({ length: 6 }, () => user),
      undefined,
    ]);
    for (const { party, extensionId } of sandbox.events) {
      expect(party.extensionId).toBe(extensionId);
      expect(party).toMatchObject({ accountId: sandbox.engine.world.account.id, park: {} });
      expect(party).toMatchObject({ missedCall: false, muted: false, standAlone: false });
      expect(party.status).toMatchObject({ rcc: false });
      expect(party.status.reason).toBeUndefined();
    }
  });

  test('the menu hands over in one instant, and the other side of a hang-up follows within 15 ms', () => {
    const { sandbox } = fromOutside();
    const time = (sequence: number) =>
      Date.parse(sandbox.events.find(({ body }) => body.sequence === sequence)?.body.eventTime ?? '');
    expect(time(5)).toBe(time(6));
    expect(time(12) - time(11)).toBeGreaterThan(0);
    expect(time(12) - time(11)).toBeLessThanOrEqual(15);
  });

  test('the name of an outside caller comes later, the mobile pick-up data until hold', () => {
    const { sandbox } = fromOutside();
    const bySequence = (sequence: number) =>
      sandbox.events.find(({ body }) => body.sequence === sequence)?.party;
    expect(bySequence(2)?.from).toEqual({ phoneNumber: OUTSIDE });
    expect(bySequence(4)?.from).toEqual({ phoneNumber: OUTSIDE, name: 'Pat Caller' });
    const carrying = sandbox.events.filter(({ party }) => party.status.mobilePickupData !== undefined);
    expect(carrying.map(({ body }) => body.sequence)).toEqual([7, 8]);
  });

  test('a call inside the account: the caller is Answered before the other phone rings', () => {
    const sandbox = new Sandbox();
    const call = sandbox.recordedCall('101', '102', { answers: 2, controls: 1 });
    expect(sandbox.story(call)).toEqual([
      '1 Setup (2)',
      '2 Setup (3)',
      '1 Answered (4)',
      '2 Proceeding (5)',
      '2 Answered (6)',
      '1 Hold (7)',
      '1 Answered (8)',
      '1 Disconnected (9)',
      '2 Disconnected (10)',
    ]);
    const [setup, callee, reached] = sandbox.events.map(({ party }) => party);
    expect(setup).toMatchObject({
      direction: 'Outbound',
      from: { phoneNumber: '+12055550101', deviceId: DESK_101 },
    });
    expect(setup?.to).toEqual({ phoneNumber: '102' });
    expect(callee).toMatchObject({ direction: 'Inbound', from: { phoneNumber: '101' } });
    expect(reached?.to).toMatchObject({ extensionId: sandbox.ext('102'), name: 'Bob Brown' });
  });

  test('a call to the outside: no Setup there, and it answers before the own leg', () => {
    const sandbox = new Sandbox();
    const call = sandbox.recordedCall('101', OUTSIDE, { answers: 2, controls: 1 });
    expect(sandbox.story(call)).toEqual([
      '1 Setup (2)',
      '2 Proceeding (3)',
      '1 Proceeding (4)',
      '2 Answered (5)',
      '1 Answered (6)',
      '1 Hold (7)',
      '1 Answered (8)',
      '1 Disconnected (9)',
      '2 Disconnected (10)',
    ]);
    expect(sandbox.events[1]?.extensionId).toBeUndefined();
    expect(sandbox.events[1]?.party.from).toMatchObject({ phoneNumber: '+12055550101' });
  });
});
