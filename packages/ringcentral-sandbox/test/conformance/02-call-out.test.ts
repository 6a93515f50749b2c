import { expect } from 'vitest';
import { callOf, OUTSIDE, reached, type Scene, states, verdict } from './support.ts';

async function callOut(scene: Scene, to: object, more: object = {}) {
  const { login, desk } = scene;
  const body = { from: { deviceId: desk }, to, ...more };
  return login.post('/account/~/telephony/call-out', body);
}

/** Whom a call-out to that number reaches after one's own device rang and answered; or the refusal. */
async function dialled(scene: Scene, to: object, more: object = {}): Promise<string | undefined> {
  const reply = await callOut(scene, to, more);
  if (reply.status !== 201) return verdict(reply);
  await scene.sandbox.advance(3000);
  const [, , first] = reached(await callOf(scene, reply.body.session.id));
  await scene.sandbox.control('DELETE', `/calls/${reply.body.session.id}`);
  return first;
}

states('2.3.1', 'observed', 'the device is called first, then the destination', async (scene) => {
  const { body, status } = await callOut(scene, { phoneNumber: OUTSIDE });
  expect(status).toBe(201);
  expect(body.session.parties).toMatchObject([
    {
      direction: 'Outbound',
      status: { code: 'Setup' },
      from: { deviceId: scene.desk, extensionId: scene.extensionId },
    },
  ]);
  await scene.sandbox.advance(100);
  expect(reached(await callOf(scene, body.session.id))).toEqual([`rings ${scene.number}`]);
  await scene.sandbox.advance(2000);
  expect(reached(await callOf(scene, body.session.id))).toEqual([
    `rings ${scene.number}`,
    `answers ${scene.number}`,
    `rings ${OUTSIDE}`,
  ]);
});

for (const [does, reason] of [
  ['declines', 'Rejected'],
  ['busy', 'TargetBusy'],
  ['unreachable', 'NoAnswer'],
]) {
  states(
    '2.3.1',
    'assumed',
    `a device that ${does} ends the call with ${reason}, and nobody is rung`,
    async (scene) => {
      await scene.sandbox.control('PATCH', `/devices/${scene.desk}`, { whenCalled: does });
      const { session } = (await callOut(scene, { extensionNumber: '103' })).body;
      await scene.sandbox.advance(2000);
      const call = await callOf(scene, session.id);
      expect(call.parties).toMatchObject([{ status: { code: 'Disconnected', reason } }]);
      expect(reached(call)).toEqual([`rings ${scene.number}`]);
    },
  );
}

states('2.3.1', 'assumed', 'a device that only rings waits for a person, and not for ever', async (scene) => {
  const { sandbox, desk, number } = scene;
  await sandbox.control('PATCH', `/devices/${desk}`, { whenCalled: 'rings' });
  const first = (await callOut(scene, { extensionNumber: '103' })).body.session.id;
  await sandbox.advance(5000);
  expect(await sandbox.partyOf(first, number)).toMatchObject({
    status: { code: 'Setup' },
    rings: [desk],
  });
  await sandbox.act(first, number, 'answer', { deviceId: desk });
  await sandbox.advance(1000);
  expect((await sandbox.partyOf(first, '103')).rings).toEqual([scene.colleague.desk]);
  const second = (await callOut(scene, { extensionNumber: '103' })).body.session.id;
  await sandbox.advance(21_000);
  expect((await callOf(scene, second)).parties).toMatchObject([
    { status: { code: 'Disconnected', reason: 'NoAnswer' } },
  ]);
});

states('2.3.1', 'documented', 'national numbers follow the home country’s dialling plan', async (scene) => {
  expect(await dialled(scene, { phoneNumber: '2055550103' })).toBe('rings 103');
  expect(await dialled(scene, { phoneNumber: '12055550103' })).toBe('rings 103');
  expect(await dialled(scene, { phoneNumber: '+12055550103' })).toBe('rings 103');
  expect(await dialled(scene, { phoneNumber: '4155550123' })).toBe(`rings ${OUTSIDE}`);
  expect(await dialled(scene, { phoneNumber: '011442071838750' })).toBe('rings +442071838750');
  for (const none of ['442071838750', '5550123', 'hello', '+', '0']) {
    expect([none, await dialled(scene, { phoneNumber: none })]).toEqual([none, '400 CMN-101']);
  }
});

states('2.3.1', 'documented', '`countryId` is another country’s plan', async (scene) => {
  expect(await dialled(scene, { phoneNumber: '02071838750' }, { countryId: 224 })).toBe(
    'rings +442071838750',
  );
  expect(await dialled(scene, { phoneNumber: '02071838750' })).toBe('400 CMN-101');
  expect(await dialled(scene, { phoneNumber: OUTSIDE }, { countryId: 224 })).toBe(`rings ${OUTSIDE}`);
  expect(await dialled(scene, { phoneNumber: OUTSIDE }, { countryId: 99999 })).toBe('400 CMN-101');
  await scene.sandbox.control('PATCH', '/account', { homeCountryId: '224' });
  expect(await dialled(scene, { phoneNumber: '02071838750' })).toBe('rings +442071838750');
});

states('2.3.1', 'documented', '*67, *86, emergency and special numbers are taken', async (scene) => {
  expect(await dialled(scene, { phoneNumber: '*6714155550123' })).toBe(`rings ${OUTSIDE}`);
  for (const number of ['911', '112', '988']) {
    expect(await dialled(scene, { phoneNumber: number })).toBe(`rings ${number}`);
  }
  // That it is one's own mailbox is assumed.
  expect(await dialled(scene, { phoneNumber: '*86' })).toBe(`voicemail ${scene.number}`);
});

states('2.3.1', 'documented', 'an extension is a colleague whatever its number looks like', async (scene) => {
  for (const extensionNumber of ['110', '112', '119']) {
    const reply = await scene.sandbox.control('POST', '/extensions', { type: 'User', extensionNumber });
    expect(reply.status).toBe(201);
    expect(await dialled(scene, { extensionNumber })).toBe(`rings ${extensionNumber}`);
  }
  expect(await dialled(scene, { phoneNumber: '112' })).toBe('rings 112');
});
