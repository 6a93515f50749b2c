import { get } from 'node:http';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/config.ts';
import type { HttpServer } from '../../../src/transports/http/start-http.ts';
import { createKey, parseKeys } from '../../../src/transports/identity/keys.ts';
import type { CallScope } from '../../../src/transports/identity/principal.ts';
import { clientKinds, connect } from '../../e2e/support/agents.ts';
import { manualClock } from '../../support/clock.ts';
import { Fixture } from '../support/fixture.ts';
import { audience, startIssuer } from '../support/issuer.ts';
import { ask, initialize, modern, openSession, stream } from '../support/wire.ts';

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('static keys', () => {
  const entries = (...scopes: CallScope[]) =>
    [createKey('ada', ['calls:read']), createKey('bob', scopes)] as const;

  it('finds the principal of a key, and nobody for anything else', () => {
    const [ada, bob] = entries('calls:read', 'calls:control');
    const { find } = parseKeys(JSON.stringify([ada.entry, bob.entry]), 'keys');
    expect(find(ada.key)).toEqual({ name: 'key:ada', scopes: new Set(['calls:read']) });
    expect(find(bob.key)?.name).toBe('key:bob');
    expect(find(`${ada.key}x`)).toBeUndefined();
    expect(find('')).toBeUndefined();
  });

  it('stores nothing that a key could be made from', () => {
    const [ada] = entries('calls:read');
    expect(JSON.stringify(ada.entry)).not.toContain(ada.key.slice(6));
  });

  it.each([
    ['no JSON', '{', /not JSON/],
    ['an empty list', '[]', /keys\.json: the list is empty/],
    ['no list', '{}', /keys\.json: the list is a JSON list of/],
    ['no entry', '["rcmcp_secret"]', /keys\.json: 0 is \{"name", "hash", "scopes"\}/],
    [
      'a member too many',
      JSON.stringify([{ ...createKey('ada', ['calls:read']).entry, key: 'x' }]),
      /0 has no member key/,
    ],
    ['no name', `[{"hash":"sha256:${'0'.repeat(64)}","scopes":["calls:read"]}]`, /0\.name is 1 to 64/],
    ['a key in the clear', '[{"name":"ada","hash":"secret","scopes":["calls:read"]}]', /0.hash is sha256:/],
    [
      'an unknown scope',
      `[{"name":"ada","hash":"sha256:${'0'.repeat(64)}","scopes":["calls:all"]}]`,
      /0\.scopes\.0 cannot be "calls:all": there are calls:read, calls:control, calls:destructive/,
    ],
    [
      'no calls:read',
      `[{"name":"ada","hash":"sha256:${'0'.repeat(64)}","scopes":["calls:control"]}]`,
      /calls:read/,
    ],
    [
      'the name local',
      `[{"name":"local","hash":"sha256:${'0'.repeat(64)}","scopes":["calls:read"]}]`,
      /0\.name cannot be local/,
    ],
    [
      'a name twice',
      JSON.stringify([createKey('ada', ['calls:read']).entry, createKey('ada', ['calls:read']).entry]),
      /keys\.json: the name ada is taken/,
    ],
  ])('refuses %s, and says what is wrong', (_what, text, message) => {
    expect(() => parseKeys(text, 'keys.json')).toThrow(message);
    expect(() => parseKeys(text, 'keys.json')).toThrow(ConfigError);
  });

  it.each([
    ['we ird', ['calls:read'], 'The name of a key is 1 to 64 letters, digits, dots, dashes or underscores.'],
    ['', ['calls:read'], 'The name of a key is 1 to 64'],
    ['local', ['calls:read'], 'The name of a key cannot be local'],
    ['nobody', ['calls:control'], 'The scopes of a key must hold calls:read'],
    ['nobody', ['calls:read', 'all'], 'The scopes of a key cannot be "all": there are calls:read'],
  ])('makes no key that it would refuse: %j with %j', (name, scopes, message) => {
    expect(() => createKey(name, scopes)).toThrow(message);
    expect(() => createKey(name, scopes)).toThrow(ConfigError);
  });
});

