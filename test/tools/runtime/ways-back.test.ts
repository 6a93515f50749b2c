import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Host, type ServerTestbed, startServerTestbed, yes } from '../../server/support/testbed.ts';
import { advised } from '../support/advised.ts';

/** A leg can be on hold and out of the conversation (`standAlone`), each by itself or both at once. */
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

const step = (tool: string, telephonySessionId: string, args = {}) => [tool, { telephonySessionId, ...args }];
const rejoin = (id: string) => step('update_call_party', id, { standAlone: false });
const unhold = (id: string) => step('unhold_call_party', id);
const hold = (id: string) => step('hold_call_party', id);
const adviceOn = async (telephonySessionId: string) =>
  advised(
    (await host.call('read_call_session_status', { telephonySessionId, fresh: true })).structuredContent.next,
  );

/** A call of 101 that is in this state. */
async function callThatIs(...states: ('held' | 'apart')[]): Promise<string> {
  const { telephonySessionId } = await testbed.stage.talking();
  if (states.includes('apart'))
    await host.call('update_call_party', { telephonySessionId, standAlone: true });
  if (states.includes('held')) await host.call('hold_call_party', { telephonySessionId });
  return telephonySessionId;
}

/** A conference of 101 with one other. */
async function conferenceOfTwo(): Promise<string> {
  const telephonySessionId = await testbed.stage.hosting(host.call);
  const targetTelephonySessionId = await callThatIs();
  await host.call('create_call_party_with_bring_in', { telephonySessionId, targetTelephonySessionId });
  return telephonySessionId;
}

describe('a leg that is on hold and out of the conversation', () => {
  it('does not talk again once it is off hold, and is told how it does', async () => {
    const id = await callThatIs('held', 'apart');
    expect((await adviceOn(id)).slice(0, 2)).toEqual([rejoin(id), unhold(id)]);
    const { text, structuredContent } = await host.call('unhold_call_party', { telephonySessionId: id });
    expect(text).toMatch(/^Off hold\. You are out of the conversation still/);
    expect(text.split('\n')[0]).not.toMatch(/hear each other|talk again/);
    expect(advised(structuredContent.next)[0]).toEqual(rejoin(id));
  });

  it('does not talk again once it is back in the conversation, as long as it is on hold', async () => {
    const id = await callThatIs('held', 'apart');
    const back = await host.call('update_call_party', { telephonySessionId: id, standAlone: false });
    expect(back.text).toMatch(/^You are back in the conversation once the call is off hold\./);
    expect(advised(back.structuredContent.next)).toContainEqual(unhold(id));
    expect((await host.call('unhold_call_party', { telephonySessionId: id })).text).toMatch(
      /hear each other again/,
    );
  });

  it('is not said to talk by a swap that takes it off hold', async () => {
    const id = await callThatIs('held', 'apart');
    await testbed.stage.talking({ phoneNumber: '+14155550171' });
    const { text } = await host.call('swap_calls', { targetTelephonySessionId: id });
    expect(text).toMatch(/You are out of the conversation with \+1\d+; \+14155550171 is on hold\./);
    expect(text).not.toContain('You talk with');
  });

  it('is so where a plan says where everybody is', async () => {
    const id = await callThatIs('held', 'apart');
    const begun = host.call('consult_and_transfer', { telephonySessionId: id, colleague: '102' });
    await testbed.control.ringsAt('102');
    const { text } = await host.call('cancel_plan');
    expect(text).toMatch(/is off hold; you are out of the conversation as before/);
    await begun;
  });
});

describe('the way back into a conversation is advised beside', () => {
  it('a call that you talk on, which is held first', async () => {
    const apart = await callThatIs('apart');
    const talking = await callThatIs();
    expect(await adviceOn(apart)).toEqual([hold(talking), rejoin(apart)]);
    expect(await adviceOn(talking)).toEqual([hold(talking), rejoin(apart)]);
  });

  it('a call on hold', async () => {
    const apart = await callThatIs('apart');
    const held = await callThatIs('held');
    expect(await adviceOn(apart)).toEqual([rejoin(apart), unhold(held)]);
    expect(await adviceOn(held)).toEqual([unhold(held), rejoin(apart)]);
  });

  it('a call that rings', async () => {
    const apart = await callThatIs('apart', 'held');
    const { telephonySessionId } = await testbed.stage.ringing();
    await vi.waitUntil(() => testbed.line.calls.session(telephonySessionId)?.yourPartyId, 5_000);
    expect(await adviceOn(apart)).toEqual([
      step('answer_call_party', telephonySessionId),
      rejoin(apart),
      unhold(apart),
    ]);
  });

  it('a conference that you host, and of its host', async () => {
    const conference = await conferenceOfTwo();
    await host.call('update_call_party', { telephonySessionId: conference, standAlone: true });
    expect((await adviceOn(conference))[0]).toEqual(rejoin(conference));
    await host.call('hold_call_party', { telephonySessionId: conference });
    expect(await adviceOn(conference)).toEqual([rejoin(conference), unhold(conference)]);
    const { text } = await host.call('unhold_call_party', { telephonySessionId: conference });
    expect(text).toMatch(/^Off hold\. You are out of the conversation still/);
    const apart = await callThatIs('apart');
    const bringIn = step('create_call_party_with_bring_in', conference, { targetTelephonySessionId: apart });
    expect(await adviceOn(conference)).toEqual([rejoin(conference), bringIn]);
    expect(await adviceOn(apart)).toEqual([rejoin(conference), bringIn]);
  });
});

it('a host on hold brings calls in as before: none is merged into a second conference', async () => {
  const conference = await conferenceOfTwo();
  const first = await callThatIs();
  await host.call('hold_call_party', { telephonySessionId: conference });
  const bringIn = step('create_call_party_with_bring_in', conference, { targetTelephonySessionId: first });
  expect(await adviceOn(conference)).toEqual([hold(first), unhold(conference), bringIn]);
  expect(await adviceOn(first)).toEqual([bringIn]);
  const { text, structuredContent } = await host.call('merge_calls');
  expect(structuredContent.plan, text).toMatchObject({ ending: 'done', calls: { conference } });
  expect(text).toContain('is in your conference, where you are on hold.');
});
