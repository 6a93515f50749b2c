import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HttpServer } from '../../../src/transports/http/start-http.ts';
import { type Agent, clientKinds, connect } from '../../e2e/support/agents.ts';
import { Fixture } from '../support/fixture.ts';

describe.each(clientKinds)('Streamable HTTP, with the %s', (kind) => {
  let fixture: Fixture;
  let http: HttpServer;
  let agent: Agent;

  beforeEach(async () => {
    fixture = new Fixture();
    http = await fixture.start();
    agent = await connect(kind, { http: http.url });
  });
  afterEach(async () => {
    await agent.close();
    await http.close();
  });

  it('calls a tool as the local principal, without a token', async () => {
    const [content] = (await agent.call('whoami')).content;
    expect(JSON.parse(content?.text ?? '')).toEqual({
      clientId: 'local',
      scopes: ['calls:read', 'calls:control', 'calls:destructive', 'calls:listen'],
      token: '',
    });
  });

  it('tells a subscriber about a change, and the read after it shows it', async () => {
    await agent.watch(['fixture://value']);
    fixture.change();
    await expect.poll(() => agent.news, { interval: 10 }).toEqual(['fixture://value']);
    expect(await agent.read('fixture://value')).toEqual({ value: 1 });
  });

  it('knows the era', () => {
    const era = kind === 'v2 client, 2026-07-28' ? 'modern' : 'legacy';
    expect(fixture.connections.at(-1)).toMatchObject({
      era,
      lifetime: era === 'modern' ? 'request' : 'connection',
    });
  });
});

describe.each(['v2 client, 2025', 'v1 client'] as const)('HTTP+SSE, with the %s', (kind) => {
  let fixture: Fixture;
  let http: HttpServer;
  let agent: Agent;

  beforeEach(async () => {
    fixture = new Fixture();
    http = await fixture.start();
    agent = await connect(kind, { sse: http.url.replace('/mcp', '/sse') });
  });
  afterEach(async () => {
    await agent.close();
    await http.close();
  });

  it('calls a tool as the local principal, without a token', async () => {
    const [content] = (await agent.call('whoami')).content;
    expect(JSON.parse(content?.text ?? '')).toMatchObject({ clientId: 'local', token: '' });
  });

  it('tells a subscriber about a change, and the read after it shows it', async () => {
    await agent.watch(['fixture://value']);
    fixture.change();
    await expect.poll(() => agent.news, { interval: 10 }).toEqual(['fixture://value']);
    expect(await agent.read('fixture://value')).toEqual({ value: 1 });
  });

  it('lets the server go with the connection', async () => {
    expect(fixture.live).toBe(1);
    await agent.close();
    await expect.poll(() => fixture.live, { interval: 10 }).toBe(0);
  });
});
