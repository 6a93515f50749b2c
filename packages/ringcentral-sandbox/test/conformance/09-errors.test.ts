import { expect, test } from 'vitest';
import { openSandbox } from '../support.ts';
import { operate, ringing, states, talking } from './support.ts';

states('9.1', 'observed', 'the first error stands at the top and in the list', async (scene) => {
  const { status, body } = await operate(scene, await ringing(scene), 'hold');
  expect(status).toBe(409);
  expect(body).toMatchObject({
    errorCode: 'TAS-102',
    errors: [{ errorCode: 'TAS-102', message: body.message }],
  });
});

states('9.1', 'observed', 'token errors have a word at the top', async ({ sandbox }) => {
  const { status, body } = await sandbox.fetch('/restapi/v1.0/account/~', {
    headers: { Authorization: `Bearer ${'a'.repeat(40)}` },
  });
  expect(status).toBe(401);
  expect(body).toMatchObject({ errorCode: 'TokenInvalid', errors: [{ errorCode: 'OAU-213' }] });
});

for (const [shape, top] of [
  ['word', 'InsufficientPermissions'],
  ['code', 'CMN-401'],
]) {
  states('9.1', 'observed', `permission errors with the ${shape} at the top`, async ({ sandbox, number }) => {
    await sandbox.control('PATCH', '/account', { permissionErrors: shape });
    const login = await sandbox.loginAs(number, ['ReadPresence']);
    for (const reply of [
      await login.get('/account/~'),
      await login.post('/account/~/telephony/conference'),
      await login.post('/restapi/oauth/wstoken'),
    ]) {
      expect(reply.status).toBe(403);
      expect(reply.body).toMatchObject({ errorCode: top, errors: [{ errorCode: 'CMN-401' }] });
      expect(reply.body.permissionName).toBe(reply.body.errors[0].permissionName);
    }
  });
}

test('9.1 by seed both shapes of permission errors come, each operation keeping its own', async () => {
  const paths = ['/account/~', '/account/~/extension/~', '/account/~/extension', '/account/~/call-queues'];
  const seen = new Set<string>();
  for (const seed of [1, 2]) {
    const shapes = async () => {
      const sandbox = await openSandbox({ seed });
      const login = await sandbox.loginAs('102', ['ReadPresence']);
      const codes = [];
      for (const path of paths) codes.push((await login.get(path)).body.errorCode);
      return codes;
    };
    const codes = await shapes();
    expect(await shapes()).toEqual(codes);
    for (const code of codes) seen.add(code);
  }
  expect([...seen].sort()).toEqual(['CMN-401', 'InsufficientPermissions']);
});

states('9.1', 'documented', 'every answer has RCRequestId', async ({ login }) => {
  expect((await login.get('/account/~')).headers.get('RCRequestId')).toBeTruthy();
  expect((await login.get('/nothing')).headers.get('RCRequestId')).toBeTruthy();
});

states(
  '9.2',
  'documented',
  'CMN codes: missing and invalid members, unparsable bodies, unknown URIs',
  async (scene) => {
    const talk = await talking(scene);
    const code = async (operation: string, body?: unknown) =>
      (await operate(scene, talk, operation, body)).body.errors[0].errorCode;
    expect(await code('bridge', {})).toBe('CMN-100');
    expect(await code('flip', { callFlipId: 7 })).toBe('CMN-101');
    expect(await code('dance', {})).toBe('CMN-120');
    const path = `/restapi/v1.0/account/~/telephony/sessions/${talk.id}/parties/${talk.own}/flip`;
    const raw = (contentType: string, body: string) =>
      scene.sandbox.fetch(path, {
        method: 'POST',
        body,
        headers: { Authorization: `Bearer ${scene.login.token.access_token}`, 'Content-Type': contentType },
      });
    expect((await raw('application/json', '{')).body.errors[0].errorCode).toBe('CMN-103');
    const other = await raw('text/plain', 'hello');
    expect([other.status, other.body.errors[0].errorCode]).toEqual([400, 'CMN-407']);
  },
);

states(
  '9.2',
  'assumed',
  'unknown session and party are 404 CMN-102, and name the parameter',
  async (scene) => {
    const talk = await talking(scene);
    const { body, status } = await operate(scene, { id: 's-none', own: talk.own }, 'hold');
    expect(status).toBe(404);
    expect(body.errors).toMatchObject([{ errorCode: 'CMN-102', parameterName: 'telephonySessionId' }]);
    const party = await operate(scene, { id: talk.id, own: 'p-none-1' }, 'hold');
    expect(party.body.errors).toMatchObject([{ errorCode: 'CMN-102', parameterName: 'partyId' }]);
  },
);

states('9.2', 'observed', 'pausing an automatic recording is TAS-115', async (scene) => {
  await scene.sandbox.control('PATCH', '/account', { autoRecording: true });
  const talk = await talking(scene);
  const { body } = await scene.login.get(`/account/~/telephony/sessions/${talk.id}/parties/${talk.own}`);
  const path = `/account/~/telephony/sessions/${talk.id}/parties/${talk.own}/recordings/${body.recordings[0].id}`;
  const reply = await scene.login.api('PATCH', path, { active: false });
  expect([reply.status, reply.body.errors[0].errorCode]).toEqual([403, 'TAS-115']);
});
