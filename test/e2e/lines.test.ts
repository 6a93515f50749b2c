import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createKey } from '../../src/transports/identity/keys.ts';
import { ask, modern, openSession, stream } from '../transports/support/wire.ts';
import { type Agent, type ClientKind, connect } from './support/agents.ts';
import { Control } from './support/control.ts';
import { outcome, quietEnvironment, startSandboxProcess, withoutLimits } from './support/process.ts';
import { startTeam, type Team } from './support/team.ts';

const members = [
  { name: 'alice', extensionNumber: '104' },
  { name: 'bob', extensionNumber: '102' },
  { name: 'carol', extensionNumber: '103' },
] as const;
const everybody = members.map(({ name }) => name);
const eras: ClientKind[] = ['v2 client, 2025', 'v2 client, 2026-07-28'];

describe.skipIf(process.platform === 'win32')('three people with a login of their own', () => {
  let team: Team;
  beforeAll(async () => {
    team = await startTeam({ members, sandbox: withoutLimits('three people place many calls') });
    await team.control.patch('/account', { ringSeconds: 300 });
  });
  afterAll(() => team.close());
  afterEach(() => team.control.endAll());

  /** An outsider calls this extension. */
  const ring = (extensionNumber: string, caller: string) =>
    team.control.dial({ phoneNumber: caller, name: `Caller ${caller}` }, { extensionNumber });
  const seen = async (agent: Agent) => {
    const { structuredContent } = await agent.call('list_active_calls');
    const calls: { id: string }[] = structuredContent?.calls ?? [];
    return calls.map(({ id }) => id);
  };

  it.each(eras)('each sees and handles their own calls, and no other (%s)', async (kind) => {
    const calls = new Map<string, string>();
    for (const [nth, { name, extensionNumber }] of members.entries())
      calls.set(name, await ring(extensionNumber, `+1415555010${nth}`));
    for (const { name } of members) {
      const own = calls.get(name) as string;
      const agent = await team.agent(name, kind);
      // What was dropped before is known to be over when its event is there.
      await expect.poll(() => seen(agent)).toEqual([own]);
      const resources = await agent.resources();
      expect(resources.filter((uri) => uri.includes(own)).length).toBeGreaterThan(0);
      for (const other of calls.values()) {
        if (other === own) continue;
        expect(resources.join()).not.toContain(other);
        expect((await agent.call('hold_call_party', { telephonySessionId: other })).isError).toBe(true);
        await expect(agent.read(`ringcentral://telephony/sessions/${other}`)).rejects.toThrow();
      }
      expect((await agent.call('ignore_call_in_queue', {})).isError).toBe(true);
      const answered = await agent.call('reject_party', { telephonySessionId: own });
      expect(['observed', 'accepted'], answered.content[0]?.text).toContain(
        answered.structuredContent?.outcome,
      );
    }
    for (const id of calls.values()) await team.control.drop(id).catch(() => {});
  });

  it.each(eras)('nobody is told of the changes of another (%s)', async (kind) => {
    const [alice, bob] = await Promise.all([team.agent('alice', kind), team.agent('bob', kind)]);
    for (const agent of [alice, bob]) {
      await agent.call('list_active_calls');
      await agent.watch(['ringcentral://telephony/sessions']);
    }
    const call = await ring('102', '+14155550177');
    await expect.poll(() => bob.news).toContain('ringcentral://telephony/sessions');
    // A change of her own comes after what she would have been told of the other one.
    await ring('104', '+14155550178').then((own) =>
      expect
        .poll(() => alice.news, { timeout: 5_000 })
        .toContain('ringcentral://telephony/sessions')
        .then(() => own),
    );
    const before = alice.news.length;
    await team.control.drop(call);
    await expect.poll(async () => (await seen(bob)).includes(call)).toBe(false);
    expect(alice.news.slice(before).join()).not.toContain(call);
  });

  it('two agents of one person share one line: one login, one feed, one guard', async () => {
    const logins = async () =>
      (await team.control.requests()).requests.filter(({ path }) => path.endsWith('/oauth/token')).length;
    const one = await team.agent('carol', 'v2 client, 2025');
    await one.call('list_active_calls');
    const before = await logins();
    const two = await team.agent('carol', 'v2 client, 2026-07-28');
    await two.call('list_active_calls');
    expect(await logins()).toBe(before);
  });

  it('log lines and metrics: whose line it is by name, states as counts, and no word of a call', async () => {
    await (await team.agent('bob', 'v2 client, 2025')).call('list_active_calls');
    const text = (await ask(team.url, { method: 'GET', path: '/metrics', headers: team.bearer('alice') }))
      .text;
    expect(text).toMatch(/rc_mcp_lines\{state="live"\} 3/);
    expect(team.server.logs.filter(({ login }) => login !== undefined).map(({ login }) => login)).toContain(
      'bob',
    );
    const { json } = await ask(team.url, { method: 'GET', path: '/readyz' });
    expect(json).toEqual({ ready: true, reason: 'lines: 3 live' });
  });
});

