import { expect, test } from 'vitest';
import { type Json, openSandbox } from '../support.ts';
import { called, callOf, operate, partyIn, type Scene, states, talking } from './support.ts';

states('3.1', 'documented', 'a session: id, origin, parties, creationTime to the second', async (scene) => {
  const talk = await talking(scene);
  const { body } = await scene.login.get(`/account/~/telephony/sessions/${talk.id}`);
  expect(body).toMatchObject({ id: talk.id, origin: { type: 'Call' } });
  expect(body.creationTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect(body.parties).toHaveLength(2);
});

states(
  '3.2',
  'documented',
  'a party of the account has an owner, one of the PSTN has none',
  async (scene) => {
    const talk = await talking(scene);
    const own = (await scene.login.get(`/account/~/telephony/sessions/${talk.id}/parties/${talk.own}`)).body;
    expect(own).toMatchObject({
      extensionId: scene.extensionId,
      owner: { extensionId: scene.extensionId, brandId: expect.any(String) },
      direction: 'Inbound',
      muted: false,
      standAlone: false,
    });
    expect(own).not.toHaveProperty('park');
  },
);

/** Both legs of a warm transfer are Gone: what their `peerId` looks like. */
async function peerIds(scene: Scene): Promise<Json[]> {
  const customer = await talking(scene);
  await operate(scene, customer, 'hold');
  const consultation = await called(scene, '103');
  const target = { telephonySessionId: consultation.id, partyId: consultation.own };
  await operate(scene, customer, 'bridge', target);
  return [
    { peer: consultation, ...(await partyIn(scene, customer.id, customer.own)).status.peerId },
    { peer: customer, ...(await partyIn(scene, consultation.id, consultation.own)).status.peerId },
  ];
}

const SHAPES: [string, (peer: Json, id: Json) => unknown][] = [
  ['legacy', ({ id }, { sessionId }) => ({ sessionId, telephonySessionId: id })],
  ['telephony', ({ id }) => ({ sessionId: undefined, telephonySessionId: id })],
  ['session', ({ id }) => ({ sessionId: id, telephonySessionId: undefined })],
];

for (const [shape, expected] of SHAPES) {
  states('3.3', 'observed', `peerId in the shape "${shape}"`, async (scene) => {
    await scene.sandbox.control('PATCH', '/account', { peerIds: shape });
    for (const { peer, ...peerId } of await peerIds(scene)) {
      expect(peerId.partyId).toBe(peer.own);
      if (shape === 'legacy') expect(peerId.sessionId).toMatch(/^\d+$/);
      expect({ sessionId: peerId.sessionId, telephonySessionId: peerId.telephonySessionId }).toEqual(
        expected(peer, peerId),
      );
    }
  });
}

test('3.3 by seed every shape of peerId comes, and one leg keeps its own', async () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 12; seed++) {
    const sandbox = await openSandbox({ seed });
    const login = await sandbox.login();
    const id = await sandbox.connectedCall();
    const own = (await sandbox.partyOf(id, '101')).id;
    const path = `/account/~/telephony/sessions/${id}/parties/${own}`;
    await login.post(`${path}/park`);
    const parked = (await sandbox.partyOf(id, undefined)).id;
    await login.post(`/account/~/telephony/sessions/${id}/parties/${parked}/pickup`, {
      deviceId: '60101001',
    });
    const read = async () =>
      (await login.get(`/account/~/telephony/sessions/${id}/parties/${parked}`)).body.status.peerId;
    const peerId = await read();
    expect(await read()).toEqual(peerId);
    seen.add(Object.keys(peerId).sort().join());
  }
  expect([...seen].sort()).toEqual([
    'partyId,sessionId',
    'partyId,sessionId,telephonySessionId',
    'partyId,telephonySessionId',
  ]);
});

states('3.4', 'observed', 'ids have the platform’s forms; a party’s has its session’s', async (scene) => {
  const talk = await talking(scene);
  expect(talk.id).toMatch(/^s-[0-9a-f]{13}z[0-9a-f]{11}z[0-9a-f]{7,11}$/);
  expect(talk.own).toBe(`p-${talk.id.slice(2)}-2`);
});

states('3.4', 'assumed', 'no id of one call or party is good in another', async (scene) => {
  const [one, other] = [await talking(scene), await talking(scene)];
  const theirs = await scene.sandbox.connectedCall('103');
  const colleague = (await scene.sandbox.partyOf(theirs, '103')).id;
  for (const mixed of [
    { id: one.id, own: other.own },
    { id: other.id, own: one.own },
    { id: one.id, own: colleague },
  ]) {
    expect((await operate(scene, mixed, 'hold')).status).toBe(404);
  }
  const { calls, extensions, devices } = await scene.sandbox.state();
  const ids = [
    ...calls.flatMap((call: Json) => [call.telephonySessionId, ...call.parties.map(({ id }: Json) => id)]),
    ...extensions.map(({ id }: Json) => id),
    ...devices.map(({ id }: Json) => id),
  ];
  expect(new Set(ids).size).toBe(ids.length);
});

states('3.5', 'observed', 'a queue call is recognised by queueCall and by its name', async (scene) => {
  const gateway = await scene.login.gateway();
  await gateway.subscribe('/account/~/extension/~/telephony/sessions');
  const id = await scene.sandbox.ringingCall('200');
  const [envelope] = await gateway.notifications();
  expect(envelope.body.telephonySessionId).toBe(id);
  expect(envelope.body.parties[0]).toMatchObject({
    queueCall: true,
    uiCallInfo: { primary: { type: 'QueueName', value: 'Support Queue' } },
    status: { code: 'Proceeding' },
  });
});

states(
  '3.3',
  'observed',
  '/state tells beside the wire who rings, talks and listens to which mailbox',
  async (scene) => {
    const { sandbox } = scene;
    const id = await sandbox.dial({ extensionNumber: '103' }, { phoneNumber: '+16505550188' });
    await sandbox.act(id, undefined, 'voicemail');
    const call = await callOf(scene, id);
    // An outside phone's mailbox answers like a person.
    expect(call.parties.map(({ status }: Json) => status.code)).toEqual(['Answered', 'Answered']);
    expect(call.parties.map(({ inVoicemailOf }: Json) => inVoicemailOf)).toEqual([
      '+16505550188',
      '+16505550188',
    ]);
    expect(call.parties.map(({ talksAt }: Json) => talksAt)).toEqual([scene.colleague.desk, '+16505550188']);
  },
);
