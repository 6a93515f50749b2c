import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Agent, clientKinds } from './support/agents.ts';
import type { Control } from './support/control.ts';
import { type Stage, succeeded } from './support/operations.ts';
import { binary, environmentOf, startSandboxProcess } from './support/process.ts';
import { type E2eTestbed, startE2eTestbed } from './support/testbed.ts';

describe.each(clientKinds)('wait_for_call_event, with the %s', (kind) => {
  let testbed: E2eTestbed;
  let control: Control;
  let stage: Stage;
  let agent: Agent;

  beforeEach(async () => {
    testbed = await startE2eTestbed(kind);
    ({ control, stage, agent } = testbed);
  });
  afterEach(() => testbed.close());

  const wait = async (args: object) =>
    succeeded(await agent.call('wait_for_call_event', args)).structuredContent;

  it('gives what happened since the cursor, each thing once and nothing left out', async () => {
    const leg = await stage.talking();
    await expect
      .poll(async () => (await agent.call('list_active_calls')).structuredContent?.total, { timeout: 5_000 })
      .toBe(1);
    const start = await wait({ timeoutSeconds: 1 });
    let after = start?.cursor;
    const told: { partyId: string; status: string; cursor: number }[] = [];
    const expected = ['Hold', 'Answered', 'Hold', 'Answered', 'Hold'];
    for (const status of expected) {
      await control.act(leg.telephonySessionId, leg.partyId, status === 'Hold' ? 'hold' : 'unhold');
      if (status === 'Answered') continue;
      const answer = await wait({ after, partyId: leg.partyId, timeoutSeconds: 5 });
      told.push(...(answer?.events ?? []));
      after = answer?.cursor;
    }
    while (told.length < expected.length) {
      const answer = await wait({ after, partyId: leg.partyId, timeoutSeconds: 5 });
      told.push(...(answer?.events ?? []));
      after = answer?.cursor;
    }
    expect(told.map(({ status }) => status)).toEqual(expected);
    expect(new Set(told.map(({ cursor }) => cursor)).size).toBe(expected.length);
  });

  it('ends normally when the time runs out', async () => {
    const answer = await agent.call('wait_for_call_event', { timeoutSeconds: 1 });
    expect(answer.isError ?? false).toBe(false);
    expect(answer.structuredContent?.events).toEqual([]);
  });

  it('says so when the history does not reach back to the cursor', async () => {
    const answer = await wait({ after: 1, timeoutSeconds: 1 });
    expect(answer?.lost).toBe(true);
  });
});

describe.each(['legacy', { pin: '2026-07-28' }] as const)('a client of the era %j', (mode) => {
  it('can cancel the wait, and is told that it goes on', async () => {
    const sandbox = await startSandboxProcess();
    const client = new Client({ name: 'e2e', version: '1' }, { versionNegotiation: { mode } });
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [binary, 'serve'],
        env: environmentOf(sandbox.address),
        stderr: 'ignore',
      }),
    );
    const progress: number[] = [];
    const controller = new AbortController();
    const waiting = client.callTool(
      { name: 'wait_for_call_event', arguments: { timeoutSeconds: 25 } },
      {
        signal: controller.signal,
        onprogress: ({ progress: done }) => {
          progress.push(done);
          controller.abort('enough');
        },
      },
    );
    await expect(waiting).rejects.toThrow();
    expect(progress.length).toBeGreaterThan(0);
    // The server is free at once.
    const { structuredContent } = await client.callTool({ name: 'list_active_calls', arguments: {} });
    expect(structuredContent).toMatchObject({ calls: [] });
    await client.close();
    await sandbox.stop();
  });
});
