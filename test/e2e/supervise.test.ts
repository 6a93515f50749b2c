import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Agent, clientKinds } from './support/agents.ts';
import type { Control } from './support/control.ts';
import { type Stage, succeeded } from './support/operations.ts';
import { type E2eTestbed, startE2eTestbed } from './support/testbed.ts';

describe.each(clientKinds)('the supervise_agent prompt, played by the %s at extension scope', (kind) => {
  let testbed: E2eTestbed;
  let control: Control;
  let stage: Stage;
  let agent: Agent;

  beforeEach(async () => {
    testbed = await startE2eTestbed(kind);
    ({ control, stage, agent } = testbed);
  });
  afterEach(() => testbed.close());

  const use = async (name: string, args: object = {}) =>
    succeeded(await agent.call(name, args)).structuredContent;

  it('uses the tools that it names, in this order', async () => {
    const text = await agent.prompt('supervise_agent', { agent: '102' });
    expect(text.match(/\b[a-z]+(?:_[a-z]+)+\b/g)).toEqual([
      'list_monitored_extensions',
      'list_devices',
      'supervise_call_session',
      'delete_call_party',
    ]);
  });

  it('listens to the call of the agent and stops', async () => {
    const { telephonySessionId } = await stage.othersCall();
    const monitored = await use('list_monitored_extensions');
    const bob = monitored?.extensions.find(
      ({ extensionNumber }: { extensionNumber: string }) => extensionNumber === '102',
    );
    const [call] = bob.calls;
    expect(call).toMatchObject({ telephonySessionId, telephonyStatus: 'CallConnected' });
    const phones = await use('list_devices');
    const listening = await use('supervise_call_session', {
      telephonySessionId: call.telephonySessionId,
      agentExtensionId: bob.id,
      supervisorDeviceId: phones?.devices.find(({ usable }: { usable: boolean }) => usable).id,
    });
    const mine = await control.party(telephonySessionId, ({ status }) => status.reason === 'Supervising');
    expect(listening?.party.id).toBe(mine.id);
    await use('delete_call_party', { telephonySessionId, partyId: mine.id });
    await control.party(
      telephonySessionId,
      ({ id, status }) => id === mine.id && ['Disconnected', 'Gone'].includes(status.code),
    );
  });
});
