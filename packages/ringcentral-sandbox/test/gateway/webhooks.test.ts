import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { closing, type Json, type Login, openSandbox, type Reply } from '../support.ts';

interface Delivery {
  headers: IncomingHttpHeaders;
  body: Json;
}

/** A receiver that does as documented, except where a test changes `respond`. */
class Receiver {
  readonly deliveries: Delivery[] = [];
  respond: (headers: IncomingHttpHeaders, response: ServerResponse) => void = wellBehaved;
  #waiting: { count: number; resolve: () => void }[] = [];
  readonly #server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    this.deliveries.push({ headers: request.headers, body: text === '' ? undefined : JSON.parse(text) });
    this.respond(request.headers, response);
    for (const { count, resolve } of this.#waiting) if (this.deliveries.length >= count) resolve();
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  /** Until so many requests have come, the handshake included. */
  received(count: number): Promise<void> {
    if (this.deliveries.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

function wellBehaved(headers: IncomingHttpHeaders, response: ServerResponse): void {
  const token = headers['validation-token'];
  if (token) response.setHeader('Validation-Token', token);
  response.setHeader('Content-Type', 'application/json');
  response.end();
}

async function receiver(): Promise<{ hook: Receiver; address: string }> {
  const hook = closing(new Receiver());
  return { hook, address: await hook.listen() };
}

function subscribe(login: Login, address: string, more: object = {}, delivery: object = {}): Promise<Reply> {
  return login.post('/subscription', {
    eventFilters: ['/restapi/v1.0/account/~/telephony/sessions'],
    deliveryMode: { transportType: 'WebHook', address, ...delivery },
    ...more,
  });
}

describe('creation', () => {
  it('greets the receiver with a validation token', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const { hook, address } = await receiver();
    const { status, body } = await subscribe(login, address);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'Active',
      expiresIn: 604_799,
      deliveryMode: { transportType: 'WebHook', address, encryption: false },
    });
    expect(hook.deliveries).toHaveLength(1);
    expect(hook.deliveries[0]?.headers['validation-token']).toBeTruthy();
    expect(hook.deliveries[0]?.headers['user-agent']).toMatch(/^RingCentral-Webhook\//);
  });

  it.each<[string, Receiver['respond'], string]>([
    ['an answer without the token', (_, response) => response.end(), 'SUB-520'],
    [
      'an answer that is no JSON',
      (headers, response) => {
        response.setHeader('Validation-Token', headers['validation-token'] ?? '');
        response.end();
      },
      'SUB-525',
    ],
    [
      'a long answer',
      (headers, response) => {
        response.setHeader('Validation-Token', headers['validation-token'] ?? '');
        response.setHeader('Content-Type', 'application/json');
        response.end(JSON.stringify('x'.repeat(1024)));
      },
      'SUB-525',
    ],
    ...[201, 204].map((status): [string, Receiver['respond'], string] => [
      `an echo with ${status}`,
      (headers, response) => {
        response.statusCode = status;
        wellBehaved(headers, response);
      },
      'SUB-521',
    ]),
    ['an error', (_, response) => response.writeHead(500).end(), 'SUB-521'],
  ])('refuses %s', async (_, respond, errorCode) => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const { hook, address } = await receiver();
    hook.respond = respond;
    const { status, body } = await subscribe(login, address);
    expect(status).toBe(400);
    expect(body.errors[0].errorCode).toBe(errorCode);
  });

  it('refuses plain HTTP elsewhere, and nobody there', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const plain = await subscribe(login, 'http://hooks.example/');
    expect(plain.body.errors[0].errorCode).toBe('SUB-523');
    const { hook, address } = await receiver();
    hook.close();
    expect((await subscribe(login, address)).body.errors[0].errorCode).toBe('SUB-521');
  });

  it('needs the permission', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.loginAs('102', ['CallControl']);
    const { address } = await receiver();
    const { body } = await subscribe(login, address);
    expect(body.errors).toMatchObject([{ errorCode: 'CMN-401', permissionName: 'SubscriptionWebhook' }]);
  });
});

