import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Agent, clientKinds, type ToolAnswer } from './support/agents.ts';
import type { Control } from './support/control.ts';
import { type Stage, succeeded } from './support/operations.ts';
import { type E2eTestbed, startE2eTestbed } from './support/testbed.ts';

type Told = NonNullable<ToolAnswer['structuredContent']> & { text: string };

/** The limits on requests are the platform's: waiting has to keep to them. */
describe.each(clientKinds)('the warm_transfer prompt, played by the %s', (kind) => {
  let testbed: E2eTestbed;
  let control: Control;
  let stage: Stage;
  let agent: Agent;

  beforeEach(async () => {
    testbed = await startE2eTestbed(kind);
    ({ control, stage, agent } = testbed);
  });
  afterEach(() => testbed.close());

  const use = async (name: string, args: object = {}): Promise<Told> => {
    const { structuredContent = {}, content } = succeeded(await agent.call(name, args));
    return { ...structuredContent, text: content[0]?.text ?? '' };
  };

  /** Steps 1 to 4 without the wait: Ada is held, the colleague's phone rings. */
  async function consult(colleague: string) {
    const customer = await stage.talking();
    expect((await use('list_active_calls')).calls).toEqual([
      expect.objectContaining({ id: customer.telephonySessionId }),
    ]);
    expect((await use('find_extensions', { search: colleague })).total).toBe(1);
    await use('hold_call_party', { telephonySessionId: customer.telephonySessionId });
    const { devices } = await use('list_devices');
    const callOut = await use('create_call_out_call_session', {
      fromDeviceId: devices.find(({ usable }: { usable: boolean }) => usable).id,
      toExtensionNumber: colleague,
    });
    const consultation: string = callOut.call.id;
    const extensionId = await control.extensionId(colleague);
    const theirs = await control.party(
      consultation,
      (party) => String(party.extensionId) === extensionId && party.status.code === 'Proceeding',
    );
    return { customer: customer.telephonySessionId, consultation, theirs, callOut };
  }

  it('uses the tools that it names, in this order', async () => {
    const text = await agent.prompt('warm_transfer', { colleague: '102' });
    expect(text.match(/\b[a-z]+(?:_[a-z]+)+\b/g)).toEqual([
      'list_active_calls',
      'find_extensions',
      'hold_call_party',
      'create_call_out_call_session',
      'list_devices',
      'wait_for_call_event',
      'bridge_call_party',
      'delete_call_session',
      'unhold_call_party',
    ]);
  });

  it('connects the customer with the colleague, whose answer one wait tells', async () => {
    const { customer, consultation, theirs } = await consult('102');
    const early = await use('wait_for_call_event', {
      telephonySessionId: consultation,
      until: 'Answered',
      timeoutSeconds: 1,
    });
    expect(early).toMatchObject({ reached: false, timedOut: true });
    const waiting = use('wait_for_call_event', { telephonySessionId: consultation, until: 'Answered' });
    await control.act(consultation, theirs.id, 'answer', { deviceId: await control.deviceId('102') });
    expect(await waiting).toMatchObject({ reached: true, timedOut: false });
    await use('bridge_call_party', {
      telephonySessionId: customer,
      targetTelephonySessionId: consultation,
    });
    await control.party(customer, ({ status }) => status.reason === 'AttendedTransfer');
    const { parties } = await control.call(customer);
    expect(parties.filter(({ status }) => status.code === 'Answered')).not.toEqual([]);
  });

  it('names the one who was called, and waits for that party by id as well', async () => {
    const { consultation, theirs, callOut } = await consult('102');
    expect(JSON.stringify(callOut.call)).toContain(theirs.id);
    expect(callOut.text).toMatch(/wait_for_call_event .*"until":"Answered"/);
    const wait = { telephonySessionId: consultation, partyId: theirs.id, until: 'Answered' };
    const waiting = use('wait_for_call_event', wait);
    await control.act(consultation, theirs.id, 'answer', { deviceId: await control.deviceId('102') });
    expect(await waiting).toMatchObject({ reached: true });
  });

  it('says so when the colleague does not answer, and the customer is taken back', async () => {
    const { customer, consultation, theirs } = await consult('103');
    const waiting = use('wait_for_call_event', { telephonySessionId: consultation, until: 'Answered' });
    await control.act(consultation, theirs.id, 'decline');
    const answer = await waiting;
    expect(answer).toMatchObject({ reached: false, timedOut: false });
    expect(answer.text).toContain('VoiceMail');
    await use('delete_call_session', { telephonySessionId: consultation });
    await use('unhold_call_party', { telephonySessionId: customer });
    await control.party(
      customer,
      ({ status, direction }) => direction === 'Inbound' && status.code === 'Answered',
    );
  });
});
