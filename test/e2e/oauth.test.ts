import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audience, startIssuer } from '../transports/support/issuer.ts';
import { enter, httpWays } from './support/agents.ts';
import { Control } from './support/control.ts';
import { scopesOf } from './support/identities.ts';
import { operationNames } from './support/matrix.ts';
import { Stage, succeeded } from './support/operations.ts';
import { environmentOf, type Running, run, startSandboxProcess, withoutLimits } from './support/process.ts';
import { startRelay } from './support/relay.ts';

const everything = scopesOf.owner.join(' ');
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const past = Math.floor(Date.now() / 1000) - 60;
const base64 = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url');

describe('a real server with OAuth', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oauth-'));
  const audit = join(folder, 'audit.log');
  let sandbox: Awaited<ReturnType<typeof startSandboxProcess>>;
  let relay: Awaited<ReturnType<typeof startRelay>>;
  let issuer: Awaited<ReturnType<typeof startIssuer>>;
  let control: Control;
  let server: Running;
  let url: string;

  beforeAll(async () => {
    sandbox = await startSandboxProcess(...withoutLimits('every way in acts and reads on one login'));
    control = new Control(sandbox.address.controlUrl);
    relay = await startRelay(sandbox.address.serverUrl);
    issuer = await startIssuer();
    server = run(['serve', '--http', '127.0.0.1:0', '--log-level', 'trace', '--audit-log', audit], {
      ...environmentOf({ ...sandbox.address, serverUrl: relay.url }),
      RC_MCP_AUDIT_KEY: 'a key of sixteen characters',
      RC_MCP_OAUTH_ISSUER: issuer.issuer.url,
      RC_MCP_OAUTH_AUDIENCE: audience,
    });
    url = String((await server.logged('listening')).url);
  });
  afterAll(async () => {
    expect(await server.stop()).toBe(0);
    expect(await sandbox.stop()).toBe(0);
    relay.close();
    issuer.close();
    rmSync(folder, { recursive: true });
  });

  const metadataOf = (endpoint: string) =>
    new URL(`/.well-known/oauth-protected-resource${endpoint}`, url).href;

  /** The first request of a client over Streamable HTTP, and of one over HTTP+SSE. */
  const knock = (headers: Record<string, string>) =>
    Promise.all([
      fetch(url, {
        method: 'POST',
        headers: {
          ...headers,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
        },
        body: JSON.stringify({
          jsonrpc: '2.0',
          id: 1,
          method: 'initialize',
          params: {
            protocolVersion: '2025-11-25',
            capabilities: {},
            clientInfo: { name: 'raw', version: '1' },
          },
        }),
      }),
      fetch(url.replace('/mcp', '/sse'), { headers: { ...headers, accept: 'text/event-stream' } }),
    ]);

  it('says where tokens come from, and for what (RFC 9728)', async () => {
    for (const [path, resource] of [
      ['', url],
      ['/mcp', url],
      ['/sse', url.replace('/mcp', '/sse')],
    ] as const) {
      const response = await fetch(metadataOf(path));
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({
        resource,
        authorization_servers: [issuer.issuer.url],
        scopes_supported: scopesOf.owner,
        bearer_methods_supported: ['header'],
      });
    }
  });

  it('without a token: 401, and the way to that metadata', async () => {
    const answers = await knock({});
    expect(answers.map(({ status }) => status)).toEqual([401, 401]);
    expect(answers.map(({ headers }) => headers.get('www-authenticate'))).toEqual(
      ['/mcp', '/sse'].map(
        (endpoint) => `Bearer scope="${everything}", resource_metadata="${metadataOf(endpoint)}"`,
      ),
    );
  });

  it.each<[string, () => string | Promise<string>]>([
    ['that has expired', () => issuer.token({ exp: past })],
    ['for another audience', () => issuer.token({ aud: 'https://other.example/mcp' })],
    ['from another issuer', () => issuer.token({ iss: 'https://other.example' })],
    ['signed by a stranger', () => issuer.token({}, { key: 'stranger' })],
    ['with alg none', async () => `${base64({ alg: 'none' })}.${(await issuer.token()).split('.')[1]}.`],
    ['that is no JWT', () => 'opaque-token'],
  ])('with a token %s: 401 invalid_token', async (_what, token) => {
    for (const { status, headers } of await knock(bearer(await token()))) {
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_token", .*resource_metadata="/);
    }
  });

  it.each(['', 'calls:control calls:destructive'])(
    'with a token for "%s", without calls:read: 403 insufficient_scope',
    async (scope) => {
      for (const { status, headers } of await knock(bearer(await issuer.token({ scope })))) {
        expect(status).toBe(403);
        expect(headers.get('www-authenticate')).toMatch(
          /^Bearer error="insufficient_scope", .*scope="calls:read", resource_metadata="/,
        );
      }
    },
  );

  describe.each(httpWays)('over $way, the $kind', (way) => {
    const sub = `${way.way} ${way.kind}`;

    it('finds the issuer by itself, and gets a token for this server and all that it offers', async () => {
      const before = issuer.issuer.resources.length;
      const account = {
        clientId: 'desk-agent',
        clientSecret: 'secret',
        expectedIssuer: issuer.issuer.url,
        scope: everything,
      };
      const agent = await enter(way, url, { account });
      expect((await agent.tools()).map(({ name }) => name)).toEqual(expect.arrayContaining(operationNames));
      expect(issuer.issuer.resources.slice(before)).toEqual([
        url.replace('mcp', way.way === 'sse' ? 'sse' : 'mcp'),
      ]);
      await agent.close();
    });

    it('looks, acts, and after a question ends a call', async () => {
      const agent = await enter(way, url, {
        headers: bearer(await issuer.token({ sub, scope: everything })),
      });
      const { telephonySessionId } = await new Stage(control).talking();
      const seen = succeeded(await agent.call('read_call_session_status', { telephonySessionId }));
      expect(seen.structuredContent?.call.id).toBe(telephonySessionId);
      succeeded(await agent.call('hold_call_party', { telephonySessionId }));
      await control.party(telephonySessionId, ({ status }) => status.code === 'Hold');
      expect(agent.questions).toEqual([]);
      succeeded(await agent.call('delete_call_session', { telephonySessionId }));
      expect(agent.questions).toHaveLength(1);
      await control.party(telephonySessionId, ({ status }) => status.code === 'Disconnected');
      await agent.close();
    });

    it('is judged by the token of each request', async () => {
      const headers = bearer(await issuer.token({ sub, scope: everything }));
      const agent = await enter(way, url, { headers });
      const { telephonySessionId } = await new Stage(control).talking();
      const hold = () => agent.call('hold_call_party', { telephonySessionId });

      Object.assign(headers, bearer(await issuer.token({ sub, scope: 'calls:read' })));
      // Where there is no session the tool is not there at all.
      if (way.kind === 'v2 client, 2026-07-28') await expect(hold()).rejects.toMatchObject({ code: -32602 });
      else expect((await hold()).structuredContent?.error?.kind).toBe('forbidden');

      Object.assign(headers, bearer(await issuer.token({ sub, scope: everything, exp: past })));
      await expect(hold()).rejects.toThrow(/401|expired/);
      await control.party(telephonySessionId, ({ status }) => status.code === 'Answered');

      Object.assign(headers, bearer(await issuer.token({ sub, scope: everything })));
      succeeded(await hold());
      await control.drop(telephonySessionId);
      await agent.close();
    });

    it.each([
      ['has expired', { exp: past }, /401|expired/],
      ['is not for calls:read', { scope: 'calls:control' }, /403|calls:read/],
    ])('does not come in with a token that %s', async (_what, claims, reason) => {
      const headers = bearer(await issuer.token({ sub, ...claims }));
      await expect(enter(way, url, { headers })).rejects.toThrow(reason);
    });
  });

  it('keeps tokens to itself: not in its logs, not on the way to RingCentral', async () => {
    const token = await issuer.token({ sub: 'careful', scope: everything });
    for (const way of httpWays) {
      const agent = await enter(way, url, { headers: bearer(token) });
      const { telephonySessionId } = await new Stage(control).talking();
      const seen = JSON.stringify([
        succeeded(await agent.call('hold_call_party', { telephonySessionId })),
        succeeded(await agent.call('delete_call_session', { telephonySessionId })),
        agent.questions,
      ]);
      expect(seen).not.toContain(token);
      await agent.close();
    }
    const requestId = 'token-in-the-address';
    const misplaced = await fetch(`${url}?access_token=${token}`, { headers: { 'x-request-id': requestId } });
    expect(misplaced.status).toBe(401);
    await expect.poll(() => server.logs.map((line) => line.requestId)).toContain(requestId);

    const recorded = readFileSync(audit, 'utf8');
    expect(recorded).toContain(`careful@${new URL(issuer.issuer.url).host}`);
    const out = [server.stderr(), recorded, ...relay.seen].join('\n');
    expect(relay.seen.filter((request) => request.includes('/hold'))).not.toEqual([]);
    for (const jwt of issuer.issuer.minted) {
      // Its signature, too: it is what makes it good.
      expect(out).not.toContain(jwt.split('.')[2]);
    }
  });
});
