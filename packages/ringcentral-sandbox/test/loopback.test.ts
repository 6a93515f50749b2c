import { request } from 'node:http';
import { expect, it } from 'vitest';
import { openSandbox, type TestSandbox } from './support.ts';

/** A request with headers that fetch would not send. */
function raw(
  sandbox: TestSandbox,
  path: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<number> {
  return new Promise((resolve, reject) => {
    request(sandbox.serverUrl + path, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

it.each([
  ['another Host', { Host: 'evil.example' }, 403],
  ['the right host on another port', { Host: '127.0.0.1:1' }, 403],
  ['another Origin', { Origin: 'https://evil.example' }, 403],
  ['no Origin that can be named', { Origin: 'null' }, 403],
])('refuses %s, on every face', async (_, headers, status) => {
  const sandbox = await openSandbox();
  for (const path of ['/sandbox/v1/state', '/restapi/v1.0/account/~', '/restapi/oauth/authorize']) {
    expect(await raw(sandbox, path, headers)).toBe(status);
  }
});

it('takes its own pages, by any of its names', async () => {
  const sandbox = await openSandbox();
  const { port } = new URL(sandbox.serverUrl);
  for (const host of ['127.0.0.1', 'localhost']) {
    const headers = { Host: `${host}:${port}`, Origin: `http://${host}:${port}` };
    expect(await raw(sandbox, '/sandbox/v1/state', headers)).toBe(200);
  }
});

it('takes JSON only on the control interface', async () => {
  const sandbox = await openSandbox();
  const post = (body: string, type: string) =>
    fetch(`${sandbox.controlUrl}/calls`, { method: 'POST', body, headers: { 'Content-Type': type } });
  expect((await post('{"from":1}', 'text/plain')).status).toBe(415);
  expect((await post('from=1', 'application/x-www-form-urlencoded')).status).toBe(415);
  expect((await post('{no json', 'application/json')).status).toBe(400);
});

it('refuses bodies that are too large', async () => {
  const sandbox = await openSandbox();
  const login = await sandbox.login();
  const { status } = await login.post('/subscription', { eventFilters: ['x'.repeat(300_000)] });
  expect(status).toBe(413);
});

it('starts twice on a machine, each with credentials of its own, and frees its port', async () => {
  const [one, two] = [await openSandbox({ seed: 1 }), await openSandbox({ seed: 1 })];
  expect(one.clientSecret).not.toBe(two.clientSecret);
  expect(one.jwt).not.toBe(two.jwt);
  const login = await one.login();
  expect(
    (await two.fetch('/restapi/v1.0/account/~', { headers: bearer(login.token.access_token) })).status,
  ).toBe(401);
  await one.close();
  const { port } = new URL(one.serverUrl);
  await openSandbox({ port: Number(port) });
});

function bearer(token: string): Record<string, string> {
  return { Authorization: `Bearer ${token}` };
}
