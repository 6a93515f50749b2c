import { expect } from 'vitest';
import type { Json } from '../support.ts';
import {
  callOf,
  expectRefused,
  OUTSIDE,
  operate,
  partyIn,
  reached,
  ringing,
  type Scene,
  states,
  type Talk,
  talking,
} from './support.ts';

/** Whom a transfer or forward of one's own call reaches after a moment. */
async function sentTo(scene: Scene, operation: 'transfer' | 'forward', body: object): Promise<string> {
  const talk = operation === 'transfer' ? await talking(scene) : await ringing(scene);
  const before = reached(await callOf(scene, talk.id)).length;
  const reply = await operate(scene, talk, operation, body);
  expect(reply.body.status).toEqual({ code: 'Disconnected', reason: 'BlindTransfer' });
  await scene.sandbox.advance(3000);
  return reached(await callOf(scene, talk.id))
    .slice(before)
    .join(', ');
}

async function idOf({ sandbox }: Scene, number: string): Promise<string> {
  const { extensions } = await sandbox.state();
  return extensions.find(({ extensionNumber }: Json) => extensionNumber === number).id;
}

for (const operation of ['transfer', 'forward'] as const) {
  const no = operation === 'transfer' ? '2.3.21' : '2.3.23';

  states(no, 'documented', `${operation} by each kind of target, which is who is reached`, async (scene) => {
    const id = await idOf(scene, '103');
    expect(await sentTo(scene, operation, { extensionNumber: '103' })).toBe('rings 103');
    expect(await sentTo(scene, operation, { extensionId: id })).toBe('rings 103');
    expect(await sentTo(scene, operation, { voicemail: id })).toBe('voicemail 103');
    expect(await sentTo(scene, operation, { phoneNumber: '+12055550103' })).toBe('rings 103');
    expect(await sentTo(scene, operation, { phoneNumber: '+442071838750' })).toBe('rings +442071838750');
  });

  states(
    no,
    'assumed',
    `${operation} to national numbers, short codes and main number with extension`,
    async (scene) => {
      expect(await sentTo(scene, operation, { phoneNumber: '2055550103' })).toBe('rings 103');
      expect(await sentTo(scene, operation, { phoneNumber: '(650) 555-0188' })).toBe('rings +16505550188');
      expect(await sentTo(scene, operation, { phoneNumber: '+12055550100*103' })).toBe('rings 103');
      expect(await sentTo(scene, operation, { phoneNumber: '*86' })).toBe(`voicemail ${scene.number}`);
    },
  );

  states(no, 'documented', `${operation} takes exactly one target`, async (scene) => {
    const talk = operation === 'transfer' ? await talking(scene) : await ringing(scene);
    await expectRefused(operate(scene, talk, operation, {}), '400 CMN-100');
    const two = { phoneNumber: OUTSIDE, extensionNumber: '103' };
    await expectRefused(operate(scene, talk, operation, two), '400 CMN-101');
  });

  states(no, 'assumed', `${operation} to voicemail takes only what has a mailbox`, async (scene) => {
    await scene.sandbox.control('POST', '/extensions', { type: 'PagingOnly', extensionNumber: '500' });
    const talk: Talk = operation === 'transfer' ? await talking(scene) : await ringing(scene);
    const before = (await callOf(scene, talk.id)).reached;
    for (const number of ['300', '400', '500']) {
      await expectRefused(
        operate(scene, talk, operation, { voicemail: await idOf(scene, number) }),
        '400 CMN-101',
      );
    }
    await expectRefused(operate(scene, talk, operation, { voicemail: '1' }), '404 CMN-102');
    await expectRefused(operate(scene, talk, operation, { extensionId: '1' }), '404 CMN-102');
    expect((await callOf(scene, talk.id)).reached).toEqual(before);
  });
}

states('2.3.21', 'documented', '`parkOrbit` parks at a location', async (scene) => {
  expect(await sentTo(scene, 'transfer', { parkOrbit: await idOf(scene, '300') })).toBe('parked 300');
});

states(
  '2.3.21',
  'assumed',
  '`parkOrbit` takes nothing but a park location: nobody is rung',
  async (scene) => {
    const talk = await talking(scene);
    const before = (await callOf(scene, talk.id)).reached;
    for (const number of ['103', '200', '400', scene.number]) {
      await expectRefused(
        operate(scene, talk, 'transfer', { parkOrbit: await idOf(scene, number) }),
        '400 CMN-101',
      );
    }
    await expectRefused(operate(scene, talk, 'transfer', { parkOrbit: '1' }), '404 CMN-102');
    const call = await callOf(scene, talk.id);
    expect([call.reached, call.parties.length]).toEqual([before, 2]);
  },
);

states(
  '2.3.22',
  'documented',
  'pickup: a new own party, Answered with Pickup, at one’s device',
  async (scene) => {
    const id = await scene.sandbox.connectedCall('104');
    const parked = (await scene.sandbox.partyOf(id, undefined)).id;
    await scene.sandbox.act(id, '104', 'park');
    const { status, body } = await operate(scene, { id, own: parked }, 'pickup', { deviceId: scene.desk });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      direction: 'Outbound',
      extensionId: scene.extensionId,
      status: { code: 'Answered', reason: 'Pickup' },
      from: { deviceId: scene.desk },
      to: { phoneNumber: OUTSIDE },
    });
    expect((await partyIn(scene, id, body.id)).talksAt).toBe(scene.desk);
  },
);
