import { expect } from 'vitest';
import { type Json, story } from '../support.ts';
import { called, expectRefused, OUTSIDE, operate, ringing, states, talking } from './support.ts';

states(
  '4.1',
  'documented',
  'an extension filter tells of one’s own parties, an account filter of all',
  async (scene) => {
    const [own, account] = [await scene.login.gateway(), await scene.login.gateway()];
    await own.subscribe('/account/~/extension/~/telephony/sessions');
    await account.subscribe('/account/~/telephony/sessions');
    await talking(scene);
    const partiesOf = (envelopes: Json[]) =>
      new Set(envelopes.map(({ body }) => body.parties[0].extensionId));
    expect([...partiesOf(await own.notifications())]).toEqual([scene.extensionId]);
    expect([...partiesOf(await account.notifications())]).toEqual([undefined, scene.extensionId]);
  },
);

const SILENT = [
  '/account/~/extension/~/message-store',
  '/account/~/extension/~/message-store/instant?type=SMS',
  '/account/~/extension/~/voicemail',
  '/account/~/extension/~/incoming-call-pickup',
  '/account/~/extension/~/presence/line',
  '/account/~/extension/~/presence/line/presence',
  '/account/~/extension/~/favorite/presence',
  '/account/~/extension',
];

states(
  '4.1',
  'documented',
  'other event filters in a list are accepted, stay silent, and fail nothing',
  async (scene) => {
    const gateway = await scene.login.gateway();
    const body = await gateway.subscribe('/account/~/extension/~/telephony/sessions', ...SILENT);
    expect(body.eventFilters).toHaveLength(SILENT.length + 1);
    expect(body).not.toHaveProperty('disabledFilters');
    await talking(scene);
    const events = (await gateway.notifications()).map(({ event }: Json) => event);
    expect(events.length).toBeGreaterThan(0);
    for (const event of events) expect(event).toContain('/telephony/sessions');
  },
);

states('4.1', 'assumed', 'several extensions in one filter are that many filters', async (scene) => {
  const gateway = await scene.login.gateway();
  const { eventFilters } = await gateway.subscribe(
    `/account/~/extension/~,${scene.colleague.extensionId}/telephony/sessions`,
  );
  expect(eventFilters).toHaveLength(2);
  await called(scene, '103');
  const extensions = (await gateway.notifications()).map(({ body }: Json) => body.parties[0].extensionId);
  expect(new Set(extensions)).toEqual(new Set([scene.extensionId, scene.colleague.extensionId]));
});

states('4.1', 'documented', 'what is no filter of RingCentral is SUB-508', async (scene) => {
  const gateway = await scene.login.gateway();
  const [, body] = await gateway.request('POST', '/subscription', {
    eventFilters: ['/restapi/v1.0/account/~/weather'],
    deliveryMode: { transportType: 'WebSocket' },
  });
  expect(body.errors[0].errorCode).toBe('SUB-508');
});

states('4.2', 'observed', 'the event URI has the level of the party; ids are concrete', async (scene) => {
  const gateway = await scene.login.gateway();
  await gateway.subscribe('/account/~/telephony/sessions');
  await ringing(scene);
  for (const { event, body, ownerId, subscriptionId, uuid, timestamp } of await gateway.notifications()) {
    const { extensionId } = body.parties[0];
    const level = extensionId === undefined ? '' : `/extension/${extensionId}`;
    expect(event).toBe(`/restapi/v1.0/account/37439510${level}/telephony/sessions`);
    expect([ownerId, typeof subscriptionId, typeof uuid, typeof timestamp]).toEqual([
      scene.extensionId,
      'string',
      'string',
      'string',
    ]);
  }
});

states('4.3', 'observed', 'one event carries exactly the party that changed', async (scene) => {
  const gateway = await scene.login.gateway();
  await gateway.subscribe('/account/~/telephony/sessions');
  await talking(scene);
  for (const { body } of await gateway.notifications()) expect(body.parties).toHaveLength(1);
});

