import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HistoryEntry } from '../../src/calls/store/views.ts';
import { ToldCursors } from '../../src/tools/runtime/told-cursors.ts';
import { operationCases } from '../e2e/support/operations.ts';
import { type ServerTestbed, startServerTestbed, yes } from '../server/support/testbed.ts';

/* Nothing falls between an act and a wait. */

let testbed: ServerTestbed;

beforeEach(async () => {
  testbed = await startServerTestbed();
});
afterEach(() => testbed.close());

const connect = (era: '2025' | '2026') => testbed.liveHost(era, yes);
const isKnown = (telephonySessionId: string, partyId: string, code: string) =>
  vi.waitUntil(() => testbed.line.calls.party(telephonySessionId, partyId)?.status.code === code, 5_000);
const at = { timeoutSeconds: 0 };

describe.each(['2025', '2026'] as const)('the cursor, with a host of %s', (era) => {
  it('is in every result that shows calls or acts, and at the end of its text', async () => {
    const { call } = await connect(era);
    const { telephonySessionId, partyId } = await testbed.stage.talking();
    await isKnown(telephonySessionId, partyId, 'Answered');
    for (const [tool, args] of [
      ['list_active_calls', {}],
      ['read_call_session_status', { telephonySessionId }],
      ['read_call_party_status', { telephonySessionId, partyId }],
      ['wait_for_call_event', at],
      ['hold_call_party', { telephonySessionId, unknownArgument: 1 }],
    ] as const) {
      const { structuredContent, text, isError } = await call(tool, args);
      expect(isError, text).toBeFalsy();
      expect(structuredContent.cursor, tool).toBeTypeOf('number');
      expect(text.split('\n').at(-1), tool).toBe(`cursor ${structuredContent.cursor}`);
    }
    const refused = await call('answer_call_party', { telephonySessionId, deviceId: '1' });
    expect(refused.isError).toBe(true);
    expect(refused.text).toMatch(new RegExp(`cursor ${refused.structuredContent.cursor}$`));
  });

  it('of an act leads a wait to what happened right after it', async () => {
    const { call } = await connect(era);
    const { telephonySessionId, partyId } = await testbed.stage.talking();
    const { structuredContent } = await call('update_call_party', { telephonySessionId, muted: true });
    await testbed.control.act(telephonySessionId, partyId, 'hold');
    await isKnown(telephonySessionId, partyId, 'Hold');
    const waited = await call('wait_for_call_event', { after: structuredContent.cursor, ...at });
    expect(waited.structuredContent, waited.text).toMatchObject({ reached: true, timedOut: false });
    expect(waited.structuredContent.events.map(({ status }: HistoryEntry) => status)).toContain('Hold');
  });

  it('is new in a result that an idempotencyKey repeats, which quotes no old one', async () => {
    const { call } = await connect(era);
    const args = { idempotencyKey: `k-${era}` };
    const first = await call('create_conference_call_session', args);
    await testbed.stage.ringing();
    await vi.waitUntil(() => testbed.line.calls.active().length === 2, 5_000);
    const again = await call('create_conference_call_session', args);
    expect(again.structuredContent.repeated).toBeDefined();
    expect(again.structuredContent.cursor).toBeGreaterThan(first.structuredContent.cursor);
    expect(again.text.match(/cursor \d+/g)).toEqual([`cursor ${again.structuredContent.cursor}`]);
  });

  it('of another run does not make a wait say that nothing happened', async () => {
    const { call } = await connect(era);
    const { structuredContent, text } = await call('wait_for_call_event', { after: 1, ...at });
    expect(structuredContent).toMatchObject({ lost: true, timedOut: false });
    expect(text).not.toContain('nothing happened');
  });
});