describe('a server with keys', () => {
  const ada = createKey('ada', ['calls:read']);
  const bob = createKey('bob', ['calls:read', 'calls:control']);
  let fixture: Fixture;
  let http: HttpServer;

  const keys = { text: JSON.stringify([ada.entry, bob.entry]), where: 'RC_MCP_KEYS' };
  beforeEach(async () => {
    fixture = new Fixture();
    http = await fixture.start({
      config: { host: '127.0.0.1', port: 0, keys },
      limits: { sessionsPerPrincipal: 2, requestBurst: 20, requestsPerSecond: 1 },
    });
  });
  afterEach(() => http.close());

  it.each(clientKinds)('hands name and scopes to server and tools, with the %s', async (kind) => {
    const agent = await connect(kind, { http: http.url, headers: bearer(ada.key) });
    const [content] = (await agent.call('whoami')).content;
    expect(JSON.parse(content?.text ?? '')).toEqual({
      clientId: 'key:ada',
      scopes: ['calls:read'],
      token: '',
    });
    expect(fixture.connections.at(-1)?.principal).toEqual({
      name: 'key:ada',
      scopes: new Set(['calls:read']),
    });
    await agent.close();
  });

  it('gives a session to nobody else, over both old transports', async () => {
    const session = await openSession(http.url, '2025-11-25', bearer(ada.key));
    const stolen = await ask(http.url, {
      body: { jsonrpc: '2.0', id: 9, method: 'ping' },
      headers: { ...session.headers, ...bearer(bob.key) },
    });
    expect(stolen.status).toBe(404);
    expect((await session.request('ping')).status).toBe(200);
  });

  it('asks for a key everywhere but at the probes', async () => {
    for (const path of ['/mcp', '/sse', '/metrics']) {
      const answer = await ask(http.url, { method: 'GET', path });
      expect(answer.status, path).toBe(path === '/metrics' ? 404 : 401);
    }
    expect((await ask(http.url, { method: 'POST', path: '/messages?sessionId=x' })).status).toBe(401);
    for (const path of ['/healthz', '/readyz']) {
      expect((await ask(http.url, { method: 'GET', path })).status, path).toBe(200);
    }
  });

  it('bounds sessions and requests of each principal, without harm to another', async () => {
    await openSession(http.url, '2025-11-25', bearer(ada.key));
    await openSession(http.url, '2025-11-25', bearer(ada.key));
    const third = await ask(http.url, { body: initialize(), headers: bearer(ada.key) });
    expect(third.status).toBe(503);
    let status = 0;
    let tries = 0;
    for (; tries < 100 && status !== 429; tries += 1) {
      const answer = await ask(http.url, { body: initialize(), headers: bearer(ada.key) });
      status = answer.status;
      if (status === 429) expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    }
    expect(status).toBe(429);
    expect((await ask(http.url, { body: initialize(), headers: bearer(bob.key) })).status).toBe(200);
  });
});

describe('what one principal may send', () => {
  const ada = createKey('ada', ['calls:read']);
  const bob = createKey('bob', ['calls:read']);
  const keys = { text: JSON.stringify([ada.entry, bob.entry]), where: 'RC_MCP_KEYS' };
  const config = { host: '127.0.0.1', port: 0, keys };
  const ping = (id: number) => ({ jsonrpc: '2.0', id, method: 'ping' });

  it('counts each message of a batch as a request', async () => {
    const http = await new Fixture().start({ config, limits: { requestBurst: 50, requestsPerSecond: 1 } });
    const session = await openSession(http.url, '2025-03-26', bearer(ada.key));
    const batch = (count: number) =>
      ask(http.url, { body: Array.from({ length: count }, (_, n) => ping(n)), headers: session.headers });
    expect((await batch(40)).status).toBe(200);
    const refused = await batch(40);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(1);
    await http.close();
  });

  it('bounds the bytes of what is under way, without harm to another, and gives them back', async () => {
    const fixture = new Fixture();
    const limits = { bodies: 3_000_000, bodiesPerPrincipal: 1_500_000 };
    const http = await fixture.start({ config, limits });
    const finish: (() => void)[] = [];
    fixture.work = () => new Promise((resolve) => finish.push(() => resolve('done')));
    const large = (key: string) => {
      const { headers, body } = modern('tools/call', {
        name: 'work',
        arguments: { filler: 'x'.repeat(800_000) },
      });
      return ask(http.url, { body, headers: { ...headers, ...bearer(key) } });
    };
    const first = large(ada.key);
    await expect.poll(() => finish.length, { interval: 5 }).toBe(1);
    expect(await large(ada.key)).toMatchObject({ status: 503, headers: { 'retry-after': '30' } });
    const other = large(bob.key);
    await expect.poll(() => finish.length, { interval: 5 }).toBe(2);
    for (const done of finish) done();
    expect([(await first).status, (await other).status]).toEqual([200, 200]);
    const again = large(ada.key);
    await expect.poll(() => finish.length, { interval: 5 }).toBe(3);
    finish[2]?.();
    expect((await again).status).toBe(200);
    await http.close();
  });
});

