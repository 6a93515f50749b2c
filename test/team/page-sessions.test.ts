import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { PageSessions } from '../../src/team/page-sessions.ts';
import { PendingSignIns } from '../../src/team/pending-sign-ins.ts';
import { manualClock } from '../support/clock.ts';

const exchange = (cookie?: string) => {
  const request = new IncomingMessage(new Socket());
  if (cookie !== undefined) request.headers.cookie = cookie;
  return { request, response: new ServerResponse(request) };
};
const cookieIn = (response: ServerResponse): string => String(response.getHeader('set-cookie'));

test('over https the cookie of the page is kept to exactly this host', async () => {
  const sessions = new PageSessions(manualClock(), 'https://calls.example.com');
  const { response } = exchange();
  await sessions.open('rc:1:2', response);
  const cookie = cookieIn(response);
  expect(cookie).toMatch(
    /^__Host-rc_mcp_me=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/,
  );
  expect((await sessions.of(exchange(cookie.split(';')[0]).request))?.subject).toBe('rc:1:2');
});

test('sessions are of a bounded number: those used longest ago make room', async () => {
  const sessions = new PageSessions(manualClock(), 'http://127.0.0.1');
  const cookies: (string | undefined)[] = [];
  for (let n = 0; n < 2_001; n += 1) {
    const { response } = exchange();
    await sessions.open('rc:1:2', response);
    cookies.push(cookieIn(response).split(';')[0]);
  }
  expect(await sessions.of(exchange(cookies[0]).request)).toBeUndefined();
  expect(await sessions.of(exchange(cookies[1]).request)).toBeDefined();
});

test('who begins to sign in to own pages again and again takes no place of those who connect apps', async () => {
  const pending = new PendingSignIns(manualClock(), 'http://127.0.0.1');
  const { response } = exchange();
  const purpose = { kind: 'app', interactionId: 'i', scopes: [] } as const;
  const { secrets } = await pending.begin(response, purpose);
  for (let n = 0; n < 1_001; n += 1) await pending.begin(exchange().response, { kind: 'own page' });
  const back = exchange(cookieIn(response).split(';')[0]);
  expect((await pending.take(secrets.state, back.request, back.response))?.purpose).toEqual(purpose);
});
