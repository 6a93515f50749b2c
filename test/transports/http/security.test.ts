import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpServer } from '../../../src/transports/http/start-http.ts';
import { Fixture } from '../support/fixture.ts';
import { audience, startIssuer } from '../support/issuer.ts';
import { ask, initialize, modern, openSession, send, stream } from '../support/wire.ts';

/**
 * The MUSTs of the MCP specification on security and authorization that apply to a server, one test each, under the
 * names of their sections. Revision 2025-11-25 where nothing else is said; `modern` is 2026-07-28. What the guard
 * and the tools must do is tested with them.
 *
 * Where the SDK (server 2.4.0) answers otherwise, transports/ sees to it first: it calls a body that is no JSON-RPC
 * message a parse error (-32700), and answers batches and reused ids of every 2025 revision with 200.
 */

let fixture: Fixture;
let http: HttpServer;
/** The same server, with OAuth. */
let issuer: Awaited<ReturnType<typeof startIssuer>>;
let locked: HttpServer;

beforeAll(async () => {
  fixture = new Fixture();
  http = await fixture.start({ limits: { bodyBytes: 10_000 } });
  issuer = await startIssuer();
  locked = await new Fixture().start({
    config: {
      host: '127.0.0.1',
      port: 0,
      publicUrl: 'https://calls.example.com',
      oauth: { issuer: issuer.issuer.url, audience },
    },
  });
});
afterAll(async () => {
  await http.close();
  await locked.close();
  issuer.close();
});

