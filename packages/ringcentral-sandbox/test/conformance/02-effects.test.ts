import { describe, expect } from 'vitest';
import type { Json } from '../support.ts';
import {
  called,
  callOf,
  expectRefused,
  operate,
  partyIn,
  partyPath,
  reached,
  ringing,
  states,
  talking,
} from './support.ts';

describe('3 to 8', () => {
  states(
    '2.3.3',
    'observed',
    'a session has no legacy id, and the far end outside is a party without owner',
    async (scene) => {
      const talk = await talking(scene);
      const { body } = await scene.login.get(`/account/~/telephony/sessions/${talk.id}`);
      expect(body).not.toHaveProperty('sessionId');
      const far = body.parties.find(({ id }: Json) => id === talk.far);
      for (const member of ['owner', 'accountId', 'extensionId']) expect(far).not.toHaveProperty(member);
    },
  );

  states('2.3.4', 'documented', 'DELETE of a session ends it for everyone', async (scene) => {
    const talk = await talking(scene);
    expect((await scene.login.api('DELETE', `/account/~/telephony/sessions/${talk.id}`)).status).toBe(204);
    const codes = (await callOf(scene, talk.id)).parties.map(({ status }: Json) => status.code);
    expect(codes).toEqual(['Disconnected', 'Disconnected']);
  });

  states(
    '2.3.4',
    'assumed',
    'who answers in the very instant of the DELETE is cut off, and was on the line',
    async (scene) => {
      const { sandbox, login } = scene;
      const id = await sandbox.dial({ extensionNumber: scene.number }, { extensionNumber: '103' });
      await sandbox.fault({
        kind: 'http',
        method: 'DELETE',
        pathPattern: '/telephony/sessions/',
        meanwhile: 'answer',
      });
      expect((await login.api('DELETE', `/account/~/telephony/sessions/${id}`)).status).toBe(204);
      const call = await callOf(scene, id);
      expect(reached(call)).toEqual(['rings 103', 'answers 103']);
      expect(call.parties.map(({ status }: Json) => status.code)).toEqual(['Disconnected', 'Disconnected']);
    },
  );

  states(
    '2.3.5',
    'observed',
    'bring-in: the call’s own leg is Gone with Conference and points to the new one',
    async (scene) => {
      const talk = await talking(scene);
      const room = await scene.login.conference();
      const { status, body } = await scene.login.bringIn(room, { sessionId: talk.id, partyId: talk.own });
      expect(status).toBe(201);
      expect(body).toMatchObject({
        conferenceRole: 'Participant',
        direction: 'Inbound',
        status: { code: 'Setup' },
      });
      expect(body).not.toHaveProperty('owner');
      await scene.sandbox.advance(1000);
      const own = await partyIn(scene, talk.id, talk.own);
      expect(own.status).toMatchObject({ code: 'Gone', reason: 'Conference', peerId: { partyId: body.id } });
    },
  );

  states('2.3.7', 'documented', 'mute by API and by phone are independent', async (scene) => {
    const talk = await talking(scene);
    const mute = (muted: boolean) => scene.login.api('PATCH', partyPath(talk), { muted });
    await mute(true);
    await scene.sandbox.act(talk.id, scene.number, 'mute');
    expect((await mute(false)).body.muted).toBe(true);
    await scene.sandbox.act(talk.id, scene.number, 'unmute');
    expect((await partyIn(scene, talk.id, talk.own)).muted).toBe(false);
  });

  states(
    '2.3.7',
    'documented',
    'the flags stand at the top or in `party`; both are optional',
    async (scene) => {
      const talk = await talking(scene);
      const patch = async (body: object) =>
        (await scene.login.api('PATCH', partyPath(talk), body)).body.muted;
      expect([
        await patch({ party: { muted: true } }),
        await patch({}),
        await patch({ muted: false }),
      ]).toEqual([true, true, false]);
    },
  );
});

