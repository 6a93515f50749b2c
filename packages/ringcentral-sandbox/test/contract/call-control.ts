import { expect, it } from 'vitest';
import { type Json, type Login, OUTSIDE, openSandbox, type Reply, type TestSandbox } from '../support.ts';
import { operations, violations } from './contract.ts';

interface Scene {
  sandbox: TestSandbox;
  login: Login;
  deskPhone: string;
}

interface Request {
  path?: Record<string, string>;
  body?: unknown;
}

async function request({ login }: Scene, operationId: string, { path = {}, body }: Request): Promise<Reply> {
  const operation = operations.get(operationId);
  if (!operation) throw new Error(`The contract has no ${operationId}`);
  const uri = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => path[name] ?? '~');
  return login.api(operation.method, uri, body);
}

/** Ids of a call and of 101's party in it. */
async function own({ sandbox }: Scene, telephonySessionId: string): Promise<Record<string, string>> {
  return { telephonySessionId, partyId: (await sandbox.partyOf(telephonySessionId, '101')).id };
}

async function ringing(scene: Scene, extensionNumber = '101'): Promise<Record<string, string>> {
  return own(scene, await scene.sandbox.ringingCall(extensionNumber));
}

async function connected(scene: Scene): Promise<Record<string, string>> {
  return own(scene, await scene.sandbox.connectedCall());
}

async function recorded(scene: Scene): Promise<Record<string, string>> {
  const path = await connected(scene);
  const { body } = await request(scene, 'startCallRecording', { path });
  return { ...path, recordingId: body.id };
}

async function consulted({ sandbox, login, deskPhone }: Scene): Promise<Record<string, string>> {
  const session = await login.callOut(deskPhone, { extensionNumber: '102' });
  await sandbox.act(session.id, '102', 'answer');
  return { telephonySessionId: session.id, partyId: session.parties[0].id };
}

/** The other party of a call of 102, and what a supervisor sends to listen to it. */
async function supervised({ sandbox, deskPhone }: Scene): Promise<Request> {
  const telephonySessionId = await sandbox.connectedCall('102');
  const { id, extensionId } = await sandbox.partyOf(telephonySessionId, '102');
  const body = { mode: 'Listen', supervisorDeviceId: deskPhone, agentExtensionId: extensionId };
  return { path: { telephonySessionId, partyId: id }, body };
}

/** Each of the 24 operations as it succeeds, with the status of the contract. */
const SUCCESSES: [string, number, (scene: Scene) => Promise<Request>][] = [
  [
    'createCallOutCallSession',
    201,
    async ({ deskPhone }) => ({ body: { from: { deviceId: deskPhone }, to: { phoneNumber: OUTSIDE } } }),
  ],
  ['createConferenceCallSession', 201, async () => ({})],
  ['readCallSessionStatus', 200, async (scene) => ({ path: await recorded(scene) })],
  ['deleteCallSession', 204, async (scene) => ({ path: await connected(scene) })],
  [
    'createCallPartyWithBringIn',
    201,
    async (scene) => {
      const { telephonySessionId: sessionId, partyId } = await connected(scene);
      return { path: { telephonySessionId: await scene.login.conference() }, body: { sessionId, partyId } };
    },
  ],
  ['readCallPartyStatus', 200, async (scene) => ({ path: await connected(scene) })],
  ['updateCallParty', 200, async (scene) => ({ path: await connected(scene), body: { muted: true } })],
  [
    'deleteCallParty',
    204,
    async (scene) => {
      const { path } = await supervised(scene);
      const reply = await request(scene, 'superviseCallSession', await supervised(scene));
      return { path: { ...path, telephonySessionId: sessionOf(reply.body.id), partyId: reply.body.id } };
    },
  ],
  ['holdCallParty', 200, async (scene) => ({ path: await connected(scene), body: { proto: 'Auto' } })],
  [
    'unholdCallParty',
    200,
    async (scene) => {
      const path = await connected(scene);
      await request(scene, 'holdCallParty', { path });
      return { path };
    },
  ],
  ['callParkParty', 201, async (scene) => ({ path: await connected(scene) })],
  ['callFlipParty', 200, async (scene) => ({ path: await connected(scene), body: { callFlipId: '1' } })],
  ['replyParty', 200, async (scene) => ({ path: await ringing(scene), body: { replyWithText: 'Later' } })],
  [
    'bridgeCallParty',
    200,
    async (scene) => {
      const path = await connected(scene);
      await request(scene, 'holdCallParty', { path });
      return { path, body: await consulted(scene) };
    },
  ],
  [
    'ignoreCallInQueue',
    204,
    async (scene) => ({ path: await ringing(scene, '200'), body: { deviceId: scene.deskPhone } }),
  ],
  ['superviseCallParty', 201, supervised],
  ['rejectParty', 204, async (scene) => ({ path: await ringing(scene) })],
  ['startCallRecording', 201, async (scene) => ({ path: await connected(scene) })],
  [
    'pauseResumeCallRecording',
    200,
    async (scene) => ({ path: await recorded(scene), body: { active: false } }),
  ],
  [
    'answerCallParty',
    200,
    async (scene) => ({ path: await ringing(scene), body: { deviceId: scene.deskPhone } }),
  ],
  [
    'transferCallParty',
    200,
    async (scene) => ({ path: await connected(scene), body: { phoneNumber: OUTSIDE } }),
  ],
  [
    'pickupCallParty',
    201,
    async (scene) => {
      const path = await connected(scene);
      const { body } = await request(scene, 'callParkParty', { path });
      return { path: { ...path, partyId: body.id }, body: { deviceId: scene.deskPhone } };
    },
  ],
  [
    'forwardCallParty',
    200,
    async (scene) => ({ path: await ringing(scene), body: { extensionNumber: '102' } }),
  ],
  ['superviseCallSession', 201, supervised],
];

