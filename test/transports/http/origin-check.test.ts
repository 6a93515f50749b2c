import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpConfig } from '../../../src/config.ts';
import { createMetrics } from '../../../src/transports/http/metrics.ts';
import type { HttpServer } from '../../../src/transports/http/start-http.ts';
import { createKey } from '../../../src/transports/identity/keys.ts';
import { Fixture } from '../support/fixture.ts';
import { ask, initialize, modern, openSession } from '../support/wire.ts';

const { key, entry } = createKey('ada', ['calls:read']);
const bearer = { authorization: `Bearer ${key}` };
const keys = { text: JSON.stringify([entry]), where: 'RC_MCP_KEYS' };
const metrics = () =>
  createMetrics({ liveCalls: () => 0, lineStates: () => [], feedStates: () => [], rateLimitRoom: () => 0 });

/** The same server: for this machine, for a team with keys, and for a team behind a proxy. */
let open: HttpServer;
let team: HttpServer;
let named: HttpServer;
const lines: { msg: string; level: number; names?: string[] }[] = [];

beforeAll(async () => {
  const log = pino({}, { write: (line) => void lines.push(JSON.parse(line)) });
  const start = (config: Partial<HttpConfig>) =>
    new Fixture().start({ config: { host: '127.0.0.1', port: 0, ...config }, metrics: metrics(), log });
  open = await start({});
  team = await start({ host: '0.0.0.0', keys });
  named = await start({ keys, publicUrl: 'https://Calls.Example.com/rc' });
});
afterAll(() => Promise.all([open, team, named].map((server) => server.close())));

const local = ({ url }: HttpServer) => url.replace('0.0.0.0', '127.0.0.1');
const say = (server: HttpServer, headers: Record<string, string>) =>
  ask(local(server), { body: initialize(), headers: { ...bearer, ...headers } });

describe('the names of a server', () => {
  it.each([
    'localhost',
    'LocalHost:1234',
    'localhost.',
    'localhost.:8800',
    '[::1]',
    '[::1]:8800',
    '[0:0:0:0:0:0:0:1]:8800',
    '127.0.0.1.:80',
  ])('Host %s is this machine', async (host) => {
    expect((await say(open, { host })).status).toBe(200);
  });

  it.each(['calls.example.com', 'CALLS.example.com.:443', 'calls.example.com:8443'])(
    'Host %s is what the operator calls it',
    async (host) => {
      expect((await say(named, { host, origin: `https://${host}` })).status).toBe(200);
    },
  );

  it.each([
    ['calls.example.org', 'calls.example.org'],
    ['192.168.1.5:8800', '192.168.1.5:8800'],
    ['[fe80::1]:8800', 'fe80::1 :8800'],
  ])('Host %s is not answered to, and the answer says how to add it', async (host, told) => {
    const answer = await say(team, { host });
    expect(answer.status).toBe(403);
    expect(answer.json.error.message.replaceAll(/[[\]]/g, ' ').replaceAll(/ +/g, ' ')).toContain(told);
    expect(answer.json.error.message).toMatch(
      /^This server does not answer to the Host ".+"\. Add it with --public-url https:\/\/.+\.$/,
    );
  });

  it('says what the name would be in the place of', async () => {
    const { json } = await say(named, { host: 'other.example.com' });
    expect(json.error.message).toBe(
      'This server does not answer to the Host "other.example.com". ' +
        'Add it with --public-url https://other.example.com in the place of https://Calls.Example.com/rc.',
    );
  });

  it.each([
    'a b',
    'evil.example@127.0.0.1',
    '127.0.0.1/x',
    `${'x'.repeat(9_000)}.example`,
    'localhost..',
    '[::1',
  ])('Host %j: 403, in few words', async (host) => {
    const answer = await say(open, { host });
    expect(answer.status).toBe(403);
    expect(answer.text.length).toBeLessThan(500);
  });

  it('are said at start, with the way to add one where others are refused', () => {
    const [first, second, third] = lines.filter(({ msg }) => msg.includes('Host names'));
    expect(first).toMatchObject({ level: 30, names: ['localhost', '127.0.0.1', '[::1]'] });
    expect(second).toMatchObject({ level: 40, msg: expect.stringContaining('--public-url https://') });
    expect(third).toMatchObject({ level: 30, names: expect.arrayContaining(['calls.example.com']) });
  });
});

