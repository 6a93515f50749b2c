import { describe, expect, test } from 'vitest';
import { OUTSIDE, Sandbox } from './harness.ts';

describe('hold', () => {
  test('stops the talk in both directions, and only the holder’s leg is told', () => {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall();
    const before = sandbox.events.length;
    const { body } = sandbox.operate('holdCallParty', call, 2, { proto: 'Auto' });
    expect(body).toMatchObject({ status: { code: 'Hold' }, standAlone: false });
    expect(sandbox.codes(call)).toBe('1 Answered, 2 Hold');
    expect([sandbox.hears(call, 1), sandbox.hears(call, 2)]).toEqual([[], []]);
    expect(sandbox.events.slice(before).map(({ party }) => party.status.code)).toEqual(['Hold']);
    sandbox.operate('unholdCallParty', call, 2);
    expect([sandbox.hears(call, 1), sandbox.hears(call, 2)]).toEqual([[2], [1]]);
  });

  test('by API and by phone: both must be undone', () => {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall();
    sandbox.operate('holdCallParty', call, 2);
    sandbox.act(call, 2, 'hold');
    expect(sandbox.party(call, 2)).toMatchObject({ phone: { held: true }, api: { held: true } });
    expect(sandbox.operate('unholdCallParty', call, 2).body).toMatchObject({ status: { code: 'Hold' } });
    expect(sandbox.hears(call, 1)).toEqual([]);
    sandbox.act(call, 2, 'unhold');
    expect(sandbox.codes(call)).toBe('1 Answered, 2 Answered');
    expect(sandbox.hears(call, 1)).toEqual([2]);
  });

  test('the phone holds already: the API holds too, and both must be undone', () => {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall();
    sandbox.act(call, 2, 'hold');
    const before = sandbox.events.length;
    expect(sandbox.operate('holdCallParty', call, 2).body).toMatchObject({ status: { code: 'Hold' } });
    expect(sandbox.party(call, 2)).toMatchObject({ phone: { held: true }, api: { held: true } });
    expect(sandbox.events).toHaveLength(before);
    sandbox.act(call, 2, 'unhold');
    expect(sandbox.codes(call)).toBe('1 Answered, 2 Hold');
    expect(sandbox.refusal(() => sandbox.operate('holdCallParty', call, 2))).toBe('409 TAS-102');
    sandbox.operate('unholdCallParty', call, 2);
    expect(sandbox.codes(call)).toBe('1 Answered, 2 Answered');
  });

  test('fails while the other side rings, is in voicemail or at the menu', () => {
    const sandbox = new Sandbox();
    const inside = sandbox.call('101', '102');
    sandbox.clock.advance(1000);
    expect(sandbox.codes(inside)).toBe('1 Answered, 2 Proceeding');
    const hold = () => sandbox.operate('holdCallParty', inside, 1);
    expect(sandbox.refusal(hold)).toBe('409 TAS-102');
    sandbox.clock.advance(25_000);
    expect(sandbox.codes(inside)).toBe('1 Answered, 2 VoiceMail');
    expect(sandbox.refusal(hold)).toBe('409 TAS-102');
    const main = sandbox.call('101', '+12055550100');
    sandbox.clock.advance(500);
    expect(sandbox.refusal(() => sandbox.operate('holdCallParty', main, 1))).toBe('409 TAS-102');
  });

  test('a held person who is left alone is let go', () => {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall();
    sandbox.operate('holdCallParty', call, 2);
    sandbox.act(call, 1, 'hangup');
    sandbox.clock.advance(1000);
    expect(sandbox.codes(call)).toBe('1 Disconnected, 2 Disconnected');
  });
});

