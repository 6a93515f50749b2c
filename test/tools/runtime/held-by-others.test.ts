import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Host, type ServerTestbed, startServerTestbed, yes } from '../../server/support/testbed.ts';
import { advised } from '../support/advised.ts';

/* Where the other side has you on hold, a hold of yours does not help. */

let testbed: ServerTestbed;
let host: Host;

beforeAll(async () => {
  testbed = await startServerTestbed();
  host = await testbed.host('2025', yes);
  await host.call('list_active_calls');
});
afterAll(() => testbed.close());
afterEach(async () => {
  await testbed.control.endAll();
  await vi.waitUntil(() => testbed.line.calls.yours().length === 0, 5_000);
});

const read = (telephonySessionId: string) =>
  host.call('read_call_session_status', { telephonySessionId, fresh: true });

/** 102, whom you have called, has answered and put you on hold. */
async function onHold(): Promise<string> {
  const { control, stage } = testbed;
  const { telephonySessionId } = await stage.consulting();
  const bob = await control.party(telephonySessionId, ({ direction }) => direction === 'Inbound');
  await control.act(telephonySessionId, bob.id, 'hold');
  return telephonySessionId;
}

describe('while the other side has you on hold', () => {
  it('it is advised to wait, or to call somebody else, before anything else', async () => {
    const telephonySessionId = await onHold();
    const { structuredContent, text } = await read(telephonySessionId);
    expect(advised(structuredContent.next).slice(0, 2)).toEqual([
      ['wait_for_call_event', { telephonySessionId }],
      ['create_call_out_call_session', {}],
    ]);
    expect(text).toContain('(tells when Bob Brown takes you off hold)');
    expect(text).not.toContain('(Bob Brown hears music, not you)');
    const wait = host.call('wait_for_call_event', structuredContent.next[0].arguments);
    const bob = await testbed.control.party(telephonySessionId, ({ status }) => status.code === 'Hold');
    await testbed.control.act(telephonySessionId, bob.id, 'unhold');
    expect((await wait).structuredContent.events).toMatchObject([{ partyId: bob.id, status: 'Answered' }]);
  });

  it('a caller of theirs who holds counts, too', async () => {
    const { telephonySessionId } = await testbed.stage.talking();
    const ada = await testbed.control.party(telephonySessionId, ({ direction }) => direction === 'Outbound');
    await testbed.control.act(telephonySessionId, ada.id, 'hold');
    const { structuredContent } = await read(telephonySessionId);
    expect(structuredContent.next[0].why).toBe('tells when +14155550123 takes you off hold');
  });

  it('a hold of yours says that both are needed off', async () => {
    const telephonySessionId = await onHold();
    await read(telephonySessionId);
    const { text } = await host.call('hold_call_party', { telephonySessionId });
    expect(text).toMatch(/^On hold, and Bob Brown has you on hold, too:/);
    expect(text).not.toMatch(/you and Bob Brown talk again/);
  });

  it('nobody is connected with the caller who waits, before that is over', async () => {
    const held = await testbed.stage.held();
    const consultation = await onHold();
    for (const id of [consultation, held.telephonySessionId]) {
      await read(consultation);
      const { next } = (await read(id)).structuredContent;
      expect(advised(next).slice(0, 2)).toEqual([
        ['wait_for_call_event', { telephonySessionId: consultation }],
        [
          'bridge_call_party',
          { telephonySessionId: held.telephonySessionId, targetTelephonySessionId: consultation },
        ],
      ]);
    }
  });
});