const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('Transports: Streamable HTTP: Security Warning', () => {
  it.each([
    'https://evil.example',
    'http://evil.example:80',
    'null',
    'http://127.0.0.1.evil.example',
    'file://',
    'http://localhost@evil.example',
  ])('Origin %s: 403 on every path and method, before anything is done', async (origin) => {
    const connections = fixture.connections.length;
    for (const [method, path] of [
      ['POST', '/mcp'],
      ['GET', '/mcp'],
      ['DELETE', '/mcp'],
      ['GET', '/sse'],
    ] as const) {
      const answer = await ask(http.url, {
        method,
        path,
        headers: { origin },
        ...(method === 'POST' && { body: initialize() }),
      });
      expect(answer.status, `${method} ${path}`).toBe(403);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
    expect(fixture.connections.length).toBe(connections);
  });

  it.each([
    'evil.example',
    'evil.example:8800',
    'localhost.evil.example',
    '127.0.0.1@evil.example',
    '0.0.0.0',
  ])('Host %s (DNS rebinding): 403', async (host) => {
    const answer = await ask(http.url, { body: initialize(), headers: { host } });
    expect(answer.status).toBe(403);
  });

  it.each(['localhost', 'localhost:1234', '127.0.0.1', '[::1]:8800'])(
    'Host %s is this machine',
    async (host) => {
      expect((await ask(http.url, { body: initialize(), headers: { host } })).status).toBe(200);
    },
  );

  it('knows the name that the operator gave it, and no other', async () => {
    const headers = { host: 'calls.example.com', origin: 'https://calls.example.com' };
    expect((await ask(locked.url, { body: initialize(), headers })).status).toBe(401);
    expect((await ask(http.url, { body: initialize(), headers })).status).toBe(403);
  });
});

describe('Transports: Streamable HTTP: Sending Messages to the Server', () => {
  it('a notification: 202 without a body', async () => {
    const session = await openSession(http.url);
    const answer = await ask(http.url, {
      body: { jsonrpc: '2.0', method: 'notifications/initialized' },
      headers: session.headers,
    });
    expect(answer).toMatchObject({ status: 202, text: '' });
  });

  it.each(['text/html', 'image/*', 'application/xml'])(
    'a client that accepts %s alone: 406',
    async (accept) => {
      const answer = await ask(http.url, { body: initialize(), headers: { accept } });
      expect(answer.status).toBe(406);
    },
  );

  it.each([
    ['no JSON', '{"jsonrpc":', -32700],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xc3, 0x28, 0x22]), -32700],
    ['an empty body', '', -32700],
    ['JSON that is no object', '42', -32600],
    ['an object that is no message', '{}', -32600],
    ['JSON-RPC 1.0', '{"id":1,"method":"ping"}', -32600],
    ['a method that is no string', '{"jsonrpc":"2.0","id":1,"method":7}', -32600],
    ['an id that is an object', '{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600],
    ['an id that is null', '{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600],
    ['an id that fills the memory', `{"jsonrpc":"2.0","id":"${'x'.repeat(257)}","method":"ping"}`, -32600],
    ['a body nested very deep', `${'['.repeat(4_000)}${']'.repeat(4_000)}`, -32600],
  ])('%s: 400 with a JSON-RPC error', async (_what, body, code) => {
    const session = await openSession(http.url);
    const answer = await ask(http.url, {
      body,
      headers: { ...session.headers, 'content-type': 'application/json' },
    });
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ jsonrpc: '2.0', error: { code } });
  });

  it('arguments nested very deep: no failure of ours, in either era', async () => {
    const roomy = await fixture.start();
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const nested = (body: object) => JSON.stringify(body).replace('"deep"', deep);
    const params = { name: 'work', arguments: { given: 'deep' } };
    const { headers, body } = modern('tools/call', params);
    const session = await openSession(roomy.url);
    const old = { jsonrpc: '2.0', id: 'deep', method: 'tools/call', params };
    for (const one of [
      { headers: session.headers, body: nested(old) },
      { headers, body: nested(body) },
    ]) {
      expect((await ask(roomy.url, one)).status).toBeLessThan(500);
    }
    await roomy.close();
  });

  it('a body of DELETE, which has none: not read', async () => {
    const { headers } = await openSession(http.url);
    const size = { 'content-length': '5000000' };
    const body = 'x'.repeat(5_000_000);
    const answer = await ask(http.url, { method: 'DELETE', headers: { ...headers, ...size }, body });
    expect(answer.status).toBe(200);
  });

  it('another Content-Type, or a compressed body: 415', async () => {
    for (const [name, value] of [
      ['content-type', 'text/plain'],
      ['content-encoding', 'gzip'],
    ] as const) {
      expect((await ask(http.url, { body: initialize(), headers: { [name]: value } })).status).toBe(415);
    }
  });

  it('a body over the limit: 413, whether announced or not', async () => {
    const body = JSON.stringify({ ...ping, params: { filler: 'x'.repeat(20_000) } });
    expect((await ask(http.url, { body })).status).toBe(413);
    const headers = { 'transfer-encoding': 'chunked', 'content-type': 'application/json' };
    expect((await ask(http.url, { body, headers })).status).toBe(413);
  });

  it('a batch: 400, but in revision 2025-03-26, which has them', async () => {
    const batch = [
      { ...ping, id: 'a' },
      { ...ping, id: 'b' },
    ];
    const now = await openSession(http.url);
    const refused = await ask(http.url, { body: batch, headers: now.headers });
    expect(refused).toMatchObject({ status: 400, json: { error: { code: -32600 } } });
    const then = await openSession(http.url, '2025-03-26');
    expect((await ask(http.url, { body: batch, headers: then.headers })).status).toBe(200);
  });

  it('modern: a batch is 400', async () => {
    const { body, headers } = modern('tools/list');
    expect((await ask(http.url, { body: [body, body], headers })).status).toBe(400);
  });

  it('an unknown method: a JSON-RPC error in 2025, 404 in the modern revision', async () => {
    const session = await openSession(http.url);
    expect(await session.request('no/such')).toMatchObject({
      status: 200,
      json: { error: { code: -32601 } },
    });
    const { body, headers } = modern('no/such');
    expect(await ask(http.url, { body, headers })).toMatchObject({
      status: 404,
      json: { error: { code: -32601 } },
    });
  });

  it.each(['initialize', 'ping', 'resources/subscribe', 'resources/unsubscribe'])(
    'modern: %s, which its revision has no more, is an unknown method',
    async (method) => {
      const { body, headers } = modern(method);
      expect(await ask(http.url, { body, headers })).toMatchObject({
        status: 404,
        json: { error: { code: -32601 } },
      });
    },
  );
});