describe('mute', () => {
  test('by API and by phone: undone by one it is still muted', () => {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall();
    expect(sandbox.operate('updateCallParty', call, 2, { muted: true }).body).toMatchObject({ muted: true });
    sandbox.act(call, 2, 'mute');
    expect(sandbox.operate('updateCallParty', call, 2, { muted: false }).body).toMatchObject({ muted: true });
    expect([sandbox.hears(call, 1), sandbox.hears(call, 2)]).toEqual([[], [1]]);
    sandbox.act(call, 2, 'unmute');
    expect(sandbox.party(call, 2)).toMatchObject({
      muted: false,
      phone: { muted: false },
      api: { muted: false },
    });
    expect(sandbox.hears(call, 1)).toEqual([2]);
  });

  test('the flags come at the top or in `party`; one change is one event of the same status', () => {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall();
    const before = sandbox.events.length;
    sandbox.operate('updateCallParty', call, 2, { party: { muted: true } });
    sandbox.operate('updateCallParty', call, 2, { muted: true });
    const events = sandbox.events.slice(before);
    expect(events).toHaveLength(1);
    expect(events[0]?.party).toMatchObject({ muted: true, status: { code: 'Answered' } });
    expect(sandbox.refusal(() => sandbox.operate('updateCallParty', call, 2, { muted: 'yes' }))).toBe(
      '400 CMN-101',
    );
  });

  test('stand-alone takes the party out of the talk', () => {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall();
    sandbox.operate('updateCallParty', call, 2, { standAlone: true });
    expect([sandbox.hears(call, 1), sandbox.hears(call, 2)]).toEqual([[], []]);
  });
});

describe('whose party', () => {
  test('another’s is refused, for an administrator too unless the account lets them; an outside one always', () => {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall();
    expect(sandbox.refusal(() => sandbox.operate('holdCallParty', call, 2, {}, { as: '102' }))).toBe(
      '403 TAS-106',
    );
    expect(sandbox.refusal(() => sandbox.operate('holdCallParty', call, 1))).toBe('403 TAS-106');
    const ofBob = sandbox.answeredCall('102');
    const asAdministrator = () => sandbox.operate('holdCallParty', ofBob, 2);
    expect(sandbox.refusal(asAdministrator)).toBe('403 TAS-106');
    sandbox.engine.world.account.adminActsOnOthers = true;
    expect(asAdministrator().status).toBe(200);
    expect(sandbox.refusal(() => sandbox.operate('holdCallParty', call, 1))).toBe('403 TAS-106');
    expect(sandbox.refusal(() => sandbox.operate('holdCallParty', call, 2, {}, { as: '102' }))).toBe(
      '403 TAS-106',
    );
  });

  test('unknown sessions and parties are 404', () => {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall();
    expect(sandbox.refusal(() => sandbox.operate('holdCallParty', 's-none', 1))).toBe('404 CMN-102');
    expect(sandbox.refusal(() => sandbox.operate('holdCallParty', call, 9))).toBe('404 CMN-102');
  });
});

describe('ending', () => {
  test('delete of a session ends it for everyone at once; then it is not there any more', () => {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall();
    expect(sandbox.operate('deleteCallSession', call, undefined)).toEqual({ status: 204 });
    expect(sandbox.codes(call)).toBe('1 Disconnected, 2 Disconnected');
    expect(sandbox.refusal(() => sandbox.operate('deleteCallSession', call, undefined))).toBe('404 CMN-102');
  });

  test('only who takes part may, and an administrator where the account lets them', () => {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall();
    const asBob = () => sandbox.operate('deleteCallSession', call, undefined, undefined, { as: '102' });
    expect(sandbox.refusal(asBob)).toBe('403 TAS-106');
    const ofCarol = sandbox.answeredCall('103');
    const asAdministrator = () => sandbox.operate('deleteCallSession', ofCarol, undefined);
    expect(sandbox.refusal(asAdministrator)).toBe('403 TAS-106');
    sandbox.engine.world.account.adminActsOnOthers = true;
    expect(sandbox.refusal(asAdministrator)).toBe('none');
  });

  test('the network drops it', () => {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall();
    sandbox.engine.dropCall(call);
    expect(sandbox.codes(call)).toBe('1 Disconnected, 2 Disconnected');
  });

  test('ended calls stay readable for a minute', () => {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall();
    sandbox.act(call, 2, 'hangup');
    sandbox.clock.advance(59_000);
    expect(sandbox.operate('readCallSessionStatus', call, undefined).status).toBe(200);
    sandbox.clock.advance(2000);
    expect(sandbox.refusal(() => sandbox.operate('readCallSessionStatus', call, undefined))).toBe(
      '404 CMN-102',
    );
    expect(sandbox.engine.state().calls).toEqual([]);
  });

  test('a party of an ordinary call cannot be deleted', () => {
    const sandbox = new Sandbox();
    const call = sandbox.answeredCall('+12055550101', OUTSIDE);
    expect(sandbox.refusal(() => sandbox.operate('deleteCallParty', call, 2))).toBe('403 TAS-106');
  });
});