describe('a page in a browser', () => {
  const origin = 'http://localhost:5173';
  const preflight = (server: HttpServer, path: string, headers = {}) =>
    ask(local(server), {
      method: 'OPTIONS',
      path,
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,mcp-protocol-version,authorization',
        ...headers,
      },
    });

  it.each(['/mcp', '/mcp/', '/sse', '/messages'])(
    'of this machine may ask %s what it may send, without a key',
    async (path) => {
      const { status, headers, text } = await preflight(team, path);
      expect({ status, text }).toEqual({ status: 204, text: '' });
      expect(headers).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-headers': 'content-type,mcp-protocol-version,authorization',
        'access-control-allow-methods': expect.stringMatching(/GET|POST/),
      });
    },
  );

  it('may read answers of every kind, with the headers of MCP', async () => {
    const asked = modern('tools/list');
    for (const [expected, answer] of [
      [200, await say(team, { origin })],
      [200, await ask(local(team), { body: asked.body, headers: { ...asked.headers, ...bearer, origin } })],
      [401, await ask(local(team), { body: initialize(), headers: { origin } })],
      [404, await ask(local(team), { method: 'GET', path: '/nowhere', headers: { origin } })],
      [406, await say(team, { origin, accept: 'text/html' })],
    ] as const) {
      expect(answer.status).toBe(expected);
      expect(answer.headers).toMatchObject({ 'access-control-allow-origin': origin, vary: 'Origin' });
      const exposed = String(answer.headers['access-control-expose-headers']).toLowerCase();
      for (const name of ['mcp-session-id', 'mcp-protocol-version', 'www-authenticate', 'retry-after']) {
        expect(exposed).toContain(name);
      }
      expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
    }
  });

  it.each(['https://evil.example', 'null', 'http://localhost.evil.example'])(
    'of %s may not even ask',
    async (foreign) => {
      const { status, headers } = await preflight(team, '/mcp', { origin: foreign });
      expect(status).toBe(403);
      expect(headers['access-control-allow-origin']).toBeUndefined();
    },
  );

  it('is not promised what is not there', async () => {
    expect((await preflight(team, '/nowhere')).status).toBe(404);
    const plain = await ask(local(team), { method: 'OPTIONS' });
    expect(plain).toMatchObject({ status: 405, headers: { allow: 'GET, POST, DELETE' } });
  });
});

describe('paths', () => {
  it('work with a slash at the end', async () => {
    const session = await openSession(`${open.url}/`);
    expect((await session.request('ping')).status).toBe(200);
    for (const path of ['/healthz/', '/readyz/', '/metrics/']) {
      expect((await ask(open.url, { method: 'GET', path })).status, path).toBe(200);
    }
    expect((await ask(open.url, { method: 'GET', path: '/mcp//' })).status).toBe(404);
  });

  it.each([
    ['POST', '/sse', /\/mcp/],
    ['DELETE', '/sse/', /\/mcp/],
    ['GET', '/messages', /GET \/sse.*\/mcp/],
  ])('%s %s: 405 that says where to go', async (method, path, message) => {
    const answer = await ask(open.url, { method, path, ...(method === 'POST' && { body: initialize() }) });
    expect(answer.status).toBe(405);
    expect(answer.json.error.message).toMatch(message);
  });

  it.each([
    ['POST', '/register'],
    ['GET', '/authorize?client_id=x'],
    ['POST', '/token'],
    ['GET', '/.well-known/oauth-authorization-server'],
    ['GET', '/.well-known/oauth-authorization-server/mcp'],
    ['HEAD', '/.well-known/openid-configuration'],
    ['GET', '/.well-known/oauth-protected-resource/mcp'],
    ['GET', '/mcp/.well-known/openid-configuration'],
  ])('%s %s: says what this server wants instead', async (method, path) => {
    for (const [server, told] of [
      [team, /takes keys.*Authorization: Bearer/],
      [open, /nobody has to identify themselves/],
    ] as const) {
      const answer = await ask(local(server), { method, path });
      expect(answer.status).toBe(404);
      if (method !== 'HEAD') expect(answer.json.error.message).toMatch(told);
    }
  });

  it('says where a key goes to who brings none', async () => {
    const { json } = await ask(local(team), { body: initialize() });
    expect(json.error.message).toContain('a key, sent as "Authorization: Bearer');
  });
});

describe('/metrics', () => {
  it.each(['10.1.2.3:8800', 'rc-mcp.default.svc', '[fe80::1]:8800'])(
    'is scraped as %s with a key, and not without one',
    async (host) => {
      const scrape = { method: 'GET', path: '/metrics' };
      expect((await ask(local(team), { ...scrape, headers: { host, ...bearer } })).status).toBe(200);
      expect((await ask(local(team), { ...scrape, headers: { host } })).status).toBe(401);
      expect((await ask(open.url, { ...scrape, headers: { host } })).status).toBe(403);
    },
  );

  it('answers HEAD', async () => {
    const answer = await ask(open.url, { method: 'HEAD', path: '/metrics' });
    expect(answer).toMatchObject({ status: 200, text: '' });
  });
});

describe('bodies', () => {
  it.each(['application/json; charset=utf-8', 'Application/JSON', 'application/json;charset="UTF-8"'])(
    'of type %s are read',
    async (type) => {
      expect((await say(open, { 'content-type': type })).status).toBe(200);
    },
  );
});
