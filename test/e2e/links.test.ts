import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Agent } from './support/agents.ts';
import type { Control } from './support/control.ts';
import { operationCases, type Stage, succeeded } from './support/operations.ts';
import { type E2eTestbed, startE2eTestbed } from './support/testbed.ts';

const uri = (telephonySessionId: string) => `ringcentral://telephony/sessions/${telephonySessionId}`;

describe('a call that moves', () => {
  let testbed: E2eTestbed;
  let control: Control;
  let stage: Stage;
  let agent: Agent;

  async function open(...serve: string[]) {
    testbed = await startE2eTestbed('v2 client, 2025', { serve });
    ({ control, stage, agent } = testbed);
    await agent.resources();
  }
  beforeEach(() => open());
  afterEach(() => testbed.close());

  const call = async (name: string, args: object) => succeeded(await agent.call(name, args));

  async function linked(from: string, to: string) {
    const names = async () => {
      const { links = [] } = await agent.read(uri(from));
      return links.map(({ telephonySessionId }: { telephonySessionId: string }) => telephonySessionId);
    };
    await expect.poll(names, { timeout: 10_000 }).toContain(to);
    const { structuredContent } = await agent.call('read_call_session_status', { telephonySessionId: from });
    expect(JSON.stringify(structuredContent?.call.links)).toContain(to);
  }

  it.each(['bridge_call_party', 'create_call_party_with_bring_in'] as const)(
    'by %s: reading either session names the other',
    async (name) => {
      const { args } = await operationCases[name].valid(stage, (tool, given) => call(tool, given));
      await call(name, args);
      const here = String(args.telephonySessionId);
      const there = String(args.targetTelephonySessionId);
      await linked(here, there);
      await linked(there, here);
    },
  );

  // At extension scope no event tells of the caller's own leg (platform.md 4.5): there a fresh reading or the next
  // reconciling finds it.
  it('by a retrieved park: reading either session names the other, at account scope', async () => {
    await testbed.close();
    await open('--scope', 'account');
    const leg = await stage.talking();
    await call('call_park_party', { telephonySessionId: leg.telephonySessionId });
    const parked = await control.party(leg.telephonySessionId, ({ status }) => status.code === 'Parked');
    // 101 dials the code from its phone: the caller moves into this new call.
    const there = await control.dial(
      { extensionNumber: '101', deviceId: await control.deviceId('101') },
      { phoneNumber: parked.park?.id ?? '' },
    );
    await linked(leg.telephonySessionId, there);
    await linked(there, leg.telephonySessionId);
  });

  it('by transfer and pickup stays in its session, with the new party', async () => {
    const leg = await stage.talking();
    await call('transfer_call_party', { telephonySessionId: leg.telephonySessionId, extensionNumber: '102' });
    const tom = await control.extensionId('102');
    await expect
      .poll(
        async () => {
          const { structuredContent } = await agent.call('read_call_session_status', {
            telephonySessionId: leg.telephonySessionId,
            fresh: true,
          });
          return structuredContent?.call.parties.map(
            ({ extensionId }: { extensionId?: string }) => extensionId,
          );
        },
        { timeout: 10_000 },
      )
      .toContain(tom);
  });

  it('never shows another’s party as fresh after a newer event', async () => {
    const leg = await stage.talking();
    let newest = 0;
    for (const act of ['hold', 'unhold', 'mute', 'unmute', 'hold', 'unhold']) {
      await control.act(leg.telephonySessionId, leg.partyId, act);
      for (let look = 0; look < 5; look += 1) {
        const { parties } = await agent.read(uri(leg.telephonySessionId));
        const own = parties.find(({ id }: { id: string }) => id === leg.partyId);
        if (own.source === 'event') newest = Math.max(newest, Date.parse(own.asOf));
        for (const other of parties.filter(({ id }: { id: string }) => id !== leg.partyId)) {
          expect(other.source).toBe('api');
          if (Date.parse(other.asOf) < newest) expect(other.stale).toBe(true);
        }
      }
    }
  });
});
