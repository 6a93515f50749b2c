import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Browser, Shown } from '../team/support/browser.ts';
import { openOwnPage, press, valuesOf } from '../team/support/own-page.ts';
import type { Control } from './support/control.ts';
import { type SignInServer, startSignInServer } from './support/sign-in-server.ts';
import type { SignedIn } from './support/signed-in.ts';

let served: SignInServer;
let url: string;
let control: Control;
let bob: SignedIn;
let carol: SignedIn;
let carolsBrowser: Browser;
let operator: { url: string; headers: Record<string, string> };

beforeAll(async () => {
  served = await startSignInServer({
    flags: ['--approvals', '127.0.0.1:0'],
    account: { ringSeconds: 300, rateLimits: 'off' },
  });
  ({ url, control } = served);
  const scopes = ['calls:control', 'calls:destructive'];
  bob = await served.signedIn('v2 client, 2025', { url, extensionNumber: '102', scopes });
  carol = await served.signedIn('v2 client, 2025', { url, extensionNumber: '103', scopes });
  await openOwnPage(bob.browser, '102');
  carolsBrowser = carol.browser;
  await openOwnPage(carolsBrowser, '103');
  const { url: page, passcode } = await served.server.logged('approvals');
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  const login = await fetch(new URL('/login', String(page)), {
    ...{ method: 'POST', headers, body: JSON.stringify({ passcode }) },
  });
  const { token } = (await login.json()) as { token: string };
  operator = { url: String(page), headers: { ...headers, authorization: `Bearer ${token}` } };
});
afterAll(() => served.close());

/** Bob's agent wants to forward a call outside, which is asked. */
async function forward() {
  const phoneNumber = '+14155550121';
  const telephonySessionId = await control.dial({ phoneNumber, name: 'Caller' }, { extensionNumber: '102' });
  // A question is put again where the call has gone on from Setup to ringing meanwhile.
  await control.party(telephonySessionId, ({ status }) => status.code === 'Proceeding');
  const listed = async () => JSON.stringify(await bob.agent.call('list_active_calls'));
  await expect.poll(listed).toContain(telephonySessionId);
  await bob.agent.call('read_call_session_status', { telephonySessionId, fresh: true });
  const to = { telephonySessionId, phoneNumber: '+14155550177' };
  return bob.agent.call('forward_call_party', to);
}
/** The page of Bob's questions, once one waits. */
async function waiting(): Promise<{ page: Shown; id: string }> {
  const look = async () => valuesOf(await bob.browser.open('/me?watch&again'), 'question')[0];
  await expect.poll(look, { timeout: 10_000 }).toBeTruthy();
  const page = await bob.browser.open('/me?watch&again');
  return { page, id: (await look()) ?? '' };
}
/** All that wait, as the operator's page is told. */
async function operatorSees(): Promise<string> {
  const abort = new AbortController();
  const { body } = await fetch(new URL('/questions', operator.url), {
    ...{ headers: operator.headers, signal: abort.signal },
  });
  let text = '';
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    if (text.includes('\n')) break;
  }
  abort.abort();
  return text;
}

it('a person sees their own questions alone, the operator sees all; the page waits by itself', async () => {
  const act = forward();
  const { page, id } = await waiting();
  expect(page.body).toContain('<meta http-equiv="refresh" content="5; url=');
  expect(page.body).toMatch(/<pre>[^<]*an AI agent wants to forward/);
  expect(page.body).toMatch(/value="yes">Approve<.*\n(.*\n)*.*value="declined">Decline</);
  expect((await bob.browser.open('/me')).body).toContain(id);
  for (const path of ['/me', '/me?watch']) expect((await carolsBrowser.open(path)).body).not.toContain(id);
  expect(await operatorSees()).toContain(id);

  const stolen: [string, string][] = [
    ['question', id],
    ['answer', 'yes'],
  ];
  const carols = await press(carolsBrowser, await carolsBrowser.open('/me'), 'answer', stolen);
  expect(carols.status).toBe(404);
  expect((await press(bob.browser, page, 'answer', [['question', id]])).status).toBe(400);
  expect((await waiting()).id).toBe(id);

  const after = await press(bob.browser, page, 'answer', [...stolen, ['watch', '']]);
  expect(after.url.search).toBe('?watch');
  expect(after.body).toContain('No question waits.');
  expect((await act).structuredContent?.error).toBeUndefined();
  expect((await press(bob.browser, page, 'answer', stolen)).status).toBe(404);
});

it('a no is one, and the refusal names the page of the person', async () => {
  const act = forward();
  const { page, id } = await waiting();
  const no: [string, string][] = [
    ['question', id],
    ['answer', 'declined'],
  ];
  await press(bob.browser, page, 'answer', no);
  const { error } = (await act).structuredContent ?? {};
  expect(error).toMatchObject({ kind: 'not_confirmed', reason: 'declined' });
  expect(error?.message).toContain(`on their own page, ${new URL(url).origin}/me,`);
  expect(error?.message).not.toContain(operator.url);
});

it('a pause takes the questions away', async () => {
  const act = forward().catch((error: Error) => error);
  const { id } = await waiting();
  await press(bob.browser, await bob.browser.open('/me'), 'pause');
  await expect.poll(operatorSees).not.toContain(id);
  expect((await bob.browser.open('/me?watch')).body).toContain('No question waits.');
  await act;
});