it.skipIf(process.platform === 'win32')(
  'a login that RingCentral refuses: its person is told what to do, and nobody else notices',
  async () => {
    const team = await startTeam({ members: members.slice(0, 2) });
    const [alice, bob] = await Promise.all(
      (['alice', 'bob'] as const).map((name) => team.agent(name, 'v2 client, 2025')),
    );
    await bob?.call('list_active_calls');
    await team.control.fault({
      ...{ kind: 'http', method: 'POST', pathPattern: '/oauth/token', status: 400, errorCode: 'OAU-213' },
      times: 100,
    });
    const refused = await alice?.call('list_active_calls');
    expect(refused?.structuredContent?.error).toMatchObject({
      ...{ kind: 'forbidden', reason: 'needs_login', errorCode: 'OAU-213' },
      message: expect.stringMatching(/login alice in RC_MCP_LOGINS_FILE/),
    });
    expect((await bob?.call('list_active_calls'))?.isError).toBeFalsy();
    const { text } = await ask(team.url, {
      ...{ method: 'GET', path: '/metrics', headers: team.bearer('bob') },
    });
    expect(text).toMatch(/rc_mcp_lines\{state="needs_login"\} 1\n/);
    expect(text).toMatch(/rc_mcp_lines\{state="live"\} 1\n/);
    const { status } = await ask(team.url, { method: 'GET', path: '/readyz' });
    expect(status).toBe(200);
    const told = team.server.logs.filter(({ msg }) => msg === 'RingCentral refuses the login');
    expect(told.map(({ login }) => login)).toEqual(['alice']);
    await team.close();
  },
);