describe('9 and 10 hold', () => {
  states(
    '2.3.9',
    'documented',
    'hold by API and by phone are independent, whichever was first',
    async (scene) => {
      const talk = await talking(scene);
      await scene.sandbox.act(talk.id, scene.number, 'hold');
      const held = await operate(scene, talk, 'hold');
      expect([held.status, held.body.status.code]).toEqual([200, 'Hold']);
      await scene.sandbox.act(talk.id, scene.number, 'unhold');
      expect((await partyIn(scene, talk.id, talk.own)).status.code).toBe('Hold');
      expect((await operate(scene, talk, 'unhold')).body.status.code).toBe('Answered');
    },
  );

  states(
    '2.3.9',
    'observed',
    'held by the API already, it is 409; the held side stays Answered',
    async (scene) => {
      const talk = await talking(scene);
      await operate(scene, talk, 'hold');
      await expectRefused(operate(scene, talk, 'hold'), '409 TAS-102');
      expect((await partyIn(scene, talk.id, talk.far)).status.code).toBe('Answered');
    },
  );
});

describe('11 to 15', () => {
  states('2.3.11', 'observed', 'park: the caller’s party is Parked with the code', async (scene) => {
    const talk = await talking(scene);
    const { status, body } = await operate(scene, talk, 'park');
    expect(status).toBe(201);
    expect(body).toMatchObject({ id: talk.far, status: { code: 'Parked' }, park: { id: '*801' } });
    expect(body).not.toHaveProperty('extensionId');
  });

  states('2.3.12', 'documented', 'flip takes a flip number, with a star or without', async (scene) => {
    for (const callFlipId of ['1', '*1']) {
      const talk = await talking(scene);
      expect((await operate(scene, talk, 'flip', { callFlipId })).status).toBe(200);
      const call = await callOf(scene, talk.id);
      expect(reached(call).at(-1)).toBe('rings +12055550991');
    }
    await expectRefused(operate(scene, await talking(scene), 'flip', { callFlipId: '8' }), '400 CMN-101');
  });

  states('2.3.13', 'observed', 'reply answers Setup with CallReplied; then the call ends', async (scene) => {
    const talk = await ringing(scene);
    const { body } = await operate(scene, talk, 'reply', { replyWithPattern: { pattern: 'OnMyWay' } });
    expect(body.status).toEqual({ code: 'Setup', reason: 'CallReplied' });
    await scene.sandbox.advance(10_000);
    expect((await partyIn(scene, talk.id, talk.own)).status).toMatchObject({ reason: 'CallReplied' });
  });

  states(
    '2.3.14',
    'documented',
    'bridge: one’s own party is Gone with AttendedTransfer, the others stay',
    async (scene) => {
      const customer = await talking(scene);
      await operate(scene, customer, 'hold');
      const consultation = await called(scene, '103');
      const target = { telephonySessionId: consultation.id, partyId: consultation.own };
      const { body } = await operate(scene, customer, 'bridge', target);
      expect(body.status).toMatchObject({
        code: 'Gone',
        reason: 'AttendedTransfer',
        peerId: { partyId: consultation.own },
      });
      await scene.sandbox.advance(1000);
      const customerLeg = await partyIn(scene, customer.id, customer.far);
      const heard = await partyIn(scene, customer.id, customerLeg.hears[0]);
      expect(heard.extensionId).toBe(scene.colleague.extensionId);
    },
  );

  states(
    '2.3.15',
    'documented',
    'ignore needs the device and leaves the caller in the queue',
    async (scene) => {
      const id = await scene.sandbox.ringingCall('200');
      const own = (await scene.sandbox.partyOf(id, scene.number)).id;
      await expectRefused(operate(scene, { id, own }, 'ignore', {}), '400 CMN-100');
      expect((await operate(scene, { id, own }, 'ignore', { deviceId: scene.desk })).status).toBe(204);
      expect((await scene.sandbox.partyOf(id, '103')).status.code).toBe('Proceeding');
    },
  );
});

