import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type OperationName, operations } from '../../src/ringcentral/wire/operations.ts';
import { createKey } from '../../src/transports/keys.ts';
import { type CallScope, callScopes } from '../../src/transports/principal.ts';
import { type Agent, type ClientKind, connect } from './support/agents.ts';
import { Control } from './support/control.ts';
import { operationCases, refusesTheInvalid, Stage, succeeded } from './support/operations.ts';
import { environmentOf, type Running, run, startSandboxProcess } from './support/process.ts';

const names = Object.keys(operations) as OperationName[];

/** Every way into a server for many, with the clients that speak it. */
const ways: { way: 'http' | 'sse'; kind: ClientKind }[] = [
  { way: 'http', kind: 'v2 client, 2025' },
  { way: 'http', kind: 'v2 client, 2026-07-28' },
  { way: 'http', kind: 'v1 client' },
  { way: 'sse', kind: 'v2 client, 2025' },
  { way: 'sse', kind: 'v1 client' },
];
const reach = (url: string, way: 'http' | 'sse', headers: Record<string, string> = {}) =>
  way === 'http' ? { http: url, headers } : { sse: url.replace('/mcp', '/sse'), headers };

let sandbox: Awaited<ReturnType<typeof startSandboxProcess>>;
let control: Control;

beforeAll(async () => {
  sandbox = await startSandboxProcess('--rate-limits', 'off');
  control = new Control(sandbox.address.controlUrl);
});
afterAll(async () => {
  expect(await sandbox.stop()).toBe(0);
});

async function startServer(env: Record<string, string> = {}): Promise<{ server: Running; url: string }> {
  const server = run(['serve', '--http', '127.0.0.1:0'], { ...environmentOf(sandbox.address), ...env });
  return { server, url: String((await server.logged('listening')).url) };
}

describe('with keys', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keys-'));
  const keysFile = join(folder, 'keys.json');
  const entries: object[] = [];
  const issue = (name: string, scopes: readonly CallScope[] = callScopes) => {
    const { key, entry } = createKey(name, [...scopes]);
    entries.push(entry);
    return { authorization: `Bearer ${key}` };
  };
  // A principal for each test: the guard counts what one of them does in a minute.
  const keys = new Map(
    ways.flatMap(({ way, kind }, at) =>
      names.flatMap((name) => [
        [way + kind + name, issue(`${at}.${name}`)] as const,
        [`${way + kind + name} refused`, issue(`${at}.${name}.refused`)] as const,
      ]),
    ),
  );
  const reader = issue('reader', ['calls:read']);
  const operator = issue('operator', ['calls:read', 'calls:control']);
  const owner = issue('owner');
  let server: Running;
  let url: string;
  let agent: Agent;

  beforeAll(async () => {
    writeFileSync(keysFile, JSON.stringify(entries));
    ({ server, url } = await startServer({ RC_MCP_KEYS_FILE: keysFile }));
  });
  afterEach(async () => {
    await agent.close();
    for (const { telephonySessionId, parties } of (await control.state()).calls) {
      const isLive = parties.some(({ status }) => !['Disconnected', 'Gone'].includes(status.code));
      if (isLive) await control.drop(telephonySessionId);
    }
  });
  afterAll(async () => {
    expect(await server.stop()).toBe(0);
    rmSync(folder, { recursive: true });
  });

  describe.each(ways)('over $way, with the $kind', ({ way, kind }) => {
    it.each(names)('%s does what it says', async (name) => {
      agent = await connect(kind, reach(url, way, keys.get(way + kind + name)));
      const stage = new Stage(control);
      const { valid, holds } = operationCases[name];
      const prepared = await valid(stage, async (tool, args) => succeeded(await agent.call(tool, args)));
      const answer = succeeded(await agent.call(name, prepared.args));
      await expect.poll(() => holds(control, prepared, answer), { timeout: 5_000, interval: 20 }).toBe(true);
    });

    it.each(names)('%s, where it is not valid, says why and changes nothing', async (name) => {
      agent = await connect(kind, reach(url, way, keys.get(`${way + kind + name} refused`)));
      await refusesTheInvalid(name, agent, control);
    });

    it('offers what the scopes of a key allow, and nothing else exists', async () => {
      agent = await connect(kind, reach(url, way, reader));
      const seen = (await agent.tools()).map(({ name }) => name);
      expect(seen).toContain('list_active_calls');
      expect(seen.filter((name) => name in operations)).toEqual(
        expect.arrayContaining(['read_call_session_status', 'read_call_party_status']),
      );
      expect(seen).not.toContain('hold_call_party');
      await expect(agent.call('hold_call_party', {})).rejects.toMatchObject({ code: -32602 });
      await agent.close();
      agent = await connect(kind, reach(url, way, operator));
      const more = (await agent.tools()).map(({ name }) => name);
      expect(more).toContain('hold_call_party');
      expect(more).not.toContain('delete_call_session');
    });

    it('tells what happens to a call, and asks before it drops one', async () => {
      agent = await connect(kind, reach(url, way, owner));
      const stage = new Stage(control);
      const leg = await stage.talking();
      const uri = `ringcentral://telephony/sessions/${leg.telephonySessionId}`;
      await expect.poll(() => agent.resources()).toContain(uri);
      await agent.watch([uri]);
      await control.act(leg.telephonySessionId, leg.partyId, 'hold');
      await expect.poll(() => agent.news).toContain(uri);
      agent.person.answer = () => ({ action: 'decline' });
      const kept = await agent.call('delete_call_session', { telephonySessionId: leg.telephonySessionId });
      expect(kept.structuredContent?.error).toMatchObject({ kind: 'not_confirmed', reason: 'declined' });
      expect(agent.questions).toHaveLength(1);
    });
  });
});

