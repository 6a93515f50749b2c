import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HttpServer } from '../../../src/transports/http/start-http.ts';
import { manualClock } from '../../support/clock.ts';
import { Fixture } from '../support/fixture.ts';
import { ask, initialize, openSession, stream } from '../support/wire.ts';

describe('2025-era sessions', () => {
  let fixture: Fixture;
  let http: HttpServer;

  beforeEach(async () => {
    fixture = new Fixture();
    http = await fixture.start();
  });
  afterEach(() => http.close());

  const subscribed = async () => {
    const session = await openSession(http.url);
    await session.request('resources/subscribe', { uri: 'fixture://value' });
    return session;
  };

  it('sends what was missed to a client that comes back with Last-Event-ID', async () => {
    const session = await subscribed();
    const first = await stream(http.url, { headers: session.headers });
    fixture.change();
    await expect.poll(() => first.messages.length, { interval: 5 }).toBe(1);
    first.close();
    await first.ended;
    fixture.change();
    const again = await stream(http.url, {
      headers: { ...session.headers, 'last-event-id': first.eventIds.at(-1) ?? '' },
    });
    await expect.poll(() => again.messages.length, { interval: 5 }).toBe(1);
    fixture.change();
    await expect.poll(() => again.messages.length, { interval: 5 }).toBe(2);
    again.close();
  });

  it('says the same missed change once', async () => {
    const session = await subscribed();
    const first = await stream(http.url, { headers: session.headers });
    fixture.change();
    await expect.poll(() => first.messages.length, { interval: 5 }).toBe(1);
    first.close();
    await first.ended;
    for (let n = 0; n < 1_000; n += 1) fixture.change();
    await session.request('ping');
    const again = await stream(http.url, {
      headers: { ...session.headers, 'last-event-id': first.eventIds[0] ?? '' },
    });
    await expect.poll(() => again.messages.length, { interval: 5 }).toBe(1);
    again.close();
  });

  it('gives the answer of a call whose stream broke to the client that resumes it', async () => {
    const session = await openSession(http.url);
    let finish = (_text: string) => {};
    fixture.work = () =>
      new Promise((resolve) => {
        finish = resolve;
      });
    const broken = await stream(http.url, {
      method: 'POST',
      headers: session.headers,
      body: { jsonrpc: '2.0', id: 'call', method: 'tools/call', params: { name: 'work', arguments: {} } },
    });
    await expect.poll(() => broken.eventIds.length, { interval: 5 }).toBe(1);
    broken.close();
    await broken.ended;
    finish('finished all the same');
    await session.request('ping');
    const resumed = await stream(http.url, {
      headers: { ...session.headers, 'last-event-id': broken.eventIds[0] ?? '' },
    });
    await expect
      .poll(() => resumed.messages[0]?.result, { interval: 5 })
      .toMatchObject({
        content: [{ type: 'text', text: 'finished all the same' }],
      });
  });

  it('ends with DELETE: its server is gone, its id unknown, its stream over', async () => {
    const session = await openSession(http.url);
    const open = await stream(http.url, { headers: session.headers });
    expect(fixture.live).toBe(1);
    expect((await ask(http.url, { method: 'DELETE', headers: session.headers })).status).toBe(200);
    await open.ended;
    expect(fixture.live).toBe(0);
    expect((await session.request('ping')).status).toBe(404);
  });

  it('leaves nothing behind when the opening is refused', async () => {
    const refused = await ask(http.url, { body: initialize(), headers: { accept: 'text/html' } });
    expect(refused.status).toBe(406);
    expect(fixture.live).toBe(0);
  });
});

describe('limits', () => {
  it('sweeps idle sessions, but not one with an open stream', async () => {
    const fixture = new Fixture();
    const clock = manualClock();
    const http = await fixture.start({ clock, limits: { sessionIdleMs: 1_000, drainMs: 0 } });
    const idle = await openSession(http.url);
    const watching = await openSession(http.url);
    const open = await stream(http.url, { headers: watching.headers });
    clock.advance(1_001);
    await expect.poll(async () => (await idle.request('ping')).status, { interval: 5 }).toBe(404);
    expect((await watching.request('ping')).status).toBe(200);
    open.close();
    await open.ended;
    const closed = http.close();
    clock.advance(10_000);
    await closed;
  });

  it('answers 503 past the cap of sessions, and has room again when one goes', async () => {
    const fixture = new Fixture();
    const http = await fixture.start({ limits: { sessions: 1 } });
    const session = await openSession(http.url);
    const refused = await ask(http.url, { body: initialize() });
    expect(refused.status).toBe(503);
    expect(refused.headers['retry-after']).toBe('30');
    expect(refused.json.error.message).toContain('limit 1');
    await ask(http.url, { method: 'DELETE', headers: session.headers });
    expect((await ask(http.url, { body: initialize() })).status).toBe(200);
    await http.close();
  });

  it('counts HTTP+SSE as a session and as a stream', async () => {
    const fixture = new Fixture();
    const http = await fixture.start({ limits: { sessions: 1, streams: 1 } });
    const sse = await stream(http.url.replace('/mcp', '/sse'), {});
    expect((await ask(http.url, { body: initialize() })).status).toBe(503);
    sse.close();
    await expect.poll(async () => (await ask(http.url, { body: initialize() })).status).toBe(200);
    await http.close();
  });

  it('keeps a quiet stream alive with comments, and tells proxies not to buffer it', async () => {
    const fixture = new Fixture();
    const http = await fixture.start({ limits: { keepAliveMs: 10 } });
    const session = await openSession(http.url);
    for (const open of [
      await stream(http.url, { headers: session.headers }),
      await stream(http.url.replace('/mcp', '/sse'), {}),
    ]) {
      await expect.poll(() => open.comments, { interval: 5 }).toBeGreaterThan(1);
      expect(open.headers).toMatchObject({ 'x-accel-buffering': 'no', 'content-type': 'text/event-stream' });
      expect(open.headers['cache-control']).not.toContain('no-store');
      open.close();
    }
    await http.close();
  });
});