describe('Transports: Streamable HTTP: Listening, Multiple Connections, Resumability', () => {
  it('one stream a session: a second GET is 409, so that no message goes out twice', async () => {
    const session = await openSession(http.url);
    const first = await stream(http.url, { headers: session.headers });
    const second = await ask(http.url, { method: 'GET', headers: session.headers });
    expect([first.status, second.status]).toEqual([200, 409]);
    first.close();
  });

  it('no event of another session is replayed', async () => {
    const mine = await openSession(http.url);
    const other = await openSession(http.url);
    const call = await stream(http.url, {
      method: 'POST',
      headers: other.headers,
      body: { ...ping, id: 'x' },
    });
    await call.ended;
    expect(call.eventIds.length).toBeGreaterThan(0);
    const headers = { ...mine.headers, 'last-event-id': call.eventIds[0] ?? '' };
    const replay = await ask(http.url, { method: 'GET', headers });
    expect(replay.text).not.toContain('"x"');
  });

  it('a Last-Event-ID that never was: 400', async () => {
    const session = await openSession(http.url);
    for (const id of ['999999-_GET_stream', '../../etc/passwd', '-1']) {
      const headers = { ...session.headers, 'last-event-id': id };
      expect((await ask(http.url, { method: 'GET', headers })).status, id).toBe(400);
    }
  });

  it('modern: there is nothing to GET or DELETE: 405', async () => {
    for (const method of ['GET', 'DELETE']) {
      const answer = await ask(http.url, { method, headers: { 'mcp-protocol-version': '2026-07-28' } });
      expect(answer).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    }
  });
});

describe('Transports: Streamable HTTP: Session Management', () => {
  it('session ids are random and printable ASCII', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, async () => (await openSession(http.url)).id));
    expect(new Set(ids).size).toBe(20);
    for (const id of ids)
      expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  });

  it('no session id where one is needed: 400', async () => {
    for (const method of ['POST', 'GET', 'DELETE']) {
      const answer = await ask(http.url, { method, ...(method === 'POST' && { body: ping }) });
      expect(answer.status, method).toBe(400);
    }
  });

  it('an unknown, foreign or ended session id: 404', async () => {
    const ended = await openSession(http.url);
    await ask(http.url, { method: 'DELETE', headers: ended.headers });
    for (const id of [ended.id, '00000000-0000-4000-8000-000000000000', '__proto__', 'constructor']) {
      const answer = await ask(http.url, { body: ping, headers: { 'mcp-session-id': id } });
      expect(answer, id).toMatchObject({ status: 404, json: { error: { code: -32001 } } });
    }
  });

  it('a second initialize in a session: 400', async () => {
    const session = await openSession(http.url);
    expect(
      (await ask(http.url, { body: initialize('2025-11-25', 9), headers: session.headers })).status,
    ).toBe(400);
  });
});

describe('Transports: Streamable HTTP: Protocol Version Header', () => {
  it('an invalid or unsupported revision: 400', async () => {
    const session = await openSession(http.url);
    for (const revision of ['1999-01-01', 'latest', '2025-11-25, 2025-06-18']) {
      const headers = { ...session.headers, 'mcp-protocol-version': revision };
      expect((await ask(http.url, { body: ping, headers })).status, revision).toBe(400);
    }
  });

  it('modern: headers that say something else than the body: 400', async () => {
    const { body, headers } = modern('tools/call', { name: 'work', arguments: {} });
    for (const [name, lie] of [
      ['mcp-method', 'tools/list'],
      ['mcp-name', 'whoami'],
      ['mcp-protocol-version', '2025-11-25'],
    ] as const) {
      const answer = await ask(http.url, { body, headers: { ...headers, [name]: lie } });
      expect(answer.status, name).toBe(400);
      expect(answer.json.error.code).toBe(-32020);
    }
    const { 'mcp-method': _left, ...without } = headers;
    expect((await ask(http.url, { body, headers: without })).status).toBe(400);
  });

  it('modern: a revision that does not exist: 400 with those that do', async () => {
    const { body, headers } = modern('tools/list');
    const unknown = JSON.parse(JSON.stringify(body).replaceAll('2026-07-28', '2099-01-01'));
    const answer = await ask(http.url, {
      body: unknown,
      headers: { ...headers, 'mcp-protocol-version': '2099-01-01' },
    });
    expect(answer.status).toBe(400);
    expect(answer.json.error.data.supported).toContain('2026-07-28');
  });
});