describe('without keys, on loopback', () => {
  it.each(ways)('over $way, the $kind controls a call', async ({ way, kind }) => {
    const { server, url } = await startServer();
    const agent = await connect(kind, reach(url, way));
    const leg = await new Stage(control).talking();
    const { telephonySessionId } = leg;
    succeeded(await agent.call('hold_call_party', { telephonySessionId }));
    await control.party(telephonySessionId, ({ status }) => status.code === 'Hold');
    succeeded(await agent.call('delete_call_session', { telephonySessionId }));
    expect(agent.questions).toHaveLength(1);
    await agent.close();
    expect(await server.stop()).toBe(0);
  });
});

describe('SIGTERM under load', () => {
  it('loses no accepted action, ends every client properly, and exits 0', async () => {
    const { server, url } = await startServer();
    const agents = await Promise.all(
      Array.from({ length: 12 }, (_, at) => {
        const { way, kind } = ways[at % ways.length] ?? { way: 'http', kind: 'v1 client' };
        return connect(kind, reach(url, way));
      }),
    );
    await Promise.all(agents.map((agent) => agent.watch(['ringcentral://telephony/sessions'])));
    const stage = new Stage(control);
    const legs = [await stage.talking(), await stage.held(), await stage.talking()];
    await control.fault({ kind: 'http', pathPattern: '/(hold|unhold)$', delayMs: 300, times: 50 });

    const before = (await control.requests()).next;
    const claims: { telephonySessionId: string; outcome?: string }[] = [];
    const acts = agents.flatMap((agent) =>
      legs.map(async ({ telephonySessionId }, at) => {
        const answer = await agent
          .call(at === 1 ? 'unhold_call_party' : 'hold_call_party', { telephonySessionId })
          .catch(() => undefined);
        claims.push({ telephonySessionId, outcome: answer?.structuredContent?.outcome ?? 'none' });
      }),
    );
    await expect
      .poll(async () => (await control.requests(before)).requests.length + claims.length, { interval: 5 })
      .toBeGreaterThan(0);
    expect(await server.stop()).toBe(0);
    await Promise.all(acts);

    // What the platform took, a client has been told of.
    const { requests } = await control.requests(before);
    expect(requests.filter(({ path }) => /hold$/.test(path)).length).toBeGreaterThan(0);
    for (const { telephonySessionId } of legs) {
      const taken = requests.filter(
        ({ path, status }) => path.includes(telephonySessionId) && /hold$/.test(path) && status < 300,
      );
      const told = claims.filter(
        (claim) =>
          claim.telephonySessionId === telephonySessionId &&
          ['observed', 'accepted'].includes(claim.outcome ?? ''),
      );
      expect(told.length).toBe(taken.length);
    }
    await Promise.all(agents.map((agent) => agent.close()));
  });
});
