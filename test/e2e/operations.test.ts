import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientKinds, connect } from './support/agents.ts';
import { Control } from './support/control.ts';
import { operationNames, operationParts, operationTests } from './support/matrix.ts';
import { listeningEnvironmentOf, startSandboxProcess, withoutLimits } from './support/process.ts';

// At the same time, each with a platform of its own: mostly they wait for phones to ring.
describe.concurrent.each(clientKinds)('over stdio, with the %s', (kind) => {
  let sandbox: Awaited<ReturnType<typeof startSandboxProcess>>;

  beforeAll(async () => {
    sandbox = await startSandboxProcess(...withoutLimits('every operation is tried on one login'));
  });
  afterAll(async () => {
    expect(await sandbox.stop()).toBe(0);
  });

  const agentOf = () =>
    connect(kind, { stdio: { args: ['serve'], env: listeningEnvironmentOf(sandbox.address) } });

  it.sequential('lists the 24 operations', async () => {
    const agent = await agentOf();
    const listed = (await agent.tools()).map(({ name }) => name);
    expect(listed).toEqual(expect.arrayContaining(operationNames));
    expect(operationNames).toHaveLength(24);
    await agent.close();
  });

  describe.sequential.each(operationParts)('part $part of 4', ({ names }) => {
    operationTests(names, { agentOf, controlOf: () => new Control(sandbox.address.controlUrl) });
  });
});
