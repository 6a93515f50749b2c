import { afterEach, beforeEach, expect, it } from 'vitest';
import { type OperationName, operations } from '../../../src/ringcentral/wire/operations.ts';
import type { Agent } from './agents.ts';
import type { Control } from './control.ts';
import { type CallTool, operationCases, over, Stage, succeeded } from './operations.ts';

export const operationNames = Object.keys(operations) as OperationName[];

/**
 * Each operation where it is valid and where it is not, judged by the sandbox's truth; for each an agent of its own.
 * One after the other, also where other suites run beside: 101 has one desk phone.
 */
export function operationTests(
  names: readonly OperationName[],
  { agentOf, controlOf }: { agentOf: () => Promise<Agent>; controlOf: () => Control },
): void {
  let agent: Agent;
  let control: Control;
  const call: CallTool = async (tool, args) => succeeded(await agent.call(tool, args));

  beforeEach(async () => {
    control = controlOf();
    agent = await agentOf();
  });
  afterEach(async () => {
    await agent.close();
    for (const { telephonySessionId } of await liveCalls(control)) await control.drop(telephonySessionId);
  });

  it.sequential.for(names)('%s does what it says', async (name, { expect }) => {
    const { valid, holds } = operationCases[name];
    const prepared = await valid(new Stage(control), call);
    const answer = await call(name, prepared.args);
    await expect.poll(() => holds(control, prepared, answer), { timeout: 5_000, interval: 20 }).toBe(true);
  });

  it.sequential.for(names)('%s, where it is not valid, says why and changes nothing', async (name) => {
    const args = await operationCases[name].invalid(new Stage(control), call);
    const before = await statuses(control);
    const answer = await agent.call(name, args);
    expect(answer.isError).toBe(true);
    const { error } = answer.structuredContent ?? {};
    expect(error?.kind).toMatch(/^(invalid_input|not_found|wrong_state|forbidden|denied)$/);
    expect(error?.message.length).toBeGreaterThan(20);
    expect(JSON.stringify(answer)).not.toMatch(/\bat .+:\d+:\d+|node_modules/);
    expect(await statuses(control)).toEqual(before);
  });
}

/** Those that ended are forgotten by and by. */
const liveCalls = async (control: Control) => (await control.state()).calls.filter((call) => !over(call));

const statuses = async (control: Control) =>
  (await liveCalls(control)).map(({ telephonySessionId, parties }) => ({
    telephonySessionId,
    parties: parties.map(({ id, status, muted }) => ({ id, code: status.code, muted })),
  }));