describe.skipIf(process.platform === 'win32')('a login that SIGHUP takes out', () => {
  let team: Team;
  beforeAll(async () => {
    team = await startTeam({ members, sandbox: withoutLimits('people come back at once') });
    await team.control.patch('/account', { ringSeconds: 300 });
  });
  afterAll(() => team.close());

  it.each(eras)(
    'ends in the middle of a question: nothing is done, and nobody else notices (%s)',
    async (kind) => {
      await team.reload(everybody);
      const [alice, bob] = await Promise.all([team.agent('alice', kind), team.agent('bob', kind)]);
      const call = await team.control.dial({ phoneNumber: '+14155550111' }, { extensionNumber: '104' });
      const others = await team.control.dial({ phoneNumber: '+14155550112' }, { extensionNumber: '102' });
      await alice.call('list_active_calls');
      const asked = new Promise<void>((resolve) => {
        alice.person.answer = async () => {
          resolve();
          await team.reload(['bob', 'carol']);
          return { action: 'accept', content: { confirm: true } };
        };
      });
      const ended = alice.call('delete_call_session', { telephonySessionId: call }).then(
        (answer) => answer.isError === true,
        () => true,
      );
      await asked;
      expect(await ended).toBe(true);
      expect(
        (await team.control.call(call)).parties.every(({ status }) => status.code !== 'Disconnected'),
      ).toBe(true);
      const after = await alice.call('list_active_calls').catch(() => undefined);
      expect(after?.isError ?? true).toBe(true);
      const again = await connect(kind, { http: team.url, headers: team.bearer('alice') });
      const refused = await again.call('list_active_calls');
      expect(refused.structuredContent?.error).toMatchObject({
        kind: 'forbidden',
        message: expect.stringContaining('RC_MCP_LOGINS_FILE'),
      });
      await again.close();
      const { structuredContent } = await bob.call('list_active_calls');
      expect(structuredContent?.calls).toContainEqual(expect.objectContaining({ id: others }));
      await team.control.drop(call);
      await team.control.drop(others);
    },
  );

  it('ends in the middle of a plan: whoever was on hold is taken back', async () => {
    await team.reload(everybody);
    const bob = await team.agent('bob', 'v2 client, 2025');
    const call = await team.control.dial({ phoneNumber: '+14155550113' }, { extensionNumber: '102' });
    const { id: partyId } = await team.control.party(call, ({ status }) => status.code === 'Proceeding');
    await team.control.act(call, partyId, 'answer');
    await bob.call('list_active_calls');
    const begun = await bob.call('consult_and_transfer', {
      telephonySessionId: call,
      colleague: '103',
    });
    expect(begun.structuredContent?.error, begun.content[0]?.text).toBeUndefined();
    await team.control.party(call, ({ status }) => status.code === 'Hold');
    await team.reload(['alice', 'carol']);
    await team.control.party(call, ({ id, status }) => id === partyId && status.code === 'Answered');
    const revoked = async () =>
      (await team.control.requests()).requests.some(({ path }) => path.endsWith('/oauth/revoke'));
    await expect.poll(revoked, { timeout: 10_000 }).toBe(true);
    await team.control.drop(call);
  });

  it('ends sessions, streams and what waits, at once', async () => {
    await team.reload(everybody);
    const headers = team.bearer('alice');
    const session = await openSession(team.url, '2025-11-25', headers);
    const listen = modern('subscriptions/listen', { notifications: { resourcesListChanged: true } });
    const listening = await stream(team.url, {
      ...listen,
      method: 'POST',
      headers: { ...listen.headers, ...headers },
    });
    const waiting = modern('tools/call', { name: 'wait_for_call_event', arguments: { timeoutSeconds: 40 } });
    const waited = ask(team.url, { ...waiting, headers: { ...waiting.headers, ...headers } });
    const bobs = await team.agent('bob', 'v2 client, 2025');
    await bobs.call('list_active_calls');
    expect(listening.status).toBe(200);
    expect(await team.reload(['bob', 'carol'])).toMatchObject({ ended: ['key:alice'] });
    await Promise.all([listening.ended, waited]);
    expect((await session.request('ping')).status).toBe(404);
    expect((await bobs.call('list_active_calls')).isError).toBeFalsy();
    // Listening needs a line.
    const refused = await ask(team.url, { ...listen, headers: { ...listen.headers, ...headers } });
    expect(refused.status).toBe(403);
    expect(refused.text).toContain('RC_MCP_LOGINS_FILE');
  });

  it('a file with a mistake changes nothing, and the log says what is wrong', async () => {
    await team.reload(everybody);
    expect(await team.reload([], 'the logins stay as they were')).toMatchObject({
      reason: expect.stringContaining('the list is empty'),
    });
    const alice = await team.agent('alice', 'v2 client, 2026-07-28');
    expect((await alice.call('list_active_calls')).isError).toBeFalsy();
  });
});

it.skipIf(process.platform === 'win32')('doctor looks at the login of each person, by name', async () => {
  const platform = await startSandboxProcess();
  const control = new Control(platform.address.controlUrl);
  const folder = mkdtempSync(join(tmpdir(), 'logins-'));
  const write = (name: string, content: object) => {
    writeFileSync(join(folder, name), JSON.stringify(content), { mode: 0o600 });
    return join(folder, name);
  };
  const { clientId, clientSecret, jwt } = await control.login('102');
  const bob = { name: 'bob', clientId, clientSecret, jwt, principals: ['key:bob', 'key:gone'] };
  const { entry: bobs } = createKey('bob', ['calls:read']);
  const { entry: eves } = createKey('eve', ['calls:read']);
  const { code, stdout } = await outcome(['doctor', '--http', '127.0.0.1:0'], {
    ...quietEnvironment(),
    RC_SERVER_URL: platform.address.serverUrl,
    RC_MCP_KEYS_FILE: write('keys.json', [bobs, eves]),
    RC_MCP_LOGINS_FILE: write('logins.json', [
      bob,
      { name: 'dead', clientId, clientSecret, jwt: 'a.b.c', principals: ['user:dead@idp.example'] },
    ]),
  });
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /ok {4}logins: .*logins\.json: bob, dead\n {6}advice: No login belongs to key:eve\. No key is that of key:gone\./,
  );
  expect(stdout).toMatch(/ok {4}bob, identity: Bob Brown, extension 102/);
  expect(stdout).toMatch(/FAIL {2}dead, login: /);
  rmSync(folder, { recursive: true });
  await platform.stop();
});
