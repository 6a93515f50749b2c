import { describe, expect, it } from 'vitest';
import { type Login, openSandbox, type Reply, type TestSandbox } from '../support.ts';
import { type Operation, operations, violations } from './contract.ts';

/** Operations of the API; OAuth’s own errors have another shape and their own tests. */
const API = [...operations.values()].filter(({ path }) => !path.startsWith('/restapi/oauth'));
const IDS = {
  telephonySessionId: 's-1',
  partyId: 'p-1-1',
  recordingId: '1',
  groupId: '37439520',
  deviceId: '1',
};

function send(login: Login, { method, path }: Operation): Promise<Reply> {
  const uri = path.replace(/\{(\w+)\}/g, (_, name: string) => IDS[name as keyof typeof IDS] ?? '~');
  return login.api(method, uri, ['POST', 'PUT', 'PATCH'].includes(method) ? {} : undefined);
}

/** Errors that meet every operation, and how to bring them about. */
const COMMON: [string, number, (sandbox: TestSandbox, operation: Operation) => Promise<Reply>][] = [
  [
    'an expired token',
    401,
    async (sandbox, operation) => {
      const login = await sandbox.login();
      await sandbox.fault({ kind: 'expire-access-token' });
      return send(login, operation);
    },
  ],
  [
    'the rate limit',
    429,
    async (sandbox, operation) => {
      const login = await sandbox.login();
      await sandbox.control('PATCH', '/account', { rateLimits: { light: 1, medium: 1, heavy: 1 } });
      await send(login, operation);
      return send(login, operation);
    },
  ],
  [
    'an internal error',
    500,
    async (sandbox, operation) => {
      const login = await sandbox.login();
      await sandbox.fault({ kind: 'http', status: 500 });
      return send(login, operation);
    },
  ],
  [
    'a platform that is unavailable',
    503,
    async (sandbox, operation) => {
      const login = await sandbox.login();
      await sandbox.fault({ kind: 'http', status: 503 });
      return send(login, operation);
    },
  ],
];

describe.each(COMMON)('%s: %i', (_, status, cause) => {
  it.each(API.map((operation): [string, Operation] => [operation.id, operation]))(
    '%s',
    async (id, operation) => {
      const reply = await cause(await openSandbox(), operation);
      expect(reply.status).toBe(status);
      expect(violations(id, status, reply.body)).toEqual([]);
    },
  );
});

/** Nobody’s permission is asked for these. */
const WITHOUT_PERMISSION = /Subscription|checkUserPermission/;

describe('a missing app permission: 403', () => {
  const guarded = API.filter(({ id }) => !WITHOUT_PERMISSION.test(id));
  it.each(guarded.map((operation): [string, Operation] => [operation.id, operation]))(
    '%s',
    async (id, operation) => {
      const sandbox = await openSandbox();
      const reply = await send(await sandbox.loginAs('101', []), operation);
      expect([reply.status, reply.body.errors[0].errorCode]).toEqual([403, 'CMN-401']);
      expect(violations(id, 403, reply.body)).toEqual([]);
    },
  );
});