describe('a wait without a cursor in a session', () => {
  it('goes on from the last result', async () => {
    const { call } = await connect('2025');
    const { telephonySessionId, partyId } = await testbed.stage.talking();
    await call('update_call_party', { telephonySessionId, muted: true });
    await testbed.control.act(telephonySessionId, partyId, 'hold');
    await isKnown(telephonySessionId, partyId, 'Hold');
    for (const args of [{ telephonySessionId }, {}]) {
      const { structuredContent, text } = await call('wait_for_call_event', { ...args, ...at });
      if ('telephonySessionId' in args) expect(structuredContent.reached, text).toBe(true);
      else expect(structuredContent, 'told twice').toMatchObject({ events: [], timedOut: true });
    }
  });

  it('tells what happened on another call than the one that was acted on', async () => {
    const { call } = await connect('2025');
    const held = await testbed.stage.talking();
    const other = await testbed.stage.consulting();
    await isKnown(other.telephonySessionId, other.partyId, 'Answered');
    await call('list_active_calls');
    await testbed.control.act(other.telephonySessionId, other.partyId, 'hold');
    await isKnown(other.telephonySessionId, other.partyId, 'Hold');
    await call('hold_call_party', { telephonySessionId: held.telephonySessionId });
    const { structuredContent } = await call('wait_for_call_event', at);
    expect(structuredContent).toMatchObject({ reached: true });
    const of = structuredContent.events.map((event: HistoryEntry) => event.telephonySessionId);
    expect(of).toContain(other.telephonySessionId);
    // The hold was told by its own result.
    expect(of).not.toContain(held.telephonySessionId);
  });

  it('tells a call that rings at once, and the next wait waits', async () => {
    const { call } = await connect('2025');
    const { telephonySessionId, partyId } = await testbed.stage.ringing();
    await isKnown(telephonySessionId, partyId, 'Proceeding');
    await call('list_active_calls');
    const first = await call('wait_for_call_event', {});
    expect(first.structuredContent).toMatchObject({ reached: true, call: { id: telephonySessionId } });
    const second = await call('wait_for_call_event', at);
    expect(second.structuredContent, second.text).toMatchObject({ reached: false, timedOut: true });
  });
});

describe('a wait without a cursor where there are no sessions', () => {
  it.each(['ringing', 'answered'])('tells at once that a call is %s', async (state) => {
    const { call } = await connect('2026');
    const { telephonySessionId, partyId } = await (state === 'ringing'
      ? testbed.stage.ringing()
      : testbed.stage.talking());
    await isKnown(telephonySessionId, partyId, state === 'ringing' ? 'Proceeding' : 'Answered');
    await call('read_call_session_status', { telephonySessionId, fresh: true });
    const waited = await call('wait_for_call_event', { telephonySessionId });
    expect(waited.structuredContent).toMatchObject({ reached: true, call: { id: telephonySessionId } });
    expect(waited.text).toContain(state === 'ringing' ? 'Ringing now:' : 'As it is now:');
    const { cursor } = waited.structuredContent;
    const next = await call('wait_for_call_event', { telephonySessionId, after: cursor, ...at });
    expect(next.structuredContent).toMatchObject({ reached: false, timedOut: true });
  });

  it('waits while a call that was placed still rings at the other side', async () => {
    const { call } = await connect('2026');
    const { args } = await operationCases.create_call_out_call_session.valid(testbed.stage, call);
    const { structuredContent } = await call('create_call_out_call_session', args);
    const telephonySessionId: string = structuredContent.call.id;
    await testbed.control.party(
      telephonySessionId,
      ({ direction, status }) => direction === 'Inbound' && status.code === 'Proceeding',
    );
    await call('read_call_session_status', { telephonySessionId, fresh: true });
    const waited = await call('wait_for_call_event', { telephonySessionId, ...at });
    expect(waited.structuredContent, waited.text).toMatchObject({ timedOut: true });
  });
});

describe('what a session was told', () => {
  it('is kept by call, so that a result about one hides nothing of another', () => {
    const told = new ToldCursors();
    expect(told.since('a')).toBeUndefined();
    told.add({ cursor: 10, calls: 'all' });
    told.add({ cursor: 20, calls: ['a'] });
    expect([told.since(), told.since('a'), told.since('b')]).toEqual([10, 20, 10]);
    expect([told.covers('a', 20), told.covers('a', 21), told.covers('b', 15)]).toEqual([true, false, false]);
    told.add({ cursor: 15, calls: ['a'] });
    expect(told.since('a')).toBe(20);
  });

  it('is bounded, and tells more rather than less beyond', () => {
    const told = new ToldCursors();
    told.add({ cursor: 1, calls: 'all' });
    told.add({ cursor: 2, calls: Array.from({ length: 300 }, (_, nth) => `s-${nth}`) });
    expect(told.since('s-0')).toBe(1);
    expect(told.since('s-299')).toBe(2);
  });
});
