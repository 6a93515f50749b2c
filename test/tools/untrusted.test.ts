import { hostileNames } from 'ringcentral-sandbox/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { uris } from '../../src/resources/uris.ts';
import { type Host, type ServerTestbed, startServerTestbed, yes } from '../server/support/testbed.ts';

let testbed: ServerTestbed;
let host: Host;

beforeAll(async () => {
  testbed = await startServerTestbed();
  // All of them at once: none may end while it waits for its turn.
  await testbed.control.patch('/account', { ringSeconds: 300 });
  host = await testbed.host('2025', yes);
});
afterAll(() => testbed.close());

/** Every way in which a call comes out: tool results, refusals, resources. */
async function everything(telephonySessionId: string, partyId: string): Promise<string> {
  const { client } = host;
  const listed = await client.listResources();
  const answers = [
    await host.call('list_active_calls', { limit: 200, detail: true }),
    await host.call('read_call_session_status', { telephonySessionId, fresh: true }),
    await host.call('read_call_party_status', { telephonySessionId, partyId }),
    await host.call('wait_for_call_event', { telephonySessionId, timeoutSeconds: 0 }),
    await host.call('hold_call_party', { telephonySessionId }),
    await host.call('reject_party', { telephonySessionId }),
    listed,
  ];
  for (const uri of [
    uris.sessions,
    uris.session(telephonySessionId),
    uris.party(telephonySessionId, partyId),
  ]) {
    answers.push((await client.readResource({ uri })) as never);
  }
  return answers.map((answer) => JSON.stringify(answer)).join('\n');
}

// At the same time: of a call that rings on at another phone nothing shows that it was rejected, which is waited for.
it.concurrent.each(hostileNames.map((name, index) => [name, index] as const))('%j', async (name, index) => {
  // Found by it wherever the name comes out, whoever else calls. It comes first: long names are cut at the end.
  const mark = `Zqx${index}x`;
  const caller = { phoneNumber: '+14155550177', name: `${mark}${name}` };
  const { telephonySessionId, partyId } = await testbed.stage.ringing(caller);
  const out = await everything(telephonySessionId, partyId);
  const seen = out.match(new RegExp(`.{0,12}${mark}[^»]*.`, 'gu')) ?? [];
  expect(seen.length).toBeGreaterThan(2);
  for (const text of seen) expect(text).toMatch(new RegExp(`«untrusted: ${mark}[^<>\\[\\]{}«|]*»$`, 'u'));
  expect(out).not.toMatch(/[\u200b-\u200f\u202a-\u202e\u2066-\u2069]/u);
  await testbed.control.drop(telephonySessionId);
});

it.each(['\u200b', '**', '<>', ' '])('a name of which nothing can be shown is none: %j', async (name) => {
  const { telephonySessionId, partyId } = await testbed.stage.ringing({ phoneNumber: '+14155550178', name });
  const out = await everything(telephonySessionId, partyId);
  expect(out).toContain('+14155550178');
  expect(out).not.toMatch(/«(untrusted: )?»/);
  await host.call('reply_party', { telephonySessionId, replyWithText: 'Later.' });
  const question = host.questions.at(-1);
  expect(question).toContain('+14155550178');
  expect(question).not.toContain('«»');
});

it.each(['*', '<>', '«»', '\u200b'])(
  'a text of which nothing can be shown is told in words: %j',
  async (given) => {
    for (const [tool, args] of [
      ['read_call_session_status', { telephonySessionId: given }],
      ['hold_call_party', { telephonySessionId: given }],
      ['find_extensions', { type: given }],
      ['list_active_calls', { [given]: 1 }],
      ['call_flip_party', { callFlipId: given }],
    ] as const) {
      const { content } = await host.call(tool, args);
      const text = content.map((part) => ('text' in part ? part.text : '')).join('\n');
      expect(text).not.toMatch(/«\s*»|(type|number|Ignored:|id) +\.|, ,/);
    }
  },
);