describe('16, 24 supervise', () => {
  states('2.3.16', 'documented', 'a new party of the supervisor hears, and is not heard', async (scene) => {
    const { sandbox, login, desk, colleague } = scene;
    const id = await sandbox.connectedCall('103');
    const { status, body } = await login.post(`/account/~/telephony/sessions/${id}/supervise`, {
      mode: 'Listen',
      supervisorDeviceId: desk,
      agentExtensionId: colleague.extensionId,
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      direction: 'Outbound',
      status: { code: 'Answered', reason: 'Supervising' },
    });
    const [outside] = (await callOf(scene, id)).parties;
    expect((await partyIn(scene, id, body.id)).hears).toHaveLength(2);
    expect(outside.hears).toHaveLength(1);
  });

  states('2.3.16', 'documented', 'only of agents in a common monitoring group', async (scene) => {
    const id = await scene.sandbox.connectedCall('104');
    const { extensions } = await scene.sandbox.state();
    const body = {
      mode: 'Listen',
      supervisorDeviceId: scene.desk,
      agentExtensionId: extensions.find((one: Json) => one.extensionNumber === '104').id,
    };
    await expectRefused(
      scene.login.post(`/account/~/telephony/sessions/${id}/supervise`, body),
      '403 TAS-106',
    );
  });
});

describe('17 to 20', () => {
  states(
    '2.3.17',
    'documented',
    'reject: another device rings on and can answer, then voicemail',
    async (scene) => {
      const talk = await ringing(scene);
      expect((await operate(scene, talk, 'reject')).status).toBe(204);
      expect(await partyIn(scene, talk.id, talk.own)).toMatchObject({
        status: { code: 'Proceeding' },
        rings: [scene.app],
      });
      await scene.sandbox.advance(20_000);
      const own = await partyIn(scene, talk.id, talk.own);
      expect(own).toMatchObject({ status: { code: 'VoiceMail' }, inVoicemailOf: scene.number });
      const again = await ringing(scene);
      await operate(scene, again, 'reject');
      await scene.sandbox.act(again.id, scene.number, 'answer', { deviceId: scene.app });
      expect((await partyIn(scene, again.id, again.own)).talksAt).toBe(scene.app);
    },
  );

  states(
    '2.3.18',
    'documented',
    'a recording starts active; 2.3.19: it pauses and resumes',
    async (scene) => {
      const talk = await talking(scene);
      const { body } = await operate(scene, talk, 'recordings');
      expect(body).toMatchObject({ active: true, mode: 'OnDemand' });
      const paused = await scene.login.api('PATCH', `${partyPath(talk)}/recordings/${body.id}`, {
        active: false,
      });
      expect(paused.body).toMatchObject({ id: body.id, active: false });
    },
  );

  states(
    '2.3.20',
    'observed',
    'answer: 200 is not yet answered; that device answers by itself',
    async (scene) => {
      const talk = await ringing(scene);
      const { body } = await operate(scene, talk, 'answer', { deviceId: scene.desk });
      expect(body).toMatchObject({ status: { code: 'Proceeding' }, to: { deviceId: scene.desk } });
      await scene.sandbox.advance(1000);
      expect(await partyIn(scene, talk.id, talk.own)).toMatchObject({
        status: { code: 'Answered' },
        talksAt: scene.desk,
      });
    },
  );

  states('2.3.20', 'assumed', 'a device that declines an answer sends the call on', async (scene) => {
    await scene.sandbox.control('PATCH', `/devices/${scene.desk}`, { whenCalled: 'declines' });
    const talk = await ringing(scene);
    await operate(scene, talk, 'answer', { deviceId: scene.desk });
    await scene.sandbox.advance(1000);
    expect((await partyIn(scene, talk.id, talk.own)).status.code).toBe('VoiceMail');
  });
});