describe('deliveries', () => {
  it('carry the envelope and the verification token', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const { hook, address } = await receiver();
    const { body } = await subscribe(login, address, {}, { verificationToken: 'secret' });
    await sandbox.ringingCall('101');
    await hook.received(4);
    const delivery = hook.deliveries[1];
    expect(delivery?.headers['verification-token']).toBe('secret');
    expect(delivery?.body).toMatchObject({ subscriptionId: body.id, uuid: expect.any(String) });
    expect(delivery?.body.body.parties).toHaveLength(1);
  });

  it('count with 200 only: any other success blacklists too', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const { hook, address } = await receiver();
    const { id } = (await subscribe(login, address)).body;
    hook.respond = (_, response) => response.writeHead(204).end();
    await sandbox.ringingCall('101');
    await hook.received(5);
    await login.get(`/subscription/${id}`);
    await sandbox.advance(600_000);
    const { body } = await login.get(`/subscription/${id}`);
    expect(body.blacklistedData?.reason).toContain('[204]');
  });

  it('that fail for ten minutes blacklist the subscription for good', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const { hook, address } = await receiver();
    const { id } = (await subscribe(login, address)).body;
    hook.respond = (_, response) => response.writeHead(404).end();
    const sessionId = await sandbox.ringingCall('101');
    await hook.received(5);
    expect((await login.get(`/subscription/${id}`)).body.status).toBe('Active');
    await sandbox.advance(600_000);
    const { body } = await login.get(`/subscription/${id}`);
    expect(body).toMatchObject({
      status: 'Blacklisted',
      blacklistedData: { reason: 'Webhook responses with code: [404], reason: [Not Found]' },
    });
    const before = hook.deliveries.length;
    await sandbox.control('DELETE', `/calls/${sessionId}`);
    await sandbox.advance(1000);
    expect(hook.deliveries).toHaveLength(before);
  });
});

describe('lifetime', () => {
  it('ends without renewal, and starts again with it', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const { address } = await receiver();
    const { id } = (await subscribe(login, address, { expiresIn: 600 })).body;
    await sandbox.advance(599_000);
    const renewed = await login.post(`/subscription/${id}/renew`);
    expect(renewed.body.expiresIn).toBe(604_799);
    const again = await login.api('PUT', `/subscription/${id}`, { expiresIn: 600 });
    expect(again.body.expiresIn).toBe(599);
    await sandbox.advance(600_000);
    const gone = await login.post(`/subscription/${id}/renew`);
    expect(gone.status).toBe(404);
    expect(gone.body.errors[0].errorCode).toBe('SUB-507');
  });

  it('may be ten years, and no more', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const { address } = await receiver();
    expect((await subscribe(login, address, { expiresIn: 315_360_000 })).body.expiresIn).toBe(315_359_999);
    const longer = await subscribe(login, address, { expiresIn: 315_360_001 });
    expect(longer.body).toMatchObject({ errorCode: 'CMN-101', parameterName: 'expiresIn' });
  });

  it('sends reminders from the threshold on, at the interval', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const { hook, address } = await receiver();
    const eventFilters = ['/restapi/v1.0/subscription/~?threshold=100&interval=30'];
    await subscribe(login, address, { eventFilters, expiresIn: 200 });
    await sandbox.advance(99_000);
    expect(hook.deliveries).toHaveLength(1);
    await sandbox.advance(31_000);
    await hook.received(3);
    expect(hook.deliveries[1]?.body.event).toContain('/subscription/~');
  });

  it.each(['threshold=200&interval=30', 'threshold=100&interval=60', 'threshold=100'])(
    'refuses reminders of %s',
    async (query) => {
      const sandbox = await openSandbox();
      const login = await sandbox.login();
      const { address } = await receiver();
      const eventFilters = [`/restapi/v1.0/subscription/~?${query}`];
      const { body } = await subscribe(login, address, { eventFilters, expiresIn: 300 });
      expect(body.errors[0].errorCode).toBe('SUB-516');
    },
  );
});

it('ends for a user whose extension is disabled, and for no other', async () => {
  const sandbox = await openSandbox();
  const { address } = await receiver();
  for (const number of ['102', '103']) await subscribe(await sandbox.loginAs(number), address);
  await sandbox.control('PATCH', '/extensions/102', { status: 'Disabled' });
  const { subscriptions, extensions } = await sandbox.state();
  const carol = extensions.find(({ extensionNumber }: Json) => extensionNumber === '103');
  expect(subscriptions.map(({ ownerId }: Json) => ownerId)).toEqual([carol.id]);
});