describe('a server with OAuth', () => {
  let server: Awaited<ReturnType<typeof startIssuer>>;
  let fixture: Fixture;
  let http: HttpServer;

  beforeEach(async () => {
    server = await startIssuer();
    fixture = new Fixture();
    http = await fixture.start({
      config: {
        host: '127.0.0.1',
        port: 0,
        publicUrl: 'https://calls.example.com',
        oauth: { issuer: server.issuer.url, audience },
      },
    });
  });
  afterEach(async () => {
    await http.close();
    server.close();
  });

  it('knows a user by subject and issuer, and takes scopes from the token', async () => {
    const agent = await connect('v2 client, 2026-07-28', {
      http: http.url,
      headers: bearer(await server.token()),
    });
    const [content] = (await agent.call('whoami')).content;
    expect(JSON.parse(content?.text ?? '')).toEqual({
      clientId: `user:ada@${new URL(server.issuer.url).host}`,
      scopes: ['calls:read', 'calls:control', 'calls:listen'],
      token: '',
    });
    await agent.close();
  });

  it('takes a key, a person and a machine of one name for three, and each for nobody else', async () => {
    const issuer = new URL(server.issuer.url).host;
    const { key, entry } = createKey('ada', ['calls:read']);
    const config = {
      host: '127.0.0.1',
      port: 0,
      keys: { text: JSON.stringify([entry]), where: 'RC_MCP_KEYS' },
      oauth: { issuer: server.issuer.url, audience },
    };
    const both = await fixture.start({ config });
    const who = async (token: string) => {
      const asked = modern('tools/call', { name: 'whoami', arguments: {} });
      const { json } = await ask(both.url, {
        body: asked.body,
        headers: { ...asked.headers, ...bearer(token) },
      });
      return JSON.parse(json.result.content[0].text).clientId;
    };
    const machine = { sub: undefined, client_id: 'ada' };
    for (const [token, name] of [
      [key, 'key:ada'],
      [await server.token(), `user:ada@${issuer}`],
      [await server.token({ client_id: 'a-host' }), `user:ada@${issuer}`],
      [await server.token(machine), `client:ada@${issuer}`],
      [await server.token({ sub: undefined, azp: 'ada' }), `client:ada@${issuer}`],
      [await server.token({ sub: 'ada', client_id: 'ada' }), `client:ada@${issuer}`],
      [await server.token({ sub: 'key:ada' }), `user:key:ada@${issuer}`],
      [await server.token({ sub: 'local' }), `user:local@${issuer}`],
    ] as const) {
      expect(await who(token)).toBe(name);
    }
    const session = await openSession(both.url, '2025-11-25', bearer(await server.token()));
    const foreign = { ...session.headers, ...bearer(await server.token(machine)) };
    const stolen = await ask(both.url, { body: { jsonrpc: '2.0', id: 9, method: 'ping' }, headers: foreign });
    expect(stolen.status).toBe(404);
    await both.close();
  });

  it('takes no subject that is longer than OpenID Connect allows', async () => {
    const headers = bearer(await server.token({ sub: 'a'.repeat(256) }));
    expect((await ask(http.url, { body: initialize(), headers })).status).toBe(401);
  });

  it('asks the issuer for its keys once, and not before the first token', async () => {
    expect(server.issuer.requests).toEqual([]);
    for (const id of [1, 2, 3]) {
      await ask(http.url, { body: initialize('2025-11-25', id), headers: bearer(await server.token()) });
    }
    expect(server.issuer.requests).toEqual(['/.well-known/oauth-authorization-server', '/jwks']);
  });

  it('says 503, not 401, while the issuer cannot be asked, and recovers', async () => {
    server.issuer.down = true;
    const headers = bearer(await server.token());
    expect((await ask(http.url, { body: initialize(), headers })).status).toBe(503);
    server.issuer.down = false;
    expect((await ask(http.url, { body: initialize(), headers })).status).toBe(200);
  });

  it('keeps no place for a client that went away while its token was verified', async () => {
    await http.close();
    const lines: string[] = [];
    const log = pino({ level: 'debug' }, { write: (line) => void lines.push(line) });
    http = await fixture.start({
      config: { host: '127.0.0.1', port: 0, oauth: { issuer: server.issuer.url, audience } },
      limits: { streams: 1, sessions: 1 },
      log,
    });
    let release = () => {};
    server.issuer.busy = new Promise((resolve) => {
      release = resolve;
    });
    const { hostname, port } = new URL(http.url);
    const headers = bearer(await server.token());
    const hasty = get({ hostname, port, path: '/sse', headers });
    hasty.on('error', () => {});
    await expect.poll(() => server.issuer.requests.length, { interval: 5 }).toBe(1);
    hasty.destroy();
    await expect.poll(() => lines.join(''), { interval: 5 }).toContain('answered');
    release();
    await ask(http.url, { method: 'GET', path: '/metrics', headers });
    const next = await stream(http.url.replace('/mcp', '/sse'), { headers });
    expect(next.status).toBe(200);
    next.close();
  });

  it('refuses an issuer without TLS that is not on this machine', async () => {
    const config = { host: '127.0.0.1', port: 0, oauth: { issuer: 'http://login.example.com', audience } };
    await expect(fixture.start({ config })).rejects.toThrow(/must begin with https/);
  });
});