describe('clients that say less than they should', () => {
  let fixture: Fixture;
  let http: HttpServer;
  beforeEach(async () => {
    fixture = new Fixture();
    http = await fixture.start({ limits: { sessions: 3 } });
  });
  afterEach(() => http.close());

  const call = (name: string, id: number | string = 1) => ({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: { name, arguments: {} },
  });

  it.each(['2025-03-26', '2025-06-18', '2025-11-25'])('number every request 1, in %s', async (revision) => {
    const session = await openSession(http.url, revision);
    for (let time = 0; time < 3; time += 1) {
      const answer = await ask(http.url, { body: call('work'), headers: session.headers });
      expect(answer).toMatchObject({ status: 200, json: { id: 1, result: {} } });
    }
  });

  it('number every request 1, over HTTP+SSE', async () => {
    const sse = await stream(http.url.replace('/mcp', '/sse'), {});
    const path = await sse.endpoint;
    await ask(http.url, { path, body: { ...initialize('2024-11-05'), id: 1 } });
    for (const answers of [2, 3, 4]) {
      await expect.poll(() => sse.messages.length, { interval: 5 }).toBe(answers - 1);
      expect((await ask(http.url, { path, body: call('work') })).status).toBe(202);
    }
    sse.close();
  });

  it('may use the id of a request that was refused or cancelled', async () => {
    const session = await openSession(http.url);
    const html = { ...session.headers, accept: 'text/html' };
    const elsewhere = { ...session.headers, 'mcp-protocol-version': '1999-01-01' };
    for (const [headers, status] of [
      [html, 406],
      [elsewhere, 400],
      [session.headers, 200],
    ] as const) {
      expect((await ask(http.url, { body: call('whoami', 'id'), headers })).status).toBe(status);
    }
    fixture.work = ({ signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
    const open = await stream(http.url, {
      method: 'POST',
      headers: session.headers,
      body: call('work', 'id'),
    });
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'id' } };
    expect((await ask(http.url, { body: cancel, headers: session.headers })).status).toBe(202);
    await open.ended;
    expect(open.broken).toBe(false);
    const again = await ask(http.url, { body: call('whoami', 'id'), headers: session.headers });
    expect(again).toMatchObject({ status: 200, json: { id: 'id', result: {} } });
  });

  it.each([
    ['nothing', ''],
    ['anything', '*/*'],
    ['JSON alone', 'application/json'],
    ['JSON in capitals', 'Application/JSON;q=0.9'],
    ['what curl and browsers say', 'text/html,application/xhtml+xml,*/*;q=0.8'],
  ])('accept %s, and get JSON', async (_what, accept) => {
    const session = await openSession(http.url);
    const opened = await ask(http.url, { body: initialize(), headers: { accept } });
    expect(opened.headers).toMatchObject({
      'content-type': 'application/json',
      'mcp-session-id': expect.stringMatching(/^[\da-f-]{36}$/),
    });
    expect(JSON.parse(opened.text)).toMatchObject({ id: 0, result: { serverInfo: { name: 'fixture' } } });
    const headers = { ...session.headers, accept };
    const answer = await ask(http.url, { body: call('work'), headers });
    expect(JSON.parse(answer.text)).toMatchObject({ id: 1, result: { content: [{ text: 'done' }] } });
    const note = { jsonrpc: '2.0', method: 'notifications/initialized' };
    expect((await ask(http.url, { body: note, headers })).status).toBe(202);
  });

  it('accept JSON alone, and get the answers of a batch as a list', async () => {
    const session = await openSession(http.url, '2025-03-26');
    const headers = { ...session.headers, accept: 'application/json' };
    const answer = await ask(http.url, { body: [call('work', 1), call('whoami', 2)], headers });
    expect(
      JSON.parse(answer.text)
        .map(({ id }: { id: number }) => id)
        .sort(),
    ).toEqual([1, 2]);
  });

  it('accept JSON alone, and are told when the session ends or the request is cancelled before there is an answer', async () => {
    let started = 0;
    fixture.work = ({ signal }) =>
      new Promise((_resolve, reject) => {
        started += 1;
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      });
    const session = await openSession(http.url);
    const headers = { ...session.headers, accept: '*/*' };
    const [first, second] = [1, 2].map((id) => ask(http.url, { body: call('work', id), headers }));
    await expect.poll(() => started, { interval: 5 }).toBe(2);
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } };
    await ask(http.url, { body: cancel, headers });
    expect((await first)?.json).toMatchObject({
      id: 1,
      error: { message: expect.stringContaining('cancelled') },
    });
    await ask(http.url, { method: 'DELETE', headers: session.headers });
    expect(await second).toMatchObject({
      status: 503,
      json: { error: { message: expect.stringContaining('ended') } },
    });
  });

  it('cancel one request of a batch, and get the answer of the other', async () => {
    fixture.work = ({ signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      });
    const session = await openSession(http.url, '2025-03-26');
    const body = [call('work', 1), call('whoami', 2)];
    const open = await stream(http.url, { method: 'POST', headers: session.headers, body });
    await expect.poll(() => open.messages.length, { interval: 5 }).toBe(1);
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } };
    await ask(http.url, { body: cancel, headers: session.headers });
    await open.ended;
    expect(open.messages).toMatchObject([
      { id: 2, result: {} },
      { id: 1, error: {} },
    ]);
  });

  it('accept a stream alone, and get one', async () => {
    const headers = { accept: 'text/event-stream' };
    const opened = await ask(http.url, { body: initialize(), headers });
    expect(opened).toMatchObject({ status: 200, headers: { 'content-type': 'text/event-stream' } });
  });

  it.each(['', '*/*', 'text/*'])('open a stream with Accept %j', async (accept) => {
    const session = await openSession(http.url);
    const open = await stream(http.url, { headers: { ...session.headers, accept } });
    expect(open).toMatchObject({ status: 200, headers: { 'content-type': 'text/event-stream' } });
    open.close();
  });
});

