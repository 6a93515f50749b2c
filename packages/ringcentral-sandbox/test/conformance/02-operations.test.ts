import { describe, expect, test } from 'vitest';
import { OPERATION_NAMES } from '../../src/engine/api.ts';
import { type PartyOperation, STATE_RULES } from '../../src/engine/states.ts';
import {
  called,
  callOf,
  expectRefused,
  operate,
  partyPath,
  ringing,
  states,
  talking,
  verdict,
} from './support.ts';

states('2.1', 'observed', 'an empty POST with a JSON content type and length 0 is taken', async (scene) => {
  const talk = await talking(scene);
  const { status } = await scene.sandbox.fetch(`/restapi/v1.0${partyPath(talk)}/hold`, {
    method: 'POST',
    headers: {
      Authorization: `bearer ${scene.login.token.access_token}`,
      'Content-Type': 'application/json',
      'Content-Length': '0',
    },
  });
  expect(status).toBe(200);
});

states(
  '2.1',
  'documented',
  'a body that is required must be there: a PATCH of a party too',
  async (scene) => {
    const talk = await talking(scene);
    await expectRefused(scene.login.api('PATCH', partyPath(talk)), '400 CMN-100');
    for (const operation of [
      'flip',
      'reply',
      'bridge',
      'answer',
      'transfer',
      'pickup',
      'forward',
      'supervise',
    ]) {
      const status = (await operate(scene, talk, operation)).status;
      expect([operation, status >= 400 && status < 500]).toEqual([operation, true]);
    }
  },
);

states('2.2', 'documented', 'reject and forward need an inbound party that rings', async (scene) => {
  const talk = await talking(scene);
  await expectRefused(operate(scene, talk, 'reject'), '409 TAS-102');
  await expectRefused(operate(scene, talk, 'forward', { extensionNumber: '103' }), '409 TAS-102');
  const placed = await called(scene, '103');
  await expectRefused(operate(scene, placed, 'reject'), '409 TAS-102');
});

states('2.2', 'documented', 'ignore is for calls of a queue', async (scene) => {
  await expectRefused(
    operate(scene, await ringing(scene), 'ignore', { deviceId: scene.desk }),
    '409 TAS-102',
  );
  const queued = await scene.sandbox.ringingCall('200');
  const own = (await scene.sandbox.partyOf(queued, scene.number)).id;
  const ignored = await operate(scene, { id: queued, own }, 'ignore', { deviceId: scene.desk });
  expect(ignored.status).toBe(204);
});

states(
  '2.2',
  'observed',
  'hold fails while the other side rings, is in voicemail or at a menu',
  async (scene) => {
    const { sandbox, number } = scene;
    for (const to of [{ extensionNumber: '103' }, { phoneNumber: '+12055550100' }]) {
      const id = await sandbox.dial({ extensionNumber: number }, to);
      const own = (await sandbox.partyOf(id, number)).id;
      await expectRefused(operate(scene, { id, own }, 'hold'), '409 TAS-102');
      await sandbox.control('DELETE', `/calls/${id}`);
    }
  },
);

states('2.2', 'documented', 'park takes own incoming calls only', async (scene) => {
  await expectRefused(operate(scene, await called(scene, '103'), 'park'), '409 TAS-102');
  expect((await operate(scene, await talking(scene), 'park')).status).toBe(201);
});

states('2.2', 'documented', 'pickup is for parked parties', async (scene) => {
  const talk = await talking(scene);
  await expectRefused(
    operate(scene, { ...talk, own: talk.far }, 'pickup', { deviceId: scene.desk }),
    '409 TAS-102',
  );
});

states(
  '2.2',
  'documented',
  'both parties of a bridge belong to the caller: a colleague’s is refused',
  async (scene) => {
    const { sandbox, colleague, number } = scene;
    const customer = await talking(scene);
    await operate(scene, customer, 'hold');
    const consultation = await called(scene, colleague.number);
    const foreign = { telephonySessionId: consultation.id, partyId: consultation.far };
    await expectRefused(operate(scene, customer, 'bridge', foreign), '403 TAS-106');
    await sandbox.control('PATCH', '/account', { adminActsOnOthers: true });
    await expectRefused(operate(scene, customer, 'bridge', foreign), '403 TAS-106');
    // Nobody was cut off.
    expect((await sandbox.partyOf(consultation.id, colleague.number)).hears).toHaveLength(1);
    expect((await sandbox.partyOf(customer.id, number)).status.code).toBe('Hold');
  },
);