describe('Base Protocol: Messages: Requests', () => {
  it('an id of a request that has no answer yet: 400, over both old transports, and twice in a batch', async () => {
    fixture.work = () => new Promise(() => {});
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'work', arguments: {} } };
    const session = await openSession(http.url, '2025-03-26');
    const open = await stream(http.url, { method: 'POST', headers: session.headers, body: call });
    for (const body of [
      { ...ping, id: 1 },
      [
        { ...ping, id: 2 },
        { ...ping, id: 2 },
      ],
    ]) {
      const answer = await ask(http.url, { body, headers: session.headers });
      expect(answer).toMatchObject({ status: 400, json: { error: { code: -32600 } } });
    }
    open.close();

    const sse = await stream(http.url.replace('/mcp', '/sse'), {});
    const path = await sse.endpoint;
    expect((await ask(http.url, { path, body: { ...initialize(), id: 0 } })).status).toBe(202);
    expect((await ask(http.url, { path, body: call })).status).toBe(202);
    expect((await ask(http.url, { path, body: { ...ping, id: 1 } })).status).toBe(400);
    sse.close();
    fixture.work = async () => 'done';
  });

  it('an id of a request that is still open never gets the other one’s answer', async () => {
    const session = await openSession(http.url);
    let finish = (_text: string) => {};
    fixture.work = () =>
      new Promise((resolve) => {
        finish = resolve;
      });
    const call = {
      jsonrpc: '2.0',
      id: 'call',
      method: 'tools/call',
      params: { name: 'work', arguments: {} },
    };
    const open = await stream(http.url, { method: 'POST', headers: session.headers, body: call });
    expect(
      (await ask(http.url, { body: { ...call, method: 'ping' }, headers: session.headers })).status,
    ).toBe(400);
    finish('mine');
    await open.ended;
    expect(JSON.stringify(open.messages)).toContain('mine');
  });
});

