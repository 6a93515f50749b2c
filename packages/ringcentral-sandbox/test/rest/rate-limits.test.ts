import { describe, expect, it } from 'vitest';
import { openSandbox } from '../support.ts';

/** One cheap request of each group, and the platform's limit (platform.md 7). */
const GROUPS = [
  ['light', 50, '/account/~'],
  ['medium', 40, '/account/~/extension'],
  ['heavy', 10, '/account/~/presence'],
] as const;

describe.each(GROUPS)('group %s', (group, limit, path) => {
  it('tells what is left, answers 429 beyond it, and restarts the penalty with each request', async () => {
    const sandbox = await openSandbox({ rateLimits: 'platform' });
    const login = await sandbox.login();
    const first = await login.get(path);
    expect(first.headers.get('X-Rate-Limit-Group')).toBe(group);
    expect(first.headers.get('X-Rate-Limit-Limit')).toBe(String(limit));
    expect(first.headers.get('X-Rate-Limit-Remaining')).toBe(String(limit - 1));
    expect(first.headers.get('X-Rate-Limit-Window')).toBe('60');
    for (let count = 1; count < limit; count++) await login.get(path);

    const refused = await login.get(path);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('Retry-After')).toBe('60');
    expect(refused.headers.get('X-Rate-Limit-Remaining')).toBe('0');
    expect(refused.body).toMatchObject({
      errorCode: 'CMN-301',
      message: 'Request rate exceeded',
      errors: [{ errorCode: 'CMN-301' }],
    });

    await sandbox.advance(59_000);
    expect((await login.get(path)).status).toBe(429);
    await sandbox.advance(59_999);
    expect((await login.get(path)).status).toBe(429);
    await sandbox.advance(60_000);
    expect((await login.get(path)).status).toBe(200);
  });
});

it('counts the Auth group per user and app: token, wstoken and revoke share five', async () => {
  const sandbox = await openSandbox({ rateLimits: 'platform' });
  const login = await sandbox.login();
  for (let count = 1; count < 5; count++)
    expect((await login.post('/restapi/oauth/wstoken')).status).toBe(200);
  const refused = await login.post('/restapi/oauth/wstoken');
  expect(refused.status).toBe(429);
  expect(refused.headers.get('X-Rate-Limit-Group')).toBe('auth');
  await expect(sandbox.login()).rejects.toThrow('CMN-301');
  const other = await sandbox.loginAs('102');
  expect((await other.post('/restapi/oauth/wstoken')).status).toBe(200);
});

it('slides: a request is forgotten a minute after it was made', async () => {
  const sandbox = await openSandbox({ rateLimits: { heavy: 2 } });
  const login = await sandbox.login();
  await login.get('/account/~/presence');
  await sandbox.advance(30_000);
  await login.get('/account/~/presence');
  await sandbox.advance(30_000);
  const third = await login.get('/account/~/presence');
  expect(third.status).toBe(200);
  expect(third.headers.get('X-Rate-Limit-Remaining')).toBe('0');
});

it('changes with the world, and "off" is out of reach', async () => {
  const sandbox = await openSandbox({ rateLimits: { light: 1 } });
  const login = await sandbox.login();
  await login.get('/account/~');
  expect((await login.get('/account/~')).status).toBe(429);
  await sandbox.control('PATCH', '/account', { rateLimits: 'off' });
  const reply = await login.get('/account/~');
  expect(reply.status).toBe(200);
  expect(Number(reply.headers.get('X-Rate-Limit-Remaining'))).toBeGreaterThan(10_000);
  await sandbox.control('POST', '/reset');
  expect((await login.get('/account/~')).headers.get('X-Rate-Limit-Limit')).toBe('1');
});

it('limits requests through the socket in the same bucket', async () => {
  const sandbox = await openSandbox({ rateLimits: { light: 2 } });
  const login = await sandbox.login();
  const gateway = await login.gateway();
  await login.get('/account/~');
  const [second] = await gateway.request('GET', '/account/~');
  const [third] = await gateway.request('GET', '/account/~');
  expect(second.headers['X-Rate-Limit-Remaining']).toBe('0');
  expect(third.status).toBe(429);
  expect(third.headers['Retry-After']).toBe('60');
});