describe('what a session keeps', () => {
  it('ends a session with its first message, when that is refused, as often as anybody tries', async () => {
    const fixture = new Fixture();
    const http = await fixture.start({ limits: { sessions: 2 } });
    const first = initialize();
    for (const [body, headers] of [
      [{ ...first, id: 'x'.repeat(300) }, {}],
      [{ ...first, id: null }, {}],
      [{ ...first, jsonrpc: '1.0' }, {}],
      [
        {
          ...first,
          params: { ...first.params, capabilities: { experimental: { x: { y: 'z'.repeat(40_000) } } } },
        },
        {},
      ],
      [{ ...first, params: {} }, {}],
      [first, { accept: 'text/html' }],
    ] as const) {
      for (let time = 0; time < 3; time += 1) {
        const { json } = await ask(http.url, { body, headers });
        expect(json.error).toBeDefined();
      }
    }
    expect(fixture.live).toBe(0);
    await openSession(http.url);
    await openSession(http.url);
    await http.close();
  });

  it('gives the place back when no server can be made', async () => {
    const fixture = new Fixture();
    let broken = true;
    const http = await fixture.start({
      limits: { sessions: 1 },
      createServer: (connection) => {
        if (broken) throw new Error('no server today');
        return fixture.createServer(connection);
      },
    });
    expect((await ask(http.url, { body: initialize() })).status).toBe(500);
    broken = false;
    await openSession(http.url);
    await http.close();
  });

  it('sweeps idle sessions however often new ones come', async () => {
    const fixture = new Fixture();
    const clock = manualClock();
    const http = await fixture.start({ clock, limits: { sessionIdleMs: 1_000, drainMs: 0 } });
    const idle = await openSession(http.url);
    for (let time = 0; time < 30; time += 1) {
      clock.advance(90);
      await openSession(http.url);
    }
    expect((await idle.request('ping')).status).toBe(404);
    expect(fixture.live).toBeLessThan(20);
    const closed = http.close();
    clock.advance(10_000);
    await closed;
  });

  it('says that an answer was too large to be kept, instead of nothing', async () => {
    const fixture = new Fixture();
    const http = await fixture.start();
    const session = await openSession(http.url);
    let finish = (_text: string) => {};
    fixture.work = () =>
      new Promise((resolve) => {
        finish = resolve;
      });
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'work', arguments: {} } };
    const broken = await stream(http.url, { method: 'POST', headers: session.headers, body: call });
    await expect.poll(() => broken.eventIds.length, { interval: 5 }).toBe(1);
    broken.close();
    await broken.ended;
    finish('x'.repeat(100_000));
    await session.request('ping');
    const resumed = await ask(http.url, {
      method: 'GET',
      headers: { ...session.headers, 'last-event-id': broken.eventIds[0] ?? '' },
    });
    expect(resumed).toMatchObject({
      status: 400,
      json: { error: { message: expect.stringContaining('no longer kept') } },
    });
    await http.close();
  });
});
