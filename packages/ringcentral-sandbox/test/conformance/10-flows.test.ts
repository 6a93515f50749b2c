import { expect } from 'vitest';
import type { Json } from '../support.ts';
import {
  called,
  callOf,
  expectRefused,
  OUTSIDE,
  operate,
  partyIn,
  partyPath,
  reached,
  ringing,
  states,
  talking,
} from './support.ts';

states(
  '10.3',
  'documented',
  'warm transfer: hold, consult, bridge; refused until the consultant answers',
  async (scene) => {
    const customer = await talking(scene);
    await operate(scene, customer, 'hold');
    const session = await scene.login.callOut(scene.desk, { extensionNumber: '103' });
    const target = { telephonySessionId: session.id, partyId: session.parties[0].id };
    await expectRefused(operate(scene, customer, 'bridge', target), '409 TAS-102');
    await scene.sandbox.act(session.id, '103', 'answer');
    expect((await operate(scene, customer, 'bridge', target)).body.status.code).toBe('Gone');
    await scene.sandbox.advance(1000);
    const caller = await partyIn(scene, customer.id, customer.far);
    expect(caller.hears).toHaveLength(1);
  },
);

states(
  '10.4',
  'documented',
  'conference: two calls hear each other; DELETE of a participant drops that one',
  async (scene) => {
    const { login, sandbox } = scene;
    const [one, two] = [await talking(scene), await called(scene, '103')];
    const room = await login.conference();
    const participants: string[] = [];
    for (const talk of [one, two]) {
      const { body } = await login.bringIn(room, { sessionId: talk.id, partyId: talk.own });
      participants.push(body.id);
      await sandbox.advance(1000);
    }
    expect((await partyIn(scene, one.id, one.far)).hears).toHaveLength(2);
    const reply = await login.api('DELETE', partyPath({ id: room, own: participants[0] ?? '' }));
    expect(reply.status).toBe(204);
    await sandbox.advance(1000);
    expect((await partyIn(scene, two.id, two.far)).hears).toHaveLength(1);
  },
);

states('10.4', 'documented', 'a conference that its host does not join ends after 38 s', async (scene) => {
  const { session } = (await scene.login.post('/account/~/telephony/conference')).body;
  await scene.sandbox.advance(37_900);
  expect((await scene.login.get(`/account/~/telephony/sessions/${session.id}`)).status).toBe(200);
  await scene.sandbox.advance(200);
  const id = session.id;
  await expectRefused(scene.login.api('DELETE', `/account/~/telephony/sessions/${id}`), '404 CMN-102');
});

states(
  '10.5',
  'documented',
  'supervision per party: once for each side, with the same agent',
  async (scene) => {
    const { login, desk, colleague, sandbox } = scene;
    const id = await sandbox.connectedCall('103');
    const { parties } = (await login.get(`/account/~/telephony/sessions/${id}`)).body;
    for (const { id: partyId } of parties) {
      const body = { mode: 'Listen', supervisorDeviceId: desk, agentExtensionId: colleague.extensionId };
      const reply = await login.post(
        `/account/~/telephony/sessions/${id}/parties/${partyId}/supervise`,
        body,
      );
      expect(reply.status).toBe(201);
      expect((await partyIn(scene, id, reply.body.id)).hears).toEqual([partyId]);
    }
  },
);

states(
  '10.6',
  'documented',
  'parked by code anyone of the account can get it, by dialling or pick-up',
  async (scene) => {
    const talk = await talking(scene);
    const { body } = await operate(scene, talk, 'park');
    const id = await scene.sandbox.dial({ extensionNumber: '104' }, { phoneNumber: body.park.id });
    expect((await scene.sandbox.partyOf(id, '104')).hears).toHaveLength(1);
  },
);

states(
  '10.7',
  'assumed',
  'ring groups ring one after the other, outside phones among them',
  async (scene) => {
    const { sandbox, number, desk, app } = scene;
    const MOBILE = '+12055550991';
    await sandbox.control('PATCH', `/extensions/${number}`, {
      ringGroups: [
        { seconds: 10, phones: [desk] },
        { seconds: 10, phones: [app, MOBILE] },
      ],
    });
    const talk = await ringing(scene);
    const rings = async () => (await partyIn(scene, talk.id, talk.own)).rings;
    expect(await rings()).toEqual([desk]);
    await sandbox.advance(10_000);
    expect(await rings()).toEqual([app, MOBILE]);
    await operate(scene, talk, 'reject');
    expect(await rings()).toEqual([MOBILE]);
    await sandbox.act(talk.id, number, 'answer', { deviceId: MOBILE });
    expect(await partyIn(scene, talk.id, talk.own)).toMatchObject({
      status: { code: 'Answered' },
      talksAt: MOBILE,
    });
    const missed = await ringing(scene);
    await sandbox.advance(20_000);
    expect((await partyIn(scene, missed.id, missed.own)).status.code).toBe('VoiceMail');
  },
);

states(
  '10.7',
  'assumed',
  'an outside phone’s voicemail answers in time and looks like a person',
  async (scene) => {
    const { sandbox, number, desk } = scene;
    await sandbox.control('PATCH', '/account', { outsideVoicemailSeconds: 15 });
    const id = await sandbox.dial({ extensionNumber: number }, { phoneNumber: OUTSIDE });
    await sandbox.advance(15_000);
    expect((await callOf(scene, id)).parties[1]).toMatchObject({
      status: { code: 'Answered' },
      inVoicemailOf: OUTSIDE,
    });
    // It also takes a call that was forwarded to it.
    const MOBILE = '+12055550991';
    await sandbox.control('PATCH', `/extensions/${number}`, {
      ringGroups: [{ seconds: 60, phones: [desk, MOBILE] }],
    });
    const talk = await ringing(scene);
    await sandbox.advance(15_000);
    expect(await partyIn(scene, talk.id, talk.own)).toMatchObject({
      status: { code: 'Answered' },
      inVoicemailOf: MOBILE,
    });
  },
);

states('10.7', 'assumed', 'a paging group hears and is not heard', async (scene) => {
  const { sandbox, number, colleague, login } = scene;
  const group = { type: 'PagingOnly', extensionNumber: '500', members: ['103', '104'] };
  expect((await sandbox.control('POST', '/extensions', group)).status).toBe(201);
  const session = await login.callOut(scene.desk, { extensionNumber: '500' });
  const call = await callOf(scene, session.id);
  expect(call.parties.map(({ hears }: Json) => hears)).toEqual([[], [session.parties[0].id]]);
  expect(call.parties[1].pages).toEqual([colleague.desk]);
  expect(reached(call)).toContain('pages 500');
  await sandbox.act(session.id, number, 'hangup');
  expect((await callOf(scene, session.id)).parties.map(({ status }: Json) => status.code)).toEqual([
    'Disconnected',
    'Disconnected',
  ]);
});

states(
  '10.7',
  'documented',
  'emergency services call back from ordinary numbers too, and the parties say so',
  async (scene) => {
    const id = await scene.sandbox.dial(
      { phoneNumber: '+12055550177', emergencyCallback: true },
      { extensionNumber: scene.number },
    );
    const { body } = await scene.login.get(`/account/~/telephony/sessions/${id}`);
    for (const { attributes } of body.parties) expect(attributes).toEqual({ emergencyCallback: true });
  },
);
