import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import type { HttpServer } from '../../src/transports/http.ts';
import { Fixture } from './support/fixture.ts';
import { ask, initialize, openSession, stream } from './support/wire.ts';

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
    const refused = await ask(http.url, { body: initialize(), headers: { accept: 'application/json' } });
    expect(refused.status).toBe(406);
    expect(fixture.live).toBe(0);
  });
});

/** Time that stands still until it is wound. */
function handClock(): Clock & { advance(ms: number): void } {
  let now = 0;
  const timers = new Set<{ at: number; run: () => void }>();
  return {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(ms) {
      now += ms;
      for (const timer of timers) {
        if (timer.at > now) continue;
        timers.delete(timer);
        timer.run();
      }
    },
  };
}

describe('limits', () => {
  it('sweeps idle sessions, but not one with an open stream', async () => {
    const fixture = new Fixture();
    const clock = handClock();
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
