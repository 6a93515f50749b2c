import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Agent, connect, type ToolAnswer, yes } from './support/agents.ts';
import { Control } from './support/control.ts';
import { Stage, succeeded } from './support/operations.ts';
import { environmentOf, type Running, run, startSandboxProcess, withoutLimits } from './support/process.ts';

/** What a yes is worth that comes to another process than the one that asked: nothing, and nobody is harmed. */
describe('a server that is replaced while its person thinks', () => {
  let sandbox: Awaited<ReturnType<typeof startSandboxProcess>>;
  let control: Control;
  let telephonySessionId: string;

  beforeAll(async () => {
    sandbox = await startSandboxProcess(
      ...withoutLimits('servers start more often than one login may log in'),
    );
    control = new Control(sandbox.address.controlUrl);
  });
  beforeEach(async () => {
    ({ telephonySessionId } = await new Stage(control).talking());
  });
  afterAll(() => sandbox.stop());

  const start = async (address: string): Promise<{ server: Running; url: string }> => {
    const server = run(['serve', '--http', address], environmentOf(sandbox.address));
    return { server, url: String((await server.logged('listening')).url) };
  };
  const dropped = async () =>
    (await control.requests()).requests.filter(
      ({ method, path }) => method === 'DELETE' && path.endsWith(telephonySessionId),
    );

  /** The first answer is thought over until the successor has taken the place of the server that asked. */
  async function replaceWhileAsked(
    agent: Agent,
    server: Running,
    url: string,
    signal: NodeJS.Signals,
  ): Promise<{ answer: ToolAnswer | Error; successor: Running }> {
    let successor: Running | undefined;
    agent.person.answer = async (question) => {
      server.child.kill(signal);
      await new Promise((resolve) => server.child.once('exit', resolve));
      ({ server: successor } = await start(new URL(url).host));
      return yes(question);
    };
    const answer = await agent
      .call('delete_call_session', { telephonySessionId })
      .catch((error: Error) => error);
    if (!successor) throw new Error('nobody was asked');
    return { answer, successor };
  }

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'gives the answer to its successor (2026-07-28, %s), which refuses it and asks by itself',
    async (signal) => {
      const { server, url } = await start('127.0.0.1:0');
      const agent = await connect('v2 client, 2026-07-28', { http: url });
      const { answer, successor } = await replaceWhileAsked(agent, server, url, signal);
      // The state is not one of this process: the protocol's own error, before any tool runs.
      expect(answer).toMatchObject({ code: -32602 });
      expect(agent.questions).toHaveLength(1);
      expect(await dropped()).toEqual([]);

      agent.person.answer = yes;
      succeeded(await agent.call('delete_call_session', { telephonySessionId }));
      expect(agent.questions).toHaveLength(2);
      expect(await dropped()).toHaveLength(1);
      await agent.close();
      expect(await successor.stop()).toBe(0);
    },
  );

  it('ends an open question of a 2025 host before it goes: the late answer finds no session', async () => {
    const { server, url } = await start('127.0.0.1:0');
    const agent = await connect('v2 client, 2025', { http: url });
    let thought = () => {};
    const answered = new Promise<void>((resolve) => {
      thought = resolve;
    });
    let successor: Running | undefined;
    agent.person.answer = async (question) => {
      server.child.kill('SIGTERM');
      await new Promise((resolve) => server.child.once('exit', resolve));
      ({ server: successor } = await start(new URL(url).host));
      thought();
      return yes(question);
    };
    const call = agent.call('delete_call_session', { telephonySessionId }).catch((error: Error) => error);
    await answered;
    const later = await connect('v2 client, 2025', { http: url });
    succeeded(await later.call('read_call_session_status', { telephonySessionId, fresh: true }));
    await agent.close();
    const told = await call;
    expect(told).toMatchObject({
      structuredContent: { error: { kind: 'not_confirmed', reason: 'cancelled' } },
    });
    expect(JSON.stringify(told)).not.toContain('faster than a person reads');
    expect(agent.questions).toHaveLength(1);
    expect(await dropped()).toEqual([]);
    await later.close();
    expect(await successor?.stop()).toBe(0);
  });
});