function sessionOf(partyId: string): string {
  return partyId.replace(/^p-(.+)-\d+$/, 's-$1');
}

it.each(SUCCESSES)('%s answers %i', async (operationId, status, prepare) => {
  const scene = await openScene();
  const reply = await request(scene, operationId, await prepare(scene));
  expect([reply.status, reply.body]).toEqual([status, reply.body]);
  expect(violations(operationId, reply.status, reply.body)).toEqual([]);
});

async function openScene(): Promise<Scene> {
  const sandbox = await openSandbox();
  const { devices } = await sandbox.state();
  const phone = devices.find((one: Json) => one.extensionNumber === '101' && one.type === 'HardPhone');
  return { sandbox, login: await sandbox.login(), deskPhone: phone.id };
}

it('covers every operation of the contract that acts on calls', () => {
  const acting = [...operations.values()]
    .filter(({ path }) => path.includes('/telephony/'))
    .map(({ id }) => id);
  expect(SUCCESSES.map(([id]) => id).sort()).toEqual(acting.sort());
});

const TWO_TARGETS = { phoneNumber: OUTSIDE, extensionNumber: '102' };

/** Refusals of every kind that Call Control knows (platform.md 9.2). */
const REFUSALS: [string, number, string, (scene: Scene) => Promise<Request>][] = [
  ['createCallOutCallSession', 400, 'CMN-100', async () => ({ body: {} })],
  [
    'createCallOutCallSession',
    404,
    'CMN-102',
    async () => ({ body: { from: { deviceId: '1' }, to: { phoneNumber: OUTSIDE } } }),
  ],
  [
    'createCallPartyWithBringIn',
    403,
    'TAS-106',
    async (scene) => {
      const { body } = await request(scene, 'createConferenceCallSession', {});
      const { telephonySessionId: sessionId, partyId } = await connected(scene);
      return { path: { telephonySessionId: body.session.id }, body: { sessionId, partyId } };
    },
  ],
  ['readCallSessionStatus', 404, 'CMN-102', async () => ({ path: { telephonySessionId: 's-nobody' } })],
  ['unholdCallParty', 409, 'TAS-102', async (scene) => ({ path: await connected(scene) })],
  ['startCallRecording', 403, 'TAS-101', async (scene) => ({ path: await ringing(scene) })],
  [
    'pauseResumeCallRecording',
    403,
    'TAS-115',
    async (scene) => {
      await scene.sandbox.control('PATCH', '/account', { autoRecording: true });
      const path = await connected(scene);
      const { body } = await request(scene, 'readCallPartyStatus', { path });
      return { path: { ...path, recordingId: body.recordings[0].id }, body: { active: false } };
    },
  ],
  [
    'transferCallParty',
    400,
    'CMN-101',
    async (scene) => ({ path: await connected(scene), body: TWO_TARGETS }),
  ],
];

it.each(REFUSALS)('%s refuses with %i %s', async (operationId, status, errorCode, prepare) => {
  const scene = await openScene();
  const reply = await request(scene, operationId, await prepare(scene));
  expect([reply.status, reply.body.errors[0].errorCode]).toEqual([status, errorCode]);
  expect(violations(operationId, status, reply.body)).toEqual([]);
});