describe('HTTP itself', () => {
  const raw = (lines: string[], body = '') => send(http.url, `${lines.join('\r\n')}\r\n\r\n${body}`);
  const status = (text: string) => Number(text.split(' ')[1]);
  const json = 'Content-Type: application/json';

  it.each([
    [
      'Content-Length and Transfer-Encoding',
      ['Content-Length: 4', 'Transfer-Encoding: chunked'],
      '0\r\n\r\n',
    ],
    ['two Content-Lengths', ['Content-Length: 4', 'Content-Length: 5'], '{}{}'],
    ['a folded Transfer-Encoding', ['Transfer-Encoding:', ' chunked'], '0\r\n\r\n'],
    ['an unknown Transfer-Encoding', ['Transfer-Encoding: xchunked'], '{}'],
    ['a space before the colon', ['Content-Length : 2'], '{}'],
    ['a bare line feed in a header', ['X-A: b\nContent-Length: 2'], '{}'],
    ['a null byte in a header', ['X-A: \0', 'Content-Length: 2'], '{}'],
  ])('smuggling: %s: 400 and the connection ends', async (_what, headers, body) => {
    const smuggled = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const text = await raw(['POST /mcp HTTP/1.1', 'Host: localhost', json, ...headers], body + smuggled);
    expect(status(text)).toBe(400);
    expect(text).not.toContain('"status":"ok"');
  });

  it.each(['Host', 'Origin', 'Authorization', 'Content-Type', 'Mcp-Session-Id', 'Mcp-Protocol-Version'])(
    '%s twice: 400, whichever comes first',
    async (name) => {
      const text = await raw([
        'POST /mcp HTTP/1.1',
        ...(name === 'Host' ? [] : ['Host: localhost']),
        `${name}: localhost`,
        `${name}: evil.example`,
        'Content-Length: 0',
        'Connection: close',
      ]);
      expect(status(text)).toBe(400);
    },
  );

  it('no Host: 400', async () => {
    expect(status(await raw(['GET /mcp HTTP/1.1', 'Connection: close']))).toBe(400);
  });

  it('headers over the limit: 431', async () => {
    expect(
      status(await raw(['GET /mcp HTTP/1.1', 'Host: localhost', `X-Filler: ${'x'.repeat(20_000)}`])),
    ).toBe(431);
  });

  it.each([
    '//mcp',

    '/./mcp',
    '/x/../mcp',
    '/%6dcp',
    '/mcp%00',
    '/mcp;x',
    '/MCP',
    '\\mcp',
    'http://evil.example/mcp',
    '/__proto__',
    '/constructor',
    '*',
    '/sandbox/v1/state',
    '/approvals',
  ])('path %s: 404 (or 400), it is not /mcp', async (path) => {
    const text = await raw([`GET ${path} HTTP/1.1`, 'Host: localhost', 'Connection: close']);
    expect([400, 404]).toContain(status(text));
  });

  it.each(['PUT', 'PATCH', 'OPTIONS', 'TRACE', 'HEAD'])('%s: 405 with Allow', async (method) => {
    expect(await ask(http.url, { method })).toMatchObject({
      status: 405,
      headers: { allow: 'GET, POST, DELETE' },
    });
  });

  it('answers are not stored, not sniffed, and name no software and no version', async () => {
    const answers = [
      await ask(http.url, { body: ping }),
      await ask(http.url, { method: 'GET', path: '/healthz' }),
      await ask(http.url, { method: 'GET', path: '/nowhere' }),
    ];
    for (const { headers } of answers) {
      expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
      expect(headers.server ?? headers['x-powered-by']).toBeUndefined();
      expect(headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
    }
  });

  it('takes a request id from a proxy, but nothing that would forge a log line', async () => {
    const given = async (id: string) =>
      (await ask(http.url, { method: 'GET', path: '/healthz', headers: { 'x-request-id': id } })).headers[
        'x-request-id'
      ];
    expect(await given('proxy-1234.5678')).toBe('proxy-1234.5678');
    expect(await given('{"level":"fatal"} and more')).not.toContain('fatal');
  });
});

describe('Authorization: Protected Resource Metadata', () => {
  it('is served, names the resource and at least one authorization server', async () => {
    for (const path of [
      '/.well-known/oauth-protected-resource',
      '/.well-known/oauth-protected-resource/mcp',
    ]) {
      const { status, json } = await ask(locked.url, { method: 'GET', path });
      expect(status).toBe(200);
      expect(json).toMatchObject({
        resource: 'https://calls.example.com/mcp',
        authorization_servers: [issuer.issuer.url],
        bearer_methods_supported: ['header'],
        scopes_supported: ['calls:read', 'calls:control', 'calls:destructive'],
      });
    }
  });

  it('no token: 401 with the way to the metadata, and no error', async () => {
    const answer = await ask(locked.url, { body: initialize() });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe(
      'Bearer scope="calls:read calls:control calls:destructive", ' +
        'resource_metadata="https://calls.example.com/.well-known/oauth-protected-resource/mcp"',
    );
  });
});

describe('Authorization: Access Token Usage: Token Handling', () => {
  const past = Math.floor(Date.now() / 1000) - 60;
  const secret = Buffer.from('{"alg":"none"}').toString('base64url');

  it.each<[string, () => Promise<string> | string]>([
    ['for another audience', () => issuer.token({ aud: 'https://other.example/mcp' })],
    ['for no audience', () => issuer.token({ aud: undefined })],
    ['from another issuer', () => issuer.token({ iss: 'https://other.example' })],
    ['signed with another key', () => issuer.token({}, { key: 'stranger' })],
    ['that has expired', () => issuer.token({ exp: past })],
    ['that never expires', () => issuer.token({ exp: undefined })],
    ['that is not valid yet', () => issuer.token({ nbf: past + 3_600 })],
    ['without a subject', () => issuer.token({ sub: undefined })],
    ['with alg none', async () => `${secret}.${(await issuer.token()).split('.')[1]}.`],
    [
      'with alg none and a signature',
      async () => `${secret}.${(await issuer.token()).split('.').slice(1).join('.')}`,
    ],
    [
      'with a changed claim',
      async () => {
        const [head, claims = '', signature] = (await issuer.token()).split('.');
        const changed = { ...JSON.parse(Buffer.from(claims, 'base64url').toString()), sub: 'root' };
        return [head, Buffer.from(JSON.stringify(changed)).toString('base64url'), signature].join('.');
      },
    ],
    ['that is no JWT', () => 'opaque-token'],
  ])('a token %s: 401 invalid_token', async (_what, token) => {
    for (const url of [locked.url, locked.url.replace('/mcp', '/sse')]) {
      const answer = await ask(url, {
        method: url.endsWith('/sse') ? 'GET' : 'POST',
        ...(url.endsWith('/mcp') && { body: initialize() }),
        headers: bearer(await token()),
      });
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toMatch(
        /^Bearer error="invalid_token", error_description="/,
      );
    }
  });

  it('a token signed with the public key as a secret (HS256): 401', async () => {
    const { SignJWT } = await import('jose');
    const { keys } = (await (await fetch(`${issuer.issuer.url}/jwks`)).json()) as { keys: object[] };
    const token = await new SignJWT({ sub: 'ada', scope: 'calls:read' })
      .setProtectedHeader({ alg: 'HS256', kid: 'one' })
      .setIssuer(issuer.issuer.url)
      .setAudience(audience)
      .setExpirationTime('5m')
      .sign(Buffer.from(JSON.stringify(keys[0])));
    expect((await ask(locked.url, { body: initialize(), headers: bearer(token) })).status).toBe(401);
  });

  it('a good token in the query string does not count', async () => {
    const token = await issuer.token();
    const path = `/mcp?access_token=${token}`;
    expect((await ask(locked.url, { path, body: initialize() })).status).toBe(401);
  });

  it('another scheme, or no token in the header: 401', async () => {
    for (const authorization of ['Basic YTpi', 'Bearer', 'Bearer a b', 'bearer\tx']) {
      expect((await ask(locked.url, { body: initialize(), headers: { authorization } })).status).toBe(401);
    }
  });

  it('each request is judged: a session does not stand for a token', async () => {
    const session = await openSession(locked.url, '2025-11-25', bearer(await issuer.token()));
    const { authorization: _gone, ...without } = session.headers as Record<string, string>;
    expect((await ask(locked.url, { body: ping, headers: without })).status).toBe(401);
    const expired = { ...session.headers, ...bearer(await issuer.token({ exp: past })) };
    expect((await ask(locked.url, { body: ping, headers: expired })).status).toBe(401);
  });

  it('modern: each request is judged as well', async () => {
    const { body, headers } = modern('tools/list');
    expect((await ask(locked.url, { body, headers })).status).toBe(401);
    const token = bearer(await issuer.token());
    expect((await ask(locked.url, { body, headers: { ...headers, ...token } })).status).toBe(200);
  });
});

describe('Authorization: Error Handling and Scope Challenge', () => {
  it('a token without calls:read: 403 insufficient_scope, naming the scope and the metadata', async () => {
    for (const scope of ['', 'calls:control', 'calls:reading']) {
      const answer = await ask(locked.url, {
        body: initialize(),
        headers: bearer(await issuer.token({ scope })),
      });
      expect(answer.status).toBe(403);
      expect(answer.headers['www-authenticate']).toMatch(
        /^Bearer error="insufficient_scope", .*scope="calls:read", resource_metadata="https:\/\/calls\.example\.com/,
      );
    }
  });
});

describe('Security Best Practices: Session Hijacking', () => {
  it('a session of another principal: 404 for POST, GET, DELETE and /messages, and it lives on', async () => {
    const owner = bearer(await issuer.token());
    const thief = bearer(await issuer.token({ sub: 'eve' }));
    const session = await openSession(locked.url, '2025-11-25', owner);
    const stolen = { ...session.headers, ...thief };
    expect((await ask(locked.url, { body: { ...ping, id: 'eve' }, headers: stolen })).status).toBe(404);
    expect((await ask(locked.url, { method: 'GET', headers: stolen })).status).toBe(404);
    expect((await ask(locked.url, { method: 'DELETE', headers: stolen })).status).toBe(404);
    expect((await session.request('ping')).status).toBe(200);

    const sse = await stream(locked.url.replace('/mcp', '/sse'), { headers: owner });
    const path = await sse.endpoint;
    expect((await ask(locked.url, { path, body: initialize(), headers: thief })).status).toBe(404);
    expect((await ask(locked.url, { path, body: initialize(), headers: owner })).status).toBe(202);
    sse.close();
  });
});

describe('Security Best Practices: Token Passthrough', () => {
  it('what reaches a tool carries no token', async () => {
    const session = await openSession(locked.url, '2025-11-25', bearer(await issuer.token()));
    const answer = await session.request('tools/call', { name: 'whoami', arguments: {} });
    expect(JSON.parse(answer.json.result.content[0].text).token).toBe('');
  });
});
