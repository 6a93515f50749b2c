import { describe, expect, test } from 'vitest';
import { Sandbox } from './harness.ts';

describe('conference', () => {
  function conference(sandbox = new Sandbox()) {
    const { status, body } = sandbox.operate('createConferenceCallSession', undefined, undefined);
    const { session } = body as { session: { id: string; voiceCallToken: string; parties: unknown[] } };
    return { sandbox, status, session, room: session.id };
  }

  function joined() {
    const made = conference();
    made.sandbox.engine.act(made.room, '~', 'join', {});
    return made;
  }

  function bringIn(sandbox: Sandbox, room: string, call: string, party = 2) {
    const partyId = `p-${call.slice(2)}-${party}`;
    return sandbox.operate('createCallPartyWithBringIn', room, undefined, { sessionId: call, partyId });
  }

  test('is created without parties and with a token that names it', () => {
    const { status, session } = conference();
    expect(status).toBe(201);
    expect(session).toMatchObject({ origin: { type: 'Conference' }, parties: [] });
    const token = Buffer.from(session.voiceCallToken.replace('conf_', ''), 'hex').toString();
    expect(token.startsWith(`${session.id}@`)).toBe(true);
    expect(token.endsWith(':5070')).toBe(true);
  });

  test('ends after 38 s when the host does not join, and not before', () => {
    const { sandbox, room } = conference();
    sandbox.clock.advance(37_000);
    sandbox.engine.act(room, '~', 'join', {});
    sandbox.clock.advance(600_000);
    expect(sandbox.codes(room)).toBe('1 Answered');

    const alone = conference();
    alone.sandbox.clock.advance(38_000);
    const join = () => alone.sandbox.engine.act(alone.room, '~', 'join', {});
    expect(alone.sandbox.refusal(join)).toBe('409 TAS-102');
  });

  test('the host’s leg and its events', () => {
    const { sandbox, room } = joined();
    expect(sandbox.story(room)).toEqual(['1 Setup (2)', '1 Answered (3)']);
    expect(sandbox.party(room, 1)).toMatchObject({
      conferenceRole: 'Host',
      direction: 'Outbound',
      extensionId: sandbox.ext('101'),
      to: { phoneNumber: 'conference' },
    });
    expect(sandbox.events[0]?.body.sessionId).toBe('0');
  });

  test('bring-in is refused before the host has joined', () => {
    const { sandbox, room } = conference();
    const call = sandbox.answeredCall();
    expect(sandbox.refusal(() => bringIn(sandbox, room, call))).toBe('403 TAS-106');
  });

  test('a call that was brought in: both legs Gone, everybody hears everybody', () => {
    const { sandbox, room } = joined();
    const [a, b] = [sandbox.answeredCall(), sandbox.answeredCall()];
    const { status, body } = bringIn(sandbox, room, a);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      conferenceRole: 'Participant',
      direction: 'Inbound',
      status: { code: 'Setup' },
      to: { name: 'Conference', phoneNumber: 'conference' },
    });
    expect(body).not.toHaveProperty('owner');
    bringIn(sandbox, room, b);
    sandbox.clock.advance(1000);
    expect(sandbox.codes(room)).toBe('1 Answered, 2 Gone, 3 Gone');
    expect(sandbox.party(room, 2).status).toMatchObject({ peerId: { partyId: sandbox.party(a, 2).id } });
    expect(sandbox.party(a, 2).status).toMatchObject({
      code: 'Gone',
      reason: 'Conference',
      peerId: { partyId: sandbox.party(room, 2).id },
    });
    expect(sandbox.party(a, 1).hears.sort()).toEqual(
      [sandbox.party(room, 1).id, sandbox.party(b, 1).id].sort(),
    );
  });

  test('either name of the session is taken; wrong ones are refused', () => {
    const { sandbox, room } = joined();
    const call = sandbox.answeredCall();
    const partyId = `p-${call.slice(2)}-2`;
    const run = (body: unknown) =>
      sandbox.refusal(() => sandbox.operate('createCallPartyWithBringIn', room, undefined, body));
    expect(run({ partyId })).toBe('400 CMN-100');
    expect(run({ sessionId: 's-none', partyId })).toBe('404 CMN-102');
    expect(run({ sessionId: call, partyId: `p-${call.slice(2)}-1` })).toBe('403 TAS-106');
    expect(run({ telephonySessionId: call, partyId })).toBe('none');
    expect(run({ telephonySessionId: call, partyId })).toBe('403 TAS-106');
    const other = sandbox.answeredCall();
    const toCall = () => bringIn(sandbox, other, call);
    expect(sandbox.refusal(toCall)).toBe('403 TAS-106');
  });

  test('ten calls, the eleventh is refused', () => {
    const { sandbox, room } = joined();
    for (let n = 0; n < 10; n++) bringIn(sandbox, room, sandbox.answeredCall());
    const eleventh = sandbox.answeredCall();
    expect(sandbox.refusal(() => bringIn(sandbox, room, eleventh))).toBe('403 TAS-106');
    expect(sandbox.codes(eleventh)).toBe('1 Answered, 2 Answered');
  });

  test('a participant is removed by deleting its leg, the others stay', () => {
    const { sandbox, room } = joined();
    const [a, b] = [sandbox.answeredCall(), sandbox.answeredCall()];
    bringIn(sandbox, room, a);
    bringIn(sandbox, room, b);
    sandbox.clock.advance(1000);
    expect(sandbox.operate('deleteCallParty', room, 2)).toEqual({ status: 204 });
    sandbox.clock.advance(1000);
    expect(sandbox.codes(a)).toBe('1 Disconnected, 2 Gone');
    expect(sandbox.codes(room)).toBe('1 Answered, 2 Disconnected, 3 Gone');
    expect(sandbox.refusal(() => sandbox.operate('deleteCallParty', room, 2))).toBe('404 CMN-102');
    sandbox.act(b, 1, 'hangup');
    sandbox.clock.advance(1000);
    expect(sandbox.codes(room)).toBe('1 Answered, 2 Disconnected, 3 Disconnected');
  });

  test('ends with its host, unless it is kept alive', () => {
    for (const keepConferenceAlive of [false, true]) {
      const { sandbox, room } = joined();
      const [a, b] = [sandbox.answeredCall(), sandbox.answeredCall()];
      bringIn(sandbox, room, a);
      bringIn(sandbox, room, b);
      sandbox.clock.advance(1000);
      sandbox.operate('deleteCallParty', room, 1, { keepConferenceAlive });
      sandbox.clock.advance(1000);
      const expected = keepConferenceAlive ? '1 Answered, 2 Gone' : '1 Disconnected, 2 Gone';
      expect([sandbox.codes(a), sandbox.codes(b)]).toEqual([expected, expected]);
      if (keepConferenceAlive) expect(sandbox.party(a, 1).hears).toEqual([sandbox.party(b, 1).id]);
    }
  });

  test('delete of the session ends everything at once', () => {
    const { sandbox, room } = joined();
    const a = sandbox.answeredCall();
    bringIn(sandbox, room, a);
    sandbox.clock.advance(1000);
    sandbox.operate('deleteCallSession', room, undefined);
    expect(sandbox.codes(a)).toBe('1 Disconnected, 2 Gone');
    expect(sandbox.codes(room)).toBe('1 Disconnected, 2 Disconnected');
  });
});