states('4.4', 'observed', 'sequences of a session begin at 2 and have no gap', async (scene) => {
  const gateway = await scene.login.gateway();
  await gateway.subscribe('/account/~/telephony/sessions');
  const talk = await talking(scene);
  await operate(scene, talk, 'hold');
  const sequences = (await gateway.notifications()).map(({ body }: Json) => body.sequence);
  expect(sequences).toEqual(sequences.map((_: number, index: number) => index + 2));
});

states('4.6.2', 'observed', 'a caller inside is Answered before the callee even rings', async (scene) => {
  const gateway = await scene.login.gateway();
  await gateway.subscribe('/account/~/telephony/sessions');
  const talk = await called(scene, '103');
  await operate(scene, talk, 'hold');
  await operate(scene, talk, 'unhold');
  await scene.sandbox.act(talk.id, scene.number, 'hangup');
  expect(story(await gateway.notifications())).toEqual([
    '1 Setup 2',
    '2 Setup 3',
    '1 Answered 4',
    '2 Proceeding 5',
    '2 Answered 6',
    '1 Hold 7',
    '1 Answered 8',
    '1 Disconnected 9',
    '2 Disconnected 10',
  ]);
});

states(
  '4.6.3',
  'observed',
  'a party outside has no Setup, and answers before the caller’s leg',
  async (scene) => {
    const gateway = await scene.login.gateway();
    await gateway.subscribe('/account/~/telephony/sessions');
    const id = await scene.sandbox.dial({ extensionNumber: scene.number }, { phoneNumber: OUTSIDE });
    await scene.sandbox.act(id, undefined, 'answer');
    expect(story(await gateway.notifications())).toEqual([
      '1 Setup 2',
      '2 Proceeding 3',
      '1 Proceeding 4',
      '2 Answered 5',
      '1 Answered 6',
    ]);
  },
);

states('4.7', 'documented', 'nobody answers: Voicemail, and the call is missed', async (scene) => {
  const gateway = await scene.login.gateway();
  await gateway.subscribe('/account/~/extension/~/telephony/sessions');
  await ringing(scene);
  await scene.sandbox.advance(20_000);
  const last = (await gateway.notifications()).at(-1).body.parties[0];
  expect(last).toMatchObject({ status: { code: 'Voicemail' }, missedCall: true });
});

states(
  '4.8',
  'documented',
  'a presence event has the active calls, an ended one once more',
  async (scene) => {
    const gateway = await scene.login.gateway();
    await gateway.subscribe('/account/~/extension/~/presence?detailedTelephonyState=true');
    const talk = await talking(scene);
    await scene.sandbox.act(talk.id, scene.number, 'hangup');
    const bodies = (await gateway.notifications()).map(({ body }: Json) => body);
    expect(bodies.map(({ telephonyStatus }: Json) => telephonyStatus)).toContain('Ringing');
    expect(bodies.at(-1)).toMatchObject({
      telephonyStatus: 'NoCall',
      activeCalls: [{ telephonySessionId: talk.id, partyId: talk.own, terminationType: 'final' }],
    });
  },
);

states(
  '4.8',
  'documented',
  'DND is told to who watches; calls of the queue and direct ones respect it',
  async (scene) => {
    const { sandbox, login, number } = scene;
    const gateway = await login.gateway();
    await gateway.subscribe('/account/~/extension/~/presence');
    const reply = await login.api('PUT', '/account/~/extension/~/presence', {
      dndStatus: 'TakeDepartmentCallsOnly',
    });
    expect(reply.body.dndStatus).toBe('TakeDepartmentCallsOnly');
    expect((await gateway.notifications()).at(-1).body.dndStatus).toBe('TakeDepartmentCallsOnly');
    const direct = await sandbox.ringingCall(number);
    expect((await sandbox.partyOf(direct, number)).status.code).toBe('VoiceMail');
    const queued = await sandbox.ringingCall('200');
    expect((await sandbox.partyOf(queued, number)).status.code).toBe('Proceeding');
    await login.api('PUT', '/account/~/extension/~/presence', { dndStatus: 'DoNotAcceptAnyCalls' });
    const again = await sandbox.ringingCall('200');
    await expect(sandbox.partyOf(again, number)).rejects.toThrow('no live party');
    await expectRefused(
      login.api('PUT', '/account/~/extension/~/presence', { dndStatus: 'Never' }),
      '400 CMN-101',
    );
  },
);
