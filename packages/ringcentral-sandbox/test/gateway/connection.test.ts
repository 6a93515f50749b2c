import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { closing, GatewayClient, openSandbox } from '../support.ts';

describe('opening', () => {
  it('begins with ConnectionDetails', async () => {
    const sandbox = await openSandbox();
    const gateway = await (await sandbox.login()).gateway();
    const [meta, body] = await gateway.details();
    expect(meta).toMatchObject({
      status: 200,
      wsc: { token: expect.any(String), sequence: expect.any(Number) },
    });
    expect(body).toMatchObject({
      creationTime: expect.stringMatching(/\+0000$/),
      maxConnectionsPerSession: 50,
      recoveryBufferSize: 100,
      recoveryTimeout: 180,
      idleTimeout: 1800,
      absoluteTimeout: 86_400,
      maxActiveRequests: 10,
    });
    expect(body).not.toHaveProperty('recoveryState');
  });

  it.each<[string, (token: string) => string]>([
    ['without a token', () => ''],
    ['with an unknown token', () => '?access_token=nobody'],
    ['with an access token instead', (token) => `?access_token=${token}`],
  ])('%s is closed with 4400', async (_, query) => {
    const sandbox = await openSandbox();
    const { token } = await sandbox.login();
    const uri = `${sandbox.serverUrl.replace('http', 'ws')}/ws${query(token.access_token)}`;
    const gateway = closing(new GatewayClient(new WebSocket(uri)));
    expect(await gateway.closed).toBe(4400);
    expect(gateway.frames.map(([meta]) => meta.type)).not.toContain('ConnectionDetails');
  });

  it('takes a token once, and within its life', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const { body } = await login.post('/restapi/oauth/wstoken');
    const uri = `${body.uri}?access_token=${body.ws_access_token}`;
    await closing(new GatewayClient(new WebSocket(uri))).details();
    expect(await closing(new GatewayClient(new WebSocket(uri))).closed).toBe(4400);

    const late = (await login.post('/restapi/oauth/wstoken')).body;
    await sandbox.advance(late.expires_in * 1000);
    const lateUri = `${late.uri}?access_token=${late.ws_access_token}`;
    expect(await closing(new GatewayClient(new WebSocket(lateUri))).closed).toBe(4400);
  });

  it('is for this machine’s own pages only', async () => {
    const sandbox = await openSandbox();
    const { body } = await (await sandbox.login()).post('/restapi/oauth/wstoken');
    const socket = new WebSocket(`${body.uri}?access_token=${body.ws_access_token}`, {
      origin: 'https://evil.example',
    });
    const gateway = closing(new GatewayClient(socket));
    await expect(gateway.opened).rejects.toThrow('403');
  });
});