describe('a stream', () => {
  it('ends with the token that opened it, over every transport, and who has a new one comes back', async () => {
    const issuer = await startIssuer();
    const clock = manualClock(Date.now());
    const fixture = new Fixture();
    const config = { host: '127.0.0.1', port: 0, oauth: { issuer: issuer.issuer.url, audience } };
    const http = await fixture.start({ config, clock });
    const seconds = Math.floor(clock.now() / 1000);
    const short = bearer(await issuer.token({ exp: seconds + 60 }));
    const long = bearer(await issuer.token({ exp: seconds + 40 * 24 * 3_600 }));
    let aborted = 0;
    let finish = (_text: string) => {};
    fixture.work = ({ signal }) =>
      new Promise((resolve) => {
        finish = resolve;
        signal.addEventListener('abort', () => {
          aborted += 1;
        });
      });
    const call = {
      jsonrpc: '2.0',
      id: 'call',
      method: 'tools/call',
      params: { name: 'work', arguments: {} },
    };
    const open = async (token: Record<string, string>) => {
      const session = await openSession(http.url, '2025-11-25', token);
      const listen = modern('subscriptions/listen', { notifications: { resourcesListChanged: true } });
      return {
        session,
        streams: [
          await stream(http.url, { headers: session.headers }),
          await stream(http.url, { method: 'POST', headers: session.headers, body: call }),
          await stream(http.url, {
            method: 'POST',
            body: listen.body,
            headers: { ...listen.headers, ...token },
          }),
          await stream(http.url.replace('/mcp', '/sse'), { headers: token }),
        ],
      };
    };
    const staying = await open(long);
    const ending = await open(short);
    expect(fixture.live).toBe(4);
    clock.advance(60_000);
    expect((await ending.session.request('ping')).status).toBe(200);
    clock.advance(5_000);
    for (const one of ending.streams) {
      await one.ended;
      expect(one.broken).toBe(false);
    }
    expect((await ending.session.request('ping')).status).toBe(401);
    // What was under way goes on: its answer waits for whoever comes back.
    finish('finished all the same');
    const fresh = { ...ending.session.headers, ...long };
    await ask(http.url, { body: { jsonrpc: '2.0', id: 9, method: 'ping' }, headers: fresh });
    const lastEvent = ending.streams[1]?.eventIds[0] ?? '';
    const resumed = await stream(http.url, { headers: { ...fresh, 'last-event-id': lastEvent } });
    await expect.poll(() => JSON.stringify(resumed.messages), { interval: 5 }).toContain('all the same');
    expect(aborted).toBe(0);
    clock.advance(30 * 24 * 3_600_000);
    expect((await staying.session.request('ping')).status).toBe(200);
    for (const one of staying.streams) one.close();
    const closed = http.close();
    clock.advance(10_000);
    await closed;
    issuer.close();
  });
});

describe('without identity', () => {
  it('listens on loopback only', async () => {
    await expect(new Fixture().start({ config: { host: '0.0.0.0', port: 0 } })).rejects.toThrow(ConfigError);
  });

  it('says which port is taken', async () => {
    const http = await new Fixture().start();
    const port = Number(new URL(http.url).port);
    await expect(new Fixture().start({ config: { host: '127.0.0.1', port } })).rejects.toThrow(/in use/);
    await http.close();
  });
});
