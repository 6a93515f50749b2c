import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import { closing, type Json } from '../support.ts';
import { type Scene, states } from './support.ts';

/** A receiver that echoes the validation token, with that status. */
async function receiver(status = 200) {
  const received: IncomingHttpHeaders[] = [];
  const state = { status };
  const server = createServer((request, response) => {
    request.resume();
    received.push(request.headers);
    const token = request.headers['validation-token'];
    response.writeHead(state.status, {
      'Content-Type': 'application/json',
      ...(token === undefined ? {} : { 'Validation-Token': token }),
    });
    response.end();
  });
  closing({
    close() {
      server.closeAllConnections();
      server.close();
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { received, state, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

function subscribe({ login }: Scene, address: string, more: object = {}) {
  return login.post('/subscription', {
    eventFilters: ['/restapi/v1.0/account/~/telephony/sessions'],
    deliveryMode: { transportType: 'WebHook', address, verificationToken: 'secret' },
    ...more,
  });
}

states('6.1', 'documented', 'it lives 7 days, where asked up to 315,360,000 s', async (scene) => {
  const { address } = await receiver();
  expect((await subscribe(scene, address)).body.expiresIn).toBe(604_799);
  expect((await subscribe(scene, address, { expiresIn: 315_360_000 })).body.expiresIn).toBe(315_359_999);
  expect((await subscribe(scene, address, { expiresIn: 315_360_001 })).status).toBe(400);
});

states(
  '6.2',
  'documented',
  'the handshake wants the token back with 200, and nothing else will do',
  async (scene) => {
    for (const status of [200, 201, 202, 204, 302]) {
      const { address, received } = await receiver(status);
      expect([status, (await subscribe(scene, address)).status]).toEqual([
        status,
        status === 200 ? 200 : 400,
      ]);
      expect(received[0]).toHaveProperty('validation-token');
    }
  },
);

states('6.3', 'documented', 'a delivery carries the verification token; only 200 counts', async (scene) => {
  const { address, received, state } = await receiver();
  const { id } = (await subscribe(scene, address)).body;
  state.status = 202;
  await scene.sandbox.ringingCall('103');
  await expect.poll(() => received.length).toBeGreaterThan(4);
  expect(received[1]).toHaveProperty('verification-token', 'secret');
  await scene.login.get(`/subscription/${id}`);
  await scene.sandbox.advance(600_000);
  const read = async (): Promise<Json> => (await scene.login.get(`/subscription/${id}`)).body;
  expect(await read()).toMatchObject({
    status: 'Blacklisted',
    blacklistedData: { reason: expect.stringContaining('[202]') },
  });
});

states('6.5', 'documented', 'renewed it begins again; expired it is gone', async (scene) => {
  const { address } = await receiver();
  const { id } = (await subscribe(scene, address, { expiresIn: 600 })).body;
  expect((await scene.login.post(`/subscription/${id}/renew`)).body.expiresIn).toBe(604_799);
  await scene.sandbox.advance(604_800_000);
  const login = await scene.sandbox.loginAs(scene.number);
  expect((await login.get(`/subscription/${id}`)).status).toBe(404);
});
