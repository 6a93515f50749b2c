import { describe, expect, it } from 'vitest';
import { requestId } from '../../../src/shared/request-id.ts';
import { createMetrics } from '../../../src/transports/http/metrics.ts';
import { createKey } from '../../../src/transports/identity/keys.ts';
import { Fixture } from '../support/fixture.ts';
import { ask, initialize, modern, openSession, stream } from '../support/wire.ts';

const metricsOf = () =>
  createMetrics({
    liveCalls: () => 3,
    lineStates: () => ['live'],
    feedStates: () => ['live'],
    rateLimitRoom: () => 7,
  });

describe('probes', () => {
  it('is alive, and ready only when it is told so, with the reason', async () => {
    let readiness = { ready: true, reason: 'feed live' };
    const http = await new Fixture().start({ readiness: () => readiness });
    const probe = (path: string) =>
      ask(http.url, { method: 'GET', path, headers: { host: '10.1.2.3:8800' } });
    expect(await probe('/readyz')).toMatchObject({ status: 200, json: readiness });
    readiness = { ready: false, reason: 'RingCentral denies the event feed.' };
    expect(await probe('/readyz')).toMatchObject({ status: 503, json: readiness });
    expect((await probe('/healthz')).status).toBe(200);
    await http.close();
  });
});

describe('/metrics', () => {
  it('counts what happens', async () => {
    const metrics = metricsOf();
    const http = await new Fixture().start({ metrics });
    metrics.toolCall('hold_call_party', 'observed', 120);
    metrics.guardDecision('destructive', 'declined');
    metrics.eventLag(80);
    const session = await openSession(http.url);
    const open = await stream(http.url, { headers: session.headers });
    const { text, headers } = await ask(http.url, { method: 'GET', path: '/metrics' });
    expect(headers['content-type']).toContain('text/plain');
    for (const line of [
      'rc_mcp_live_calls 3',
      'rc_mcp_tool_calls_total{tool="hold_call_party",outcome="observed"} 1',
      'rc_mcp_guard_decisions_total{risk="destructive",decision="declined"} 1',
      'rc_mcp_event_lag_seconds_count 1',
      'rc_mcp_feed_state{state="live"} 1',
      'rc_mcp_feed_state{state="denied"} 0',
      'rc_mcp_rate_limit_room{group="heavy"} 7',
      'rc_mcp_sessions 1',
      'rc_mcp_streams 1',
    ]) {
      expect(text).toContain(line);
    }
    open.close();
    await http.close();
  });

  it('needs a key where keys are needed', async () => {
    const { key, entry } = createKey('prometheus', ['calls:read']);
    const http = await new Fixture().start({
      config: { host: '127.0.0.1', port: 0, keys: { text: JSON.stringify([entry]), where: 'RC_MCP_KEYS' } },
      metrics: metricsOf(),
    });
    const scrape = { method: 'GET', path: '/metrics' };
    expect((await ask(http.url, scrape)).status).toBe(401);
    expect((await ask(http.url, { ...scrape, headers: { authorization: `Bearer ${key}` } })).status).toBe(
      200,
    );
    await http.close();
  });
});

describe('request ids', () => {
  it('are known to all that a request causes, and told to the client', async () => {
    const fixture = new Fixture();
    const http = await fixture.start();
    fixture.work = async () => requestId() ?? 'none';
    const call = { name: 'work', arguments: {} };
    const session = await openSession(http.url);
    const old = await session.request('tools/call', call);
    expect(old.json.result.content[0].text).toBe(old.headers['x-request-id']);
    const now = await ask(http.url, modern('tools/call', call));
    expect(now.json.result.content[0].text).toBe(now.headers['x-request-id']);
    expect(now.headers['x-request-id']).not.toBe(old.headers['x-request-id']);
    await http.close();
  });
});

describe('shutdown', () => {
  it('lets calls under way finish, then ends every stream properly', async () => {
    const fixture = new Fixture();
    const http = await fixture.start();
    const finish: ((text: string) => void)[] = [];
    fixture.work = () => new Promise((resolve) => finish.push(resolve));
    const session = await openSession(http.url);
    const watching = await stream(http.url, { headers: session.headers });
    const sse = await stream(http.url.replace('/mcp', '/sse'), {});
    const listening = await stream(http.url, {
      method: 'POST',
      ...modern('subscriptions/listen', { notifications: { resourcesListChanged: true } }, 'listen'),
    });
    const call = { name: 'work', arguments: {} };
    const old = session.request('tools/call', call);
    const now = ask(http.url, modern('tools/call', call));
    const path = await sse.endpoint;
    await ask(http.url, { path, body: initialize('2024-11-05') });
    await ask(http.url, { path, body: { jsonrpc: '2.0', id: 'sse', method: 'tools/call', params: call } });
    await expect.poll(() => finish.length, { interval: 5 }).toBe(3);

    const closed = http.close();
    await expect(ask(http.url, { method: 'GET', path: '/healthz' })).rejects.toThrow();
    for (const done of finish.slice(0, 2)) done('acted');
    expect((await old).json.result.content[0].text).toBe('acted');
    expect((await now).json.result.content[0].text).toBe('acted');
    // The one over HTTP+SSE has nothing but its stream to wait on.
    finish[2]?.('acted');
    await Promise.all([watching.ended, sse.ended, listening.ended]);
    expect([watching.broken, sse.broken, listening.broken]).toEqual([false, false, false]);
    expect(JSON.stringify(sse.messages.at(-1))).toContain('acted');
    expect(listening.messages.at(-1)).toMatchObject({ id: 'listen', result: { resultType: 'complete' } });
    await closed;
    expect(fixture.live).toBe(0);
  });

  it('does not wait for ever for a call that hangs', async () => {
    const fixture = new Fixture();
    const http = await fixture.start({ limits: { drainMs: 20 } });
    let started = false;
    fixture.work = ({ signal }) =>
      new Promise((_resolve, reject) => {
        started = true;
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      });
    const hanging = await openSession(http.url);
    const answer = hanging.request('tools/call', { name: 'work', arguments: {} }).catch(() => 'cut');
    await expect.poll(() => started, { interval: 5 }).toBe(true);
    await http.close();
    await answer;
    expect(fixture.live).toBe(0);
  });
});
