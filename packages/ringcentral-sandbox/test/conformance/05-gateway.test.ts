import { expect } from 'vitest';
import { WebSocket } from 'ws';
import { closing, GatewayClient, type Json } from '../support.ts';
import { states, talking } from './support.ts';

states('5.1', 'documented', 'a WebSocket token is good once', async ({ login }) => {
  const { body } = await login.post('/restapi/oauth/wstoken');
  const uri = `${body.uri}?access_token=${body.ws_access_token}`;
  const first = closing(new GatewayClient(new WebSocket(uri)));
  expect((await first.details())[0].status).toBe(200);
  expect(await closing(new GatewayClient(new WebSocket(uri))).closed).toBe(4400);
});

states('5.2', 'observed', 'without a token the close code is 4400', async ({ login }) => {
  const { body } = await login.post('/restapi/oauth/wstoken');
  expect(await closing(new GatewayClient(new WebSocket(body.uri))).closed).toBe(4400);
});

states('5.3', 'documented', 'ConnectionDetails come first, with the limits', async ({ login }) => {
  const gateway = await login.gateway();
  const [meta, body] = await gateway.details();
  expect(meta).toMatchObject({
    type: 'ConnectionDetails',
    status: 200,
    wsc: { sequence: expect.any(Number) },
  });
  expect(body).toMatchObject({
    maxConnectionsPerSession: 50,
    recoveryBufferSize: 100,
    recoveryTimeout: 180,
    idleTimeout: 1800,
    absoluteTimeout: 86_400,
    maxActiveRequests: 10,
  });
});

states(
  '5.3',
  'documented',
  'the answer to a request is a ClientRequest again, with its id',
  async ({ login }) => {
    const gateway = await login.gateway();
    const [meta, body] = await gateway.request('GET', '/account/~');
    expect(meta).toMatchObject({ type: 'ClientRequest', status: 200 });
    expect(body.mainNumber).toBe('+12055550100');
  },
);

states('5.3', 'documented', 'heartbeats are echoed with the same id', async ({ login }) => {
  const gateway = await login.gateway();
  await gateway.details();
  gateway.send({ type: 'Heartbeat', messageId: 'mine' });
  expect((await gateway.frame(([meta]) => meta.messageId === 'mine'))[0].type).toBe('Heartbeat');
});

states('5.4', 'documented', 'one subscription per connection: a second replaces the first', async (scene) => {
  const gateway = await scene.login.gateway();
  const first = await gateway.subscribe('/account/~/telephony/sessions');
  const second = await gateway.subscribe('/account/~/extension/~/presence');
  expect(second.id).not.toBe(first.id);
  const { records } = (await scene.login.get('/subscription')).body;
  expect(records.map(({ id }: Json) => id)).toEqual([second.id]);
});

states(
  '5.5',
  'documented',
  'recovered in time, what was missed comes after ConnectionDetails',
  async (scene) => {
    const lost = await scene.login.gateway();
    await lost.subscribe('/account/~/telephony/sessions');
    await lost.notifications();
    const wsc = lost.wsc();
    lost.socket.terminate();
    await lost.closed;
    await scene.sandbox.ringingCall('103');
    const back = await scene.login.gateway({ wsc });
    expect((await back.details())[1].recoveryState).toBe('Successful');
    expect((await back.notifications()).length).toBeGreaterThan(2);
  },
);

states('5.5', 'documented', 'after the window recovery fails with WSG-1005', async (scene) => {
  const lost = await scene.login.gateway();
  await lost.subscribe('/account/~/telephony/sessions');
  const wsc = lost.wsc();
  lost.socket.terminate();
  await lost.closed;
  // The gateway has seen the loss once a request after it is answered.
  await talking(scene);
  await scene.sandbox.advance(180_000);
  const back = await scene.login.gateway({ wsc });
  expect((await back.details())[1]).toMatchObject({ recoveryState: 'Failed', recoveryErrorCode: 'WSG-1005' });
});

states('5.6', 'documented', 'silence for 30 minutes is WSG-902', async (scene) => {
  const gateway = await scene.login.gateway();
  await gateway.details();
  await scene.sandbox.advance(1_800_000);
  expect((await gateway.type('Error'))[1].errorCode).toBe('WSG-902');
});
