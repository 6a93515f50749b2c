import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operations } from '../../src/ringcentral/wire/operation-table.ts';
import { enter, type HttpWay, httpWays } from './support/agents.ts';
import { Control } from './support/control.ts';
import { type IdentityKind, identities, type Who } from './support/identities.ts';
import { operationParts, operationTests } from './support/matrix.ts';
import { Stage } from './support/operations.ts';
import { listeningEnvironmentOf, run, startSandboxProcess, withoutLimits } from './support/process.ts';

const identityKinds = Object.keys(identities) as IdentityKind[];

const matrix = identityKinds.flatMap((identity) => operationParts.map((part) => ({ identity, ...part })));

type Sandbox = Awaited<ReturnType<typeof startSandboxProcess>>;

/** A server that knows its callers in this way, and agents who come in. */
async function serve(sandbox: Sandbox, identityKind: IdentityKind) {
  const identity = await identities[identityKind]();
  const server = run(['serve', '--http', '127.0.0.1:0'], {
    ...listeningEnvironmentOf(sandbox.address),
    ...identity.env,
  });
  const url = String((await server.logged('listening')).url);
  return {
    agent: async (way: HttpWay, who: Who = 'owner') =>
      enter(way, url, { headers: await identity.headersOf(who) }),
    stop: () => server.stop().finally(() => identity.close?.()),
  };
}

/** The same for all tests of a `describe`. */
function serverOf(sandbox: () => Sandbox, identity: IdentityKind) {
  let server: Awaited<ReturnType<typeof serve>>;
  beforeAll(async () => {
    server = await serve(sandbox(), identity);
  });
  afterAll(async () => {
    expect(await server.stop()).toBe(0);
  });
  return () => server;
}

// The ways at the same time, each with a platform of its own: mostly they wait for phones to ring.
describe.concurrent.each(httpWays)('over $way, with the $kind', (way) => {
  let sandbox: Sandbox;
  let control: Control;

  beforeAll(async () => {
    sandbox = await startSandboxProcess(
      ...withoutLimits('every operation is tried over every way in on one login'),
    );
    control = new Control(sandbox.address.controlUrl);
  });
  afterAll(async () => {
    expect(await sandbox.stop()).toBe(0);
  });

  describe.sequential.each(matrix)('with $identity, part $part of 4', ({ identity, names }) => {
    const server = serverOf(() => sandbox, identity);
    operationTests(names, { agentOf: () => server().agent(way), controlOf: () => control });
  });

  describe.sequential.each(identityKinds)('with %s', (identity) => {
    const server = serverOf(() => sandbox, identity);

    it('tells what happens to a call, and drops none to which the person says no', async ({ expect }) => {
      const agent = await server().agent(way);
      const { telephonySessionId, partyId } = await new Stage(control).talking();
      const uri = `ringcentral://telephony/sessions/${telephonySessionId}`;
      await expect.poll(() => agent.resources()).toContain(uri);
      await agent.watch([uri]);
      await control.act(telephonySessionId, partyId, 'hold');
      await expect.poll(() => agent.news).toContain(uri);
      agent.person.answer = () => ({ action: 'decline' });
      const kept = await agent.call('delete_call_session', { telephonySessionId });
      expect(kept.structuredContent?.error).toMatchObject({ kind: 'not_confirmed', reason: 'declined' });
      expect(agent.questions).toHaveLength(1);
      await control.party(telephonySessionId, ({ status }) => status.code === 'Hold');
      await agent.close();
    });

    if (identity === 'no identity') return;
    it('offers what the scopes allow, and nothing else exists', async () => {
      const reader = await server().agent(way, 'reader');
      const seen = (await reader.tools()).map(({ name }) => name);
      expect(seen).toContain('list_active_calls');
      expect(seen.filter((name) => name in operations)).toEqual([
        'read_call_session_status',
        'read_call_party_status',
      ]);
      await expect(reader.call('hold_call_party', {})).rejects.toMatchObject({ code: -32602 });
      await reader.close();
      const operator = await server().agent(way, 'operator');
      const more = (await operator.tools()).map(({ name }) => name);
      expect(more).toContain('hold_call_party');
      expect(more).not.toContain('delete_call_session');
      await expect(operator.call('delete_call_session', {})).rejects.toMatchObject({ code: -32602 });
      await operator.close();
    });
  });
});

describe('SIGTERM under load', () => {
  it('loses no accepted action, ends every client properly, and exits 0', async () => {
    const sandbox = await startSandboxProcess(...withoutLimits('many clients act at once'));
    const control = new Control(sandbox.address.controlUrl);
    const server = await serve(sandbox, 'no identity');
    const agents = await Promise.all([...httpWays, ...httpWays].map((way) => server.agent(way)));
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
        ({ path, status }) => path.includes(telephonySessionId) && /hold$/.test(path) && Number(status) < 300,
      );
      const told = claims.filter(
        (claim) =>
          claim.telephonySessionId === telephonySessionId &&
          ['observed', 'accepted'].includes(claim.outcome ?? ''),
      );
      expect(told.length).toBe(taken.length);
    }
    await Promise.all(agents.map((agent) => agent.close()));
    expect(await sandbox.stop()).toBe(0);
  });
});