describe('REST through the socket', () => {
  it('answers with type ClientRequest, the same messageId and the headers of HTTP', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const gateway = await login.gateway();
    const [meta, body] = await gateway.request('GET', '/account/~/extension/~');
    expect(meta).toMatchObject({
      type: 'ClientRequest',
      status: 200,
      headers: { RCRequestId: expect.any(String), 'X-Rate-Limit-Group': 'light' },
      wsc: { sequence: expect.any(Number) },
    });
    expect(body.extensionNumber).toBe('101');
  });

  it('takes a query from the path and from meta', async () => {
    const sandbox = await openSandbox();
    const gateway = await (await sandbox.login()).gateway();
    await gateway.details();
    const path = '/restapi/v1.0/account/~/extension?type=User';
    const query = { extensionNumber: '102' };
    gateway.send({ type: 'ClientRequest', messageId: 'q', method: 'GET', path, query });
    const [, body] = await gateway.frame(([meta]) => meta.messageId === 'q');
    expect(body.records.map((one: { extensionNumber: string }) => one.extensionNumber)).toEqual(['102']);
  });

  it('has no body for 204, and errors in the API’s shape', async () => {
    const sandbox = await openSandbox();
    const sessionId = await sandbox.connectedCall();
    const gateway = await (await sandbox.login()).gateway();
    const deleted = await gateway.request('DELETE', `/account/~/telephony/sessions/${sessionId}`);
    expect(deleted).toHaveLength(1);
    expect(deleted[0].status).toBe(204);
    const [meta, body] = await gateway.request('GET', '/account/~/telephony/sessions/s-nobody');
    expect(meta.status).toBe(404);
    expect(body.errors[0]).toMatchObject({ errorCode: 'CMN-102', parameterName: 'telephonySessionId' });
  });

  it('does not tunnel OAuth', async () => {
    const sandbox = await openSandbox();
    const gateway = await (await sandbox.login()).gateway();
    await gateway.details();
    gateway.send({ type: 'ClientRequest', messageId: 'o', method: 'POST', path: '/restapi/oauth/wstoken' });
    const [meta] = await gateway.frame(([answer]) => answer.messageId === 'o');
    expect(meta.status).toBe(404);
  });

  it('is in the log of requests', async () => {
    const sandbox = await openSandbox();
    const gateway = await (await sandbox.login()).gateway();
    const { next } = (await sandbox.control('GET', '/requests')).body;
    await gateway.request('GET', '/account/~');
    const { requests } = (await sandbox.control('GET', `/requests?since=${next}`)).body;
    expect(requests).toMatchObject([{ method: 'GET', path: '/restapi/v1.0/account/~', status: 200 }]);
  });

  it('is under way ten times at once; what comes beyond is refused, until one is answered', async () => {
    const sandbox = await openSandbox();
    const gateway = await (await sandbox.login()).gateway();
    await gateway.details();
    await sandbox.fault({ kind: 'http', pathPattern: '/account/~', delayMs: 1000, times: 10 });
    const requests = Array.from({ length: 11 }, () => gateway.request('GET', '/account/~'));
    const [meta, body] = (await requests.at(-1)) ?? [];
    expect(meta).toMatchObject({ type: 'ClientRequest', status: 429 });
    expect(meta).not.toHaveProperty('headers.X-Rate-Limit-Group');
    expect(body.errors[0].errorCode).toBe('CMN-301');
    expect(gateway.frames.filter(([{ type }]) => type === 'ClientRequest')).toHaveLength(1);
    await sandbox.advance(1000);
    const answered = await Promise.all(requests.slice(0, 10));
    expect(answered.map(([{ status }]) => status)).toEqual(Array(10).fill(200));
    const [next] = await gateway.request('GET', '/account/~');
    expect(next.status).toBe(200);
  });

  it('answers what is no frame with an Error frame', async () => {
    const sandbox = await openSandbox();
    const gateway = await (await sandbox.login()).gateway();
    await gateway.details();
    gateway.socket.send('no JSON');
    const [, body] = await gateway.type('Error');
    expect(body.errorCode).toBe('CMN-103');
  });
});

describe('staying open', () => {
  it('echoes heartbeats', async () => {
    const sandbox = await openSandbox();
    const gateway = await (await sandbox.login()).gateway();
    await gateway.details();
    gateway.send({ type: 'Heartbeat', messageId: 'mine' });
    const frame = await gateway.type('Heartbeat');
    expect(frame).toEqual([{ type: 'Heartbeat', messageId: 'mine' }]);
  });

  it('ends after the idle timeout with WSG-902', async () => {
    const sandbox = await openSandbox();
    const gateway = await (await sandbox.login()).gateway();
    await gateway.details();
    await sandbox.advance(1_799_000);
    await gateway.heartbeat();
    await sandbox.advance(1_799_000);
    expect(gateway.socket.readyState).toBe(WebSocket.OPEN);
    await sandbox.advance(1000);
    const [, body] = await gateway.type('Error');
    expect(body.errorCode).toBe('WSG-902');
    await gateway.closed;
  });

  it('ends after a day with WSG-903, however busy', async () => {
    const sandbox = await openSandbox();
    const gateway = await (await sandbox.login()).gateway();
    await gateway.details();
    for (let quarters = 0; quarters < 95; quarters++) {
      await sandbox.advance(900_000);
      await gateway.heartbeat();
    }
    await sandbox.advance(900_000);
    const [, body] = await gateway.type('Error');
    expect(body.errorCode).toBe('WSG-903');
  });

  it('drops a client that does not answer pings', async () => {
    const sandbox = await openSandbox({ pingIntervalMs: 20, pongTimeoutMs: 20 });
    const login = await sandbox.login();
    const dead = await login.gateway({ autoPong: false });
    const alive = await login.gateway();
    expect(await dead.closed).toBe(1006);
    await alive.heartbeat();
  });

  it('ends with its login', async () => {
    const sandbox = await openSandbox();
    const gateway = await (await sandbox.login()).gateway();
    await gateway.details();
    await sandbox.fault({ kind: 'revoke-session' });
    await gateway.closed;
  });
});
