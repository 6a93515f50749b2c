import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBreakableLink } from '../support/breakable-link.ts';
import { Browser } from '../team/support/browser.ts';
import { signInAtRingCentral } from '../team/support/sign-in-page.ts';
import { answerConsent, registerApp } from '../team/support/team-bed.ts';
import { type Agent, connect } from './support/agents.ts';
import { Control } from './support/control.ts';
import { environmentOf, outcome, type Running, run, startSandboxProcess } from './support/process.ts';
import { freePort } from './support/proxies.ts';

const certificate = 'test/support/tls/cert.pem';
const name = 'platform.test';

/** A company's proxy, the only one that knows where `platform.test` is. */
async function startProxy(port: number) {
  const seen: string[] = [];
  let status = 200;
  const server = createServer();
  server.on('connect', ({ url, headers }, near) => {
    seen.push(`${url} ${headers['proxy-authorization'] ?? ''}`.trim());
    if (status !== 200) return void near.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
    const far = connectTcp(port, '127.0.0.1', () => near.write('HTTP/1.1 200 Connected\r\n\r\n'));
    far.pipe(near).pipe(far);
    for (const socket of [near, far]) socket.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    refuse: (with_: number) => {
      status = with_;
    },
    close: () => server.close(),
  };
}

let sandbox: Awaited<ReturnType<typeof startSandboxProcess>>;
let line: Awaited<ReturnType<typeof openBreakableLink>>;
let proxy: Awaited<ReturnType<typeof startProxy>>;
let server: Running | undefined;
let agent: Agent | undefined;

beforeEach(async () => {
  sandbox = await startSandboxProcess();
  const pem = (file: string) => readFileSync(`test/support/tls/${file}.pem`, 'utf8');
  const origin = `https://${name}`;
  line = await openBreakableLink(sandbox.address.serverUrl, { key: pem('key'), cert: pem('cert'), origin });
  proxy = await startProxy(line.port);
});
afterEach(async () => {
  await agent?.close();
  await server?.stop();
  proxy.close();
  await line.close();
  await sandbox.stop();
  [server, agent] = [undefined, undefined];
});

const outside = (env: Record<string, string>) => ({
  ...environmentOf({ ...sandbox.address, serverUrl: line.serverUrl }),
  NODE_EXTRA_CA_CERTS: certificate,
  ...env,
});

async function feedOf(env: Record<string, string>) {
  server = run(['serve', '--http', ':0'], env);
  const { url } = await server.logged('listening');
  agent = await connect('v2 client, 2025', { http: String(url) });
  return agent.read('ringcentral://telephony/feed');
}

describe('a company whose network has a proxy', () => {
  it.each(['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY'])(
    '%s: requests and events go through it',
    async (variable) => {
      expect(await feedOf(outside({ [variable]: `http://me:secret@${proxy.address}` }))).toMatchObject({
        state: 'live',
      });
      // REST and WebSocket each have a tunnel of their own.
      expect(proxy.seen.length).toBeGreaterThanOrEqual(2);
      const credentials = Buffer.from('me:secret').toString('base64');
      expect(new Set(proxy.seen)).toEqual(new Set([`${name}:443 Basic ${credentials}`]));
      expect(server?.stderr()).not.toContain('secret');
    },
  );

  it('people sign in through it, too', async () => {
    const { account } = await new Control(sandbox.address.controlUrl).state();
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const {
      RC_USER_JWT: _,
      RC_MCP_PHONE: __,
      ...env
    }: Record<string, string> = outside({
      ...{ HTTPS_PROXY: `http://${proxy.address}`, RC_MCP_ACCOUNTS: account.id },
      RC_MCP_TEAM_KEY: randomBytes(32).toString('base64url'),
    });
    server = run(['serve', '--sign-in', '--http', `:${port}`, '--public-url', url], env);
    await server.logged('listening');
    const browser = new Browser(url);
    const app = await registerApp(url, {});
    const away = await answerConsent(browser, await browser.open(await app.authorizeUrl()), 'yes');
    expect(away.url.hostname).toBe(name);
    // The person's browser has a way of its own to RingCentral.
    const page = new URL(away.url.pathname + away.url.search, sandbox.address.serverUrl);
    const done = await browser.open(await signInAtRingCentral(page, '102'));
    expect(done.body).not.toContain('Sign-in did not work');
    expect((await app.redeem(done.url.searchParams.get('code') ?? '')).status).toBe(200);
    expect(proxy.seen).toContain(`${name}:443`);
  });

  it('an address without a scheme is one of an http proxy', async () => {
    expect(await feedOf(outside({ HTTPS_PROXY: proxy.address }))).toMatchObject({ state: 'live' });
  });

  it('NO_PROXY takes a server out', async () => {
    const env = outside({ HTTPS_PROXY: `http://${proxy.address}`, NO_PROXY: `other.test,${name}` });
    expect(await feedOf(env)).toMatchObject({
      reason: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
    });
    expect(proxy.seen).toEqual([]);
  });

  it('a proxy that refuses is named as the cause', async () => {
    proxy.refuse(407);
    const feed = await feedOf(outside({ HTTPS_PROXY: `http://${proxy.address}` }));
    expect(feed).toMatchObject({
      reason: expect.stringContaining('the proxy refuses to connect, HTTP 407'),
    });
  });

  it('a variable that holds no address is named', async () => {
    const feed = await feedOf(outside({ HTTPS_PROXY: 'socks5://127.0.0.1:1' }));
    expect(feed).toMatchObject({
      reason: expect.stringContaining('HTTPS_PROXY is not the address of an http or https proxy'),
    });
  });

  it('a certificate that is not trusted is the cause, with what helps', async () => {
    const env = outside({ HTTPS_PROXY: `http://${proxy.address}`, NODE_EXTRA_CA_CERTS: '' });
    expect(await feedOf(env)).toMatchObject({
      reason: expect.stringMatching(/SELF_SIGNED.*NODE_EXTRA_CA_CERTS/),
    });
  });

  it('doctor says which proxy is used, without its password', async () => {
    const { code, stdout } = await outcome(
      ['doctor'],
      outside({ HTTPS_PROXY: `http://me:secret@${proxy.address}` }),
    );
    expect(stdout).toContain(
      `proxy: https://${name} is reached through http://${proxy.address} (HTTPS_PROXY)`,
    );
    expect(stdout).not.toContain('secret');
    expect(code).toBe(0);
  });

  it('what runs on this machine is reached without it', async () => {
    const dead = 'http://127.0.0.1:1';
    const env = { ...environmentOf(sandbox.address), HTTPS_PROXY: dead, HTTP_PROXY: dead, ALL_PROXY: dead };
    expect(await feedOf(env)).toMatchObject({ state: 'live' });
  });
});
