import { expect, it } from 'vitest';
import { openSandbox, type Reply, type TestSandbox } from '../support.ts';
import { violations } from './contract.ts';

const JWT_GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

const CASES: [string, string, number, (sandbox: TestSandbox) => Promise<Reply>][] = [
  ['getToken', 'a login', 200, (s) => s.oauth('token', { grant_type: JWT_GRANT, assertion: s.jwt })],
  ['getToken', 'a bad grant', 400, (s) => s.oauth('token', { grant_type: 'magic' })],
  [
    'getToken',
    'a wrong secret',
    401,
    (s) => s.oauth('token', {}, { clientId: s.clientId, clientSecret: 'x' }),
  ],
  [
    'getToken',
    'the rate limit',
    429,
    async (s) => {
      const form = { grant_type: JWT_GRANT, assertion: s.jwt };
      await s.control('PATCH', '/account', { rateLimits: { auth: 1 } });
      await s.oauth('token', form);
      return s.oauth('token', form);
    },
  ],
  [
    'getToken',
    'a platform that is unavailable',
    503,
    async (s) => {
      await s.fault({ kind: 'http', status: 503 });
      return s.oauth('token', {});
    },
  ],
  [
    'revokeToken',
    'a logout',
    200,
    async (s) => s.oauth('revoke', { token: (await s.login()).token.access_token }),
  ],
  ['revokeToken', 'no token', 400, (s) => s.oauth('revoke', {})],
  [
    'revokeToken',
    'a wrong secret',
    401,
    (s) => s.oauth('revoke', {}, { clientId: s.clientId, clientSecret: 'x' }),
  ],
  ['getWsToken', 'a token', 200, async (s) => (await s.login()).post('/restapi/oauth/wstoken')],
  ['getWsToken', 'no login', 401, (s) => s.fetch('/restapi/oauth/wstoken', { method: 'POST' })],
  [
    'getWsToken',
    'no permission',
    403,
    async (s) => (await s.loginAs('101', [])).post('/restapi/oauth/wstoken'),
  ],
  [
    'getWsToken',
    'the rate limit',
    429,
    async (s) => {
      const login = await s.login();
      await s.control('PATCH', '/account', { rateLimits: { auth: 1 } });
      await login.post('/restapi/oauth/wstoken');
      return login.post('/restapi/oauth/wstoken');
    },
  ],
];

it.each(CASES)('%s, %s: %i', async (operationId, _, status, cause) => {
  const reply = await cause(await openSandbox());
  expect(reply.status).toBe(status);
  expect(violations(operationId, status, reply.body)).toEqual([]);
});
