import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type OperationName, operations } from '../../src/ringcentral/wire/operations.ts';
import { type Agent, clientKinds, connect } from './support/agents.ts';
import { Control } from './support/control.ts';
import { operationCases, refusesTheInvalid, Stage, succeeded } from './support/operations.ts';
import { environmentOf, startSandboxProcess } from './support/process.ts';

const names = Object.keys(operations) as OperationName[];

describe.each(clientKinds)('over stdio, with the %s', (kind) => {
  let sandbox: Awaited<ReturnType<typeof startSandboxProcess>>;
  let control: Control;
  let agent: Agent;

  beforeAll(async () => {
    sandbox = await startSandboxProcess('--rate-limits', 'off');
    control = new Control(sandbox.address.controlUrl);
  });
  afterAll(async () => {
    expect(await sandbox.stop()).toBe(0);
  });

  // A server of its own for each test: the guard counts what one principal does in a minute.
  beforeEach(async () => {
    agent = await connect(kind, { stdio: { args: ['serve'], env: environmentOf(sandbox.address) } });
  });
  afterEach(async () => {
    await agent.close();
    await hangUpEverything(control);
  });

  it('lists the 24 operations', async () => {
    const listed = (await agent.tools()).map(({ name }) => name);
    expect(listed).toEqual(expect.arrayContaining(names));
    expect(names).toHaveLength(24);
  });

  it.each(names)('%s does what it says', async (name) => {
    const stage = new Stage(control);
    const { valid, holds } = operationCases[name];
    const prepared = await valid(stage, async (tool, args) => succeeded(await agent.call(tool, args)));
    const answer = succeeded(await agent.call(name, prepared.args));
    await expect.poll(() => holds(control, prepared, answer), { timeout: 5_000, interval: 20 }).toBe(true);
  });

  it.each(names)('%s, where it is not valid, says why and changes nothing', async (name) => {
    const _stage = new Stage(control);
    await refusesTheInvalid(name, agent, control);
  });
});

async function hangUpEverything(control: Control) {
  for (const call of (await control.state()).calls) {
    if (call.parties.some(({ status }) => !['Disconnected', 'Gone'].includes(status.code))) {
      await control.drop(call.telephonySessionId);
    }
  }
}
