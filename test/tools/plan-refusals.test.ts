import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Host, type ServerTestbed, startServerTestbed, yes } from '../server/support/testbed.ts';
import { advised } from './support/advised.ts';

let testbed: ServerTestbed;
let host: Host;

beforeAll(async () => {
  testbed = await startServerTestbed();
  host = await testbed.host('2026', yes);
  await host.call('list_active_calls');
});
afterAll(() => testbed.close());
afterEach(() => testbed.control.endAll());

const refused = async (tool: string, args = {}) => (await host.call(tool, args)).structuredContent.error;

/** A call that you talk on, and that this server knows. */
async function talking(): Promise<string> {
  const { telephonySessionId } = await testbed.stage.talking();
  await host.call('read_call_session_status', { telephonySessionId, fresh: true });
  return telephonySessionId;
}

it('a consultation of a queue is refused with the transfer to it', async () => {
  const telephonySessionId = await talking();
  const { message, next } = await refused('consult_and_transfer', { colleague: '200' });
  expect(message).toContain('not answered by a person');
  expect(advised(next)).toEqual([
    ['find_extensions', {}],
    ['transfer_call_party', { telephonySessionId, extensionNumber: '200' }],
  ]);
  expect(next[1].why).toContain('hands +14155550123 to ');
});

it('a second call that does not fit is the one to look at', async () => {
  await talking();
  const { telephonySessionId: ringing } = await testbed.stage.ringing();
  const error = await refused('swap_calls', { targetTelephonySessionId: ringing });
  expect(error.parameter).toBe('targetTelephonySessionId');
  expect(advised(error.next)).toEqual([['read_call_session_status', { telephonySessionId: ringing }]]);
});

it('a phone number to consult is refused with the way to call one', async () => {
  await talking();
  const error = await refused('consult_and_transfer', { colleague: '+14155550188' });
  expect(error).toMatchObject({ kind: 'invalid_input', parameter: 'colleague' });
  expect(error.message).toContain(
    'create_call_out_call_session, then connect the two with bridge_call_party',
  );
});

describe('where there are not two calls to merge', () => {
  const notTwo = 'There are not two calls of yours to merge. Nothing was done.';

  it.each([
    ['none', async () => {}],
    ['one', talking],
    ['one that rings', async () => void (await testbed.stage.ringing())],
  ])('no conference is advised: %s', async (_many, begin) => {
    await begin();
    const error = await refused('merge_calls');
    expect(error).toMatchObject({ kind: 'wrong_state', message: notTwo });
    expect(advised(error.next)).toEqual([['list_active_calls', {}]]);
  });
});