describe('whose party', () => {
  const bodies: Record<string, unknown> = {
    hold: {},
    unhold: undefined,
    park: undefined,
    flip: { callFlipId: '1' },
    reply: { replyWithText: 'later' },
    reject: undefined,
    recordings: undefined,
    answer: { deviceId: '60103001' },
    transfer: { extensionNumber: '104' },
    forward: { extensionNumber: '104' },
    ignore: { deviceId: '60103001' },
  };

  states(
    '2.2',
    'documented',
    'a colleague’s party is not one’s own, nor is the customer’s',
    async (scene) => {
      const id = await scene.sandbox.connectedCall('103');
      const theirs = { id, own: (await scene.sandbox.partyOf(id, '103')).id };
      for (const [operation, body] of Object.entries(bodies)) {
        expect([operation, verdict(await operate(scene, theirs, operation, body))]).toEqual([
          operation,
          '403 TAS-106',
        ]);
      }
      const talk = await talking(scene);
      await expectRefused(operate(scene, { ...talk, own: talk.far }, 'hold'), '403 TAS-106');
      await expectRefused(scene.login.api('PATCH', partyPath(theirs), { muted: true }), '403 TAS-106');
      await expectRefused(scene.login.api('DELETE', `/account/~/telephony/sessions/${id}`), '403 TAS-106');
    },
  );

  states('2.2', 'assumed', 'an administrator may act on it where the account says so', async (scene) => {
    const id = await scene.sandbox.connectedCall('103');
    const theirs = { id, own: (await scene.sandbox.partyOf(id, '103')).id };
    await scene.sandbox.control('PATCH', '/account', { adminActsOnOthers: true });
    const expected = scene.number === '101' ? '200' : '403 TAS-106';
    await expectRefused(operate(scene, theirs, 'hold'), expected);
  });

  states(
    '2.2',
    'assumed',
    'who is not on a call reads nothing of it, unless the account says so',
    async (scene) => {
      const { sandbox, login, number } = scene;
      // 104 is nobody whom one may listen to.
      const id = await sandbox.connectedCall('104');
      const party = `/account/~/telephony/sessions/${id}/parties/${(await sandbox.partyOf(id, '104')).id}`;
      const read = async () => [
        verdict(await login.get(`/account/~/telephony/sessions/${id}`)),
        verdict(await login.get(party)),
      ];
      // That administrators see what the account's events tell them anyway is assumed.
      expect(await read()).toEqual(number === '101' ? ['200', '200'] : ['403 TAS-106', '403 TAS-106']);
      await sandbox.control('PATCH', '/account', { openCalls: true });
      expect(await read()).toEqual(['200', '200']);
    },
  );

  states('2.2', 'assumed', 'who was on a call, may listen to it or retrieve it, reads it', async (scene) => {
    const { sandbox, login } = scene;
    const talk = await talking(scene);
    await operate(scene, talk, 'transfer', { extensionNumber: '104' });
    expect((await login.get(`/account/~/telephony/sessions/${talk.id}`)).status).toBe(200);
    const monitored = await sandbox.connectedCall('103');
    expect((await login.get(`/account/~/telephony/sessions/${monitored}`)).status).toBe(200);
    const parked = await sandbox.connectedCall('104');
    await sandbox.act(parked, '104', 'park');
    expect((await login.get(`/account/~/telephony/sessions/${parked}`)).status).toBe(200);
  });

  states(
    '2.2',
    'assumed',
    'parked parties of strangers cannot be deleted, unless the account says so',
    async (scene) => {
      const { sandbox, login } = scene;
      const id = await sandbox.connectedCall('104');
      const far = (await sandbox.partyOf(id, undefined)).id;
      await sandbox.act(id, '104', 'park');
      const path = partyPath({ id, own: far });
      await expectRefused(login.api('DELETE', path), '403 TAS-106');
      expect((await callOf(scene, id)).parties[0].status.code).toBe('Parked');
      await sandbox.control('PATCH', '/account', { openCalls: true });
      expect((await login.api('DELETE', path)).status).toBe(204);
    },
  );

  states('2.2', 'documented', 'one’s own parked party can be deleted', async (scene) => {
    const talk = await talking(scene);
    await operate(scene, talk, 'park');
    expect((await scene.login.api('DELETE', partyPath({ ...talk, own: talk.far }))).status).toBe(204);
  });
});

describe('devices', () => {
  states(
    '2.2',
    'documented',
    'answer, call-out, pickup and supervise need one’s own phone that is online',
    async (scene) => {
      const { sandbox, login, colleague, desk } = scene;
      const dial = (deviceId: string) =>
        login.post('/account/~/telephony/call-out', { from: { deviceId }, to: { extensionNumber: '104' } });
      await expectRefused(dial(colleague.desk), '403 TAS-106');
      await expectRefused(dial('1'), '404 CMN-102');
      const talk = await ringing(scene);
      await sandbox.control('PATCH', `/devices/${desk}`, { status: 'Offline' });
      await expectRefused(dial(desk), '403 TAS-106');
      await expectRefused(operate(scene, talk, 'answer', { deviceId: desk }), '403 TAS-106');
    },
  );
});

states('2.2', 'documented', 'bring-in needs a conference whose host has joined', async (scene) => {
  const { login, sandbox } = scene;
  const talk = await talking(scene);
  const body = { sessionId: talk.id, partyId: talk.own };
  const { session } = (await login.post('/account/~/telephony/conference')).body;
  await expectRefused(login.bringIn(session.id, body), '403 TAS-106');
  const ordinary = await sandbox.connectedCall(scene.number, '+14155550199');
  await expectRefused(login.bringIn(ordinary, body), '403 TAS-106');
  expect((await login.bringIn(await login.conference(), body)).status).toBe(201);
});

test('2.2 every operation on a party has its states, each with its evidence', () => {
  const rules = Object.entries(STATE_RULES) as [PartyOperation, (typeof STATE_RULES)[PartyOperation]][];
  for (const [, { states: codes, refusal }] of rules) {
    for (const evidence of [...Object.values(codes), refusal.evidence])
      expect(['documented', 'observed', 'assumed']).toContain(evidence);
  }
  expect(OPERATION_NAMES.length - rules.length).toBe(4);
});
