import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HttpServer } from '../../../src/transports/http/start-http.ts';
import { webhookPath as path, webhookRoute } from '../../../src/transports/http/webhook-route.ts';
import { Fixture } from '../support/fixture.ts';
import { ask } from '../support/wire.ts';

const verificationToken = 'a-token-that-nobody-guesses';
const notification = { uuid: '1', event: '/restapi/v1.0/account/1/telephony/sessions', body: {} };

describe('the webhook receiver', () => {
  let received: unknown[];
  let http: HttpServer;

  beforeEach(async () => {
    received = [];
    http = await new Fixture().start({
      routes: webhookRoute({ verificationToken, receive: async (one) => void received.push(one) }),
    });
  });
  afterEach(() => http.close());

  it('greets: echoes the Validation-Token, JSON, 200, within 1024 bytes, and takes nothing', async () => {
    const answer = await ask(http.url, { path, headers: { 'validation-token': 'greeting' } });
    expect(answer).toMatchObject({
      status: 200,
      text: '',
      headers: { 'validation-token': 'greeting', 'content-type': 'application/json' },
    });
    expect(JSON.stringify(answer.headers).length).toBeLessThan(700);
    expect(received).toEqual([]);
  });

  it('takes a notification with the verification token', async () => {
    const headers = { 'verification-token': verificationToken };
    expect((await ask(http.url, { path, headers, body: notification })).status).toBe(200);
    expect(received).toEqual([notification]);
  });

  it('takes one with the token under its other name', async () => {
    const headers = { 'validation-token': verificationToken };
    expect((await ask(http.url, { path, headers, body: notification })).status).toBe(200);
    expect(received).toEqual([notification]);
  });

  it('believes nothing else: a greeting with an event in it is a greeting', async () => {
    for (const [status, headers] of [
      [401, {}],
      [401, { 'verification-token': '' }],
      [401, { 'verification-token': verificationToken.slice(0, -1) }],
      [200, { 'validation-token': 'greeting' }],
      [200, { 'validation-token': 'greeting', 'verification-token': 'wrong' }],
    ] as const) {
      const answer = await ask(http.url, { path, headers: { ...headers }, body: notification });
      expect(answer.status).toBe(status);
    }
    expect(received).toEqual([]);
  });

  it('refuses what it cannot read, and what is too long', async () => {
    const headers = { 'verification-token': verificationToken };
    expect((await ask(http.url, { path, headers, body: '{' })).status).toBe(400);
    const long = { ...notification, filler: 'x'.repeat(1_100_000) };
    expect((await ask(http.url, { path, headers, body: long })).status).toBe(413);
    expect((await ask(http.url, { path, headers: { 'validation-token': 'x'.repeat(300) } })).status).toBe(
      400,
    );
    expect((await ask(http.url, { method: 'GET', path })).status).toBe(405);
  });
});
