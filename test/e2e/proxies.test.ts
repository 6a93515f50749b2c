import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enter, httpWays } from './support/agents.ts';
import { Control } from './support/control.ts';
import { Stage } from './support/operations.ts';
import { outcome, type Running, run } from './support/process.ts';
import {
  hosts,
  missing,
  type ProxyName,
  proxyNames,
  type RunningProxy,
  startProxy,
} from './support/proxies.ts';

const sessions = 'ringcentral://telephony/sessions';

const outside = { mcp: `https://${hosts.mcp}`, approvals: `https://${hosts.approvals}` };

async function secrets() {
  const { stdout: made } = await outcome(['passcode']);
  const { stdout: keyed } = await outcome([
    'key',
    'desk',
    '--scopes',
    'calls:read,calls:control,calls:destructive',
  ]);
  const find = (text: string, pattern: RegExp) => pattern.exec(text)?.[1] ?? '';
  return {
    passcode: find(made, /^([\w]{4}(?:-\w{4}){3})$/m),
    hash: find(made, /_HASH=(\S+)/),
    key: find(keyed, /^(rcmcp_\S+)$/m),
    entry: find(keyed, /^(\{.*\})$/m),
  };
}

/** The server as the document starts it, and a proxy with the document's examples before it. */
async function serveBehind(name: ProxyName) {
  const { passcode, hash, key, entry } = await secrets();
  const server: Running = run(
    [
      ...['serve', '--sandbox', '--http', '127.0.0.1:0', '--public-url', outside.mcp],
      ...['--approvals', '127.0.0.1:0', '--approvals-url', outside.approvals],
    ],
    { PATH: process.env.PATH ?? '', RC_MCP_KEYS: `[${entry}]`, RC_MCP_APPROVALS_PASSCODE_HASH: hash },
  );
  const { controlUrl } = await server.logged('sandbox');
  const { url: page } = await server.logged('approvals');
  const { url } = await server.logged('listening');
  const portOf = (address: unknown) => Number(new URL(String(address)).port);
  const proxy = await startProxy(name, { mcp: portOf(url), approvals: portOf(page) });
  return {
    server,
    proxy,
    url: new URL(String(url)).origin,
    passcode,
    key,
    control: new Control(String(controlUrl)),
  };
}

for (const name of proxyNames) {
  const reason = missing(name);
  describe.skipIf(reason)(`behind ${name}, as the document has it${reason ? `: ${reason}` : ''}`, () => {
    let testbed: Awaited<ReturnType<typeof serveBehind>>;
    let proxy: RunningProxy;
    beforeAll(async () => {
      testbed = await serveBehind(name);
      proxy = testbed.proxy;
    });
    afterAll(async () => {
      // First: Caddy ends when the streams through it have.
      expect(await testbed?.server.stop()).toBe(0);
      await proxy?.stop();
    });

    it.each(httpWays)('a $kind sees calls and their changes over $way', async (way) => {
      const { control, key } = testbed;
      const agent = await enter(way, `${outside.mcp}/mcp`, {
        fetch: proxy.fetch,
        headers: { authorization: `Bearer ${key}` },
      });
      expect((await agent.tools()).map(({ name }) => name)).toContain('list_active_calls');
      await agent.watch([sessions]);
      const { telephonySessionId } = await new Stage(control).ringing();
      await expect.poll(() => agent.news).toContain(sessions);
      await expect
        .poll(async () => JSON.stringify(await agent.call('list_active_calls')))
        .toContain(telephonySessionId);
      await control.drop(telephonySessionId);
      await agent.close();
    });

    it.each(['/', '/metrics', '/healthz', '/readyz', '/mcp/x', '/sandbox'])(
      '%s stays inside',
      async (path) => {
        expect((await proxy.fetch(`${outside.mcp}${path}`)).status).toBe(404);
      },
    );

    it.each([
      ...['/mcp/', '/register', '/authorize', '/token', '/mcp/.well-known/openid-configuration'],
      ...['/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/mcp'],
      ...['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration/mcp'],
    ])('%s gets the answer of the server', async (path) => {
      const answer = await proxy.fetch(`${outside.mcp}${path}`);
      const direct = await fetch(`${testbed.url}${path}`);
      expect(answer.status).toBe(direct.status);
      expect(await answer.text()).toBe(await direct.text());
      expect(answer.headers.get('content-type')).toBe(direct.headers.get('content-type'));
    });

    it('without a key nobody comes in', async () => {
      const response = await proxy.fetch(`${outside.mcp}/mcp`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      });
      expect(response.status).toBe(401);
    });

    it('the operator answers on a page of its own name', async () => {
      const { control, key, passcode } = testbed;
      const page = await proxy.fetch(`${outside.approvals}/`);
      expect(await page.text()).toContain('<title>Approvals</title>');
      const json = { 'content-type': 'application/json', origin: outside.approvals };
      const login = await proxy.fetch(`${outside.approvals}/login`, {
        method: 'POST',
        headers: json,
        body: JSON.stringify({ passcode }),
      });
      const { token } = (await login.json()) as { token: string };
      const authorization = `Bearer ${token}`;
      const agent = await enter({ way: 'http', kind: 'v2 client, 2025' }, `${outside.mcp}/mcp`, {
        fetch: proxy.fetch,
        headers: { authorization: `Bearer ${key}` },
      });
      const { telephonySessionId } = await new Stage(control).talking();
      const ended = agent.call('delete_call_session', { telephonySessionId });
      const questions = await proxy.fetch(`${outside.approvals}/questions`, { headers: { authorization } });
      let open = '';
      for await (const chunk of questions.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        open += chunk;
        if (open.includes('"id"')) break;
      }
      const [question] = JSON.parse(open.trim().split('\n').at(-1) ?? '[]');
      const answer = await proxy.fetch(`${outside.approvals}/questions/${question.id}`, {
        method: 'POST',
        headers: { ...json, authorization },
        body: JSON.stringify({ answer: 'yes' }),
      });
      expect(answer.status).toBe(204);
      expect((await ended).isError).toBeUndefined();
      await agent.close();
    });
  });
}
