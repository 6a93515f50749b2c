import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Agent, clientKinds } from './support/agents.ts';
import type { Control, TrueParty } from './support/control.ts';
import type { Leg, Stage } from './support/operations.ts';
import { type E2eTestbed, startE2eTestbed } from './support/testbed.ts';

const sessions = 'ringcentral://telephony/sessions';
const uriOf = ({ telephonySessionId }: Leg) => `${sessions}/${telephonySessionId}`;
const partyUriOf = (leg: Leg) => `${uriOf(leg)}/parties/${leg.partyId}`;

/** Waits for the news, then for the read after it to show what is true. */
async function reads(agent: Agent, uri: string, is: (view: { status: { code: string } }) => boolean) {
  await expect.poll(async () => is(await agent.read(uri)), { timeout: 5_000, interval: 20 }).toBe(true);
}

describe.each(clientKinds)('calls as resources, with the %s', (kind) => {
  let testbed: E2eTestbed;
  let control: Control;
  let stage: Stage;
  let agent: Agent;

  beforeEach(async () => {
    testbed = await startE2eTestbed(kind);
    ({ control, stage, agent } = testbed);
  });
  afterEach(() => testbed.close());

  it('appear in the list, change, and go', async () => {
    expect(await agent.resources()).toEqual(
      expect.arrayContaining([sessions, 'ringcentral://telephony/feed']),
    );
    await agent.watch([sessions]);
    const leg = await stage.ringing();
    await expect.poll(() => agent.news).toContain('list');
    await expect.poll(() => agent.resources()).toEqual(expect.arrayContaining([uriOf(leg), partyUriOf(leg)]));

    await agent.watch([uriOf(leg), partyUriOf(leg)]);
    const change = async (act: string, args: object, is: (party: TrueParty) => boolean) => {
      agent.news.length = 0;
      await control.act(leg.telephonySessionId, leg.partyId, act, args);
      await control.party(leg.telephonySessionId, (party) => party.id === leg.partyId && is(party));
      await expect.poll(() => agent.news).toEqual(expect.arrayContaining([uriOf(leg), partyUriOf(leg)]));
      await reads(agent, partyUriOf(leg), (view) => is(view as TrueParty));
    };
    const deviceId = await control.deviceId('101');
    await change('answer', { deviceId }, ({ status }) => status.code === 'Answered');
    await change('hold', {}, ({ status }) => status.code === 'Hold');
    await change('unhold', {}, ({ status }) => status.code === 'Answered');
    await change('hangup', {}, ({ status }) => status.code === 'Disconnected');
    await expect.poll(() => agent.resources()).not.toContain(uriOf(leg));
  });

  it('lose nothing when the WebSocket is cut in the middle of a call', async () => {
    await agent.resources();
    const leg = await stage.talking();
    await reads(agent, partyUriOf(leg), ({ status }) => status.code === 'Answered');

    await control.fault({ kind: 'ws-close', code: 1006 });
    await control.act(leg.telephonySessionId, leg.partyId, 'hold');
    const other = await stage.ringing({ phoneNumber: '+14155550177', name: 'While away' });

    await reads(agent, partyUriOf(leg), ({ status }) => status.code === 'Hold');
    await reads(agent, partyUriOf(other), ({ status }) => status.code === 'Proceeding');
    await expect
      .poll(async () => (await agent.read('ringcentral://telephony/feed')).state, { timeout: 10_000 })
      .toBe('live');
    expect(await agent.resources()).toEqual(expect.arrayContaining([uriOf(leg), uriOf(other)]));
  });

  it('say how much they can be believed, and never show the conference token', async () => {
    const leg = await stage.talking();
    await agent.resources();
    await reads(agent, partyUriOf(leg), ({ status }) => status.code === 'Answered');
    const session = await agent.read(uriOf(leg));
    expect(session).toMatchObject({
      id: leg.telephonySessionId,
      yourPartyId: leg.partyId,
      stale: expect.any(Boolean),
      source: expect.stringMatching(/^(event|api)$/),
      asOf: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    await agent.call('create_conference_call_session');
    const conference = (await control.state()).calls.find(({ origin }) => origin.type === 'Conference');
    const { telephonySessionId = '' } = conference ?? {};
    expect(JSON.stringify(await agent.read(`${sessions}/${telephonySessionId}`))).not.toMatch(
      /voiceCallToken|conf_/,
    );
  });
});
