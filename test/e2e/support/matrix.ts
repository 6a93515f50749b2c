import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type OperationName, operations } from '../../../src/ringcentral/wire/operation-table.ts';
import type { Agent } from './agents.ts';
import type { Control } from './control.ts';
import { type CallTool, operationCases, over, Stage, succeeded } from './operations.ts';

export const operationNames = Object.keys(operations) as OperationName[];

/** All operations, in parts for a server each: a guard asks a principal no more than six times a minute. */
export const operationParts = [1, 2, 3, 4].map((part) => ({
  part,
  names: operationNames.slice(6 * part - 6, 6 * part),
}));

/**
 * Each operation of a part where it is valid and where it is not, by one agent, judged by the sandbox's truth. One
 * after the other, also where other suites run beside: 101 has one desk phone.
 */
export function operationTests(
  names: readonly OperationName[],
  { agentOf, controlOf }: { agentOf: () => Promise<Agent>; controlOf: () => Control },
): void {
  let agent: Agent;
  let control: Control;
  const call: CallTool = async (tool, args) => succeeded(await agent.call(tool, args));

  beforeAll(async () => {
    control = controlOf();
    agent = await agentOf();
  });
  afterAll(() => agent.close());
  afterEach(async () => {
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
