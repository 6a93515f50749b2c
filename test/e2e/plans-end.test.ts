import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Agent, connect, type ToolAnswer } from './support/agents.ts';
import { Control } from './support/control.ts';
import { type Leg, Stage, succeeded } from './support/operations.ts';
import { environmentOf, type Running, run, startSandboxProcess, withoutLimits } from './support/process.ts';

const textOf = ({ content }: ToolAnswer) => content[0]?.text ?? '';

/** Whoever waits on hold because of a plan is taken back, or somebody is told, however the server or its host ends. */
describe('a plan in the middle of which', () => {
  let sandbox: Awaited<ReturnType<typeof startSandboxProcess>>;
  let control: Control;
  let customer: Leg;
  let folder: string;
  let server: Running;
  let url: string;
  let agent: Agent;

  const start = async () => {
    server = run(['serve', '--http', '127.0.0.1:0', '--audit-log', join(folder, 'audit.log')], {
      ...environmentOf(sandbox.address),
      RC_MCP_AUDIT_KEY: 'a key of sixteen characters',
    });
    url = String((await server.logged('listening')).url);
  };
  const own = async () =>
    (await control.call(customer.telephonySessionId)).parties.find(({ id }) => id === customer.partyId);
  /** Ada waits on hold, and the colleague's phone rings. */
  const begin = async (signal?: AbortSignal): Promise<void> => {
    const begun = agent.call('consult_and_transfer', { colleague: '102', ringSeconds: 60 }, signal);
    begun.catch(() => {});
    await control.ringsAt('102');
    expect((await own())?.status.code).toBe('Hold');
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'plans-'));
    sandbox = await startSandboxProcess(
      ...withoutLimits('servers start more often than one login may log in'),
    );
    control = new Control(sandbox.address.controlUrl);
    customer = await new Stage(control).talking();
    await start();
    agent = await connect('v2 client, 2025', { http: url });
  });
  afterEach(async () => {
    await agent.close().catch(() => {});
    await server.stop();
    await sandbox.stop();
    rmSync(folder, { recursive: true });
  });

  const acts = async () =>
    (await control.requests()).requests.flatMap(({ method, path }) =>
      method === 'GET' ? [] : [path.replace(/^.*\//, `${method} `)],
    );

  it('the tool has to answer goes on, and one wait tells its end', async () => {
    await agent.close();
    agent = await connect('v2 client, 2026-07-28', { http: url });
    const begun = agent.call('consult_and_transfer', { colleague: '102', ringSeconds: 60 });
    const { telephonySessionId, party } = await control.ringsAt('102');
    const { plan } = succeeded(await begun).structuredContent ?? {};
    expect(plan.state).toBe('running');
    const told = agent.call('wait_for_call_event', { planId: plan.planId, timeoutSeconds: 25 });
    await control.act(telephonySessionId, party.id, 'answer', { deviceId: await control.deviceId('102') });
    expect(succeeded(await told).structuredContent?.plan).toMatchObject({ ending: 'done' });
  });

  it('the server gets SIGTERM takes the caller back before it logs out', async () => {
    await begin();
    expect(await server.stop()).toBe(0);
    expect((await own())?.status.code).toBe('Answered');
    const sent = await acts();
    expect(sent).toContain('POST revoke');
    expect(sent.indexOf('POST unhold')).toBeGreaterThan(sent.indexOf('POST hold'));
    expect(sent.indexOf('POST revoke')).toBeGreaterThan(sent.indexOf('POST unhold'));
  });

  /** Resolves when Ada and 101 hear each other again. */
  const takenBack = () =>
    control.party(
      customer.telephonySessionId,
      ({ id, status }) => id === customer.partyId && status.code === 'Answered',
    );

  it('the stream of the host ends takes the caller back', async () => {
    await agent.close();
    agent = await connect('v2 client, 2025', { sse: url.replace('/mcp', '/sse') });
    await begin();
    await agent.close();
    await takenBack();
  });

  it('the host on stdio ends takes the caller back', async () => {
    await agent.close();
    agent = await connect('v2 client, 2025', {
      stdio: { args: ['serve'], env: environmentOf(sandbox.address) },
    });
    await begin();
    await agent.close();
    await takenBack();
  });

  it.each(['v2 client, 2025', 'v2 client, 2026-07-28'] as const)(
    'the %s cancels its request takes the caller back',
    async (kind) => {
      await agent.close();
      agent = await connect(kind, { http: url });
      const cancelling = new AbortController();
      await begin(cancelling.signal);
      cancelling.abort();
      await takenBack();
    },
  );

  it('the server is killed does nothing at the next start but say who is on hold since when', async () => {
    await begin();
    const notes = join(folder, 'audit.log.plans');
    expect(statSync(notes).mode & 0o777).toBe(0o600);
    expect(readFileSync(notes, 'utf8')).toMatch(/"seal":"[0-9a-f]{64}"\}$/);
    server.child.kill('SIGKILL');
    await new Promise((resolve) => server.child.once('exit', resolve));
    const { next } = await control.requests();
    await start();
    agent = await connect('v2 client, 2025', { http: url });
    const told = textOf(succeeded(await agent.call('list_active_calls', {})));
    expect(told).toMatch(
      /^ON HOLD since \d\d:\d\d:\d\d UTC, \d+ s ago: \+14155550123 \(c\d+\), because of plan p1 of an earlier run/,
    );
    const { requests } = await control.requests(next);
    expect(requests.filter(({ path }) => /hold$/.test(path))).toEqual([]);
    await control.act(customer.telephonySessionId, customer.partyId, 'unhold');
    await new Stage(control).control.party(customer.telephonySessionId, ({ id }) => id === customer.partyId);
    agent.person.answer = () => ({ action: 'accept', content: { confirm: true } });
    succeeded(await agent.call('unhold_call_party', { telephonySessionId: customer.telephonySessionId }));
    expect(textOf(succeeded(await agent.call('list_active_calls', {})))).not.toContain('ON HOLD');
  });

  it('notes that were not written with this key stop the next start', async () => {
    await begin();
    server.child.kill('SIGKILL');
    await new Promise((resolve) => server.child.once('exit', resolve));
    const next = run(['serve', '--http', '127.0.0.1:0', '--audit-log', join(folder, 'audit.log')], {
      ...environmentOf(sandbox.address),
      RC_MCP_AUDIT_KEY: 'another key of sixteen characters',
    });
    const [code] = await new Promise<[number | null]>((resolve) =>
      next.child.once('exit', (status) => resolve([status])),
    );
    expect(code).toBe(2);
  });
});
