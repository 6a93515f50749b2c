import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type GatewayClient, type Json, type Login, openSandbox, type TestSandbox } from '../support.ts';

const ACCOUNT = '/account/~/telephony/sessions';

async function requests(sandbox: TestSandbox, since = 0): Promise<Json[]> {
  return (await sandbox.control('GET', `/requests?since=${since}`)).body.requests;
}

async function active(sandbox: TestSandbox): Promise<Json[]> {
  return (await sandbox.control('GET', '/faults')).body.faults;
}

/** Injects `count` events; their sequences start at 2. */
async function inject(sandbox: TestSandbox, count: number): Promise<void> {
  const { id: accountId } = (await sandbox.state()).account;
  const events = Array.from({ length: count }, (_, index) => ({
    sequence: index + 2,
    telephonySessionId: 's-injected',
    eventTime: '2026-01-05T09:00:00.000Z',
    origin: { type: 'Call' },
    parties: [{ accountId, id: 'p-injected-1', direction: 'Inbound', status: { code: 'Proceeding' } }],
  }));
  await sandbox.control('POST', '/events', { events });
}

async function subscribed(sandbox: TestSandbox): Promise<{ login: Login; gateway: GatewayClient }> {
  const login = await sandbox.login();
  const gateway = await login.gateway();
  await gateway.subscribe(ACCOUNT);
  return { login, gateway };
}

async function sequences(gateway: GatewayClient): Promise<number[]> {
  return (await gateway.notifications()).map(({ body }) => body.sequence);
}

describe('http', () => {
  it('answers with an error instead, so many times', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    await sandbox.fault({ kind: 'http', status: 503, retryAfterSeconds: 7, times: 2 });
    const first = await login.get('/account/~');
    expect(first.status).toBe(503);
    expect(first.headers.get('Retry-After')).toBe('7');
    expect(first.body.errors[0].errorCode).toBe('CMN-201');
    expect(await active(sandbox)).toMatchObject([{ kind: 'http', times: 1 }]);
    expect((await login.get('/account/~')).status).toBe(503);
    expect((await login.get('/account/~')).status).toBe(200);
    expect(await active(sandbox)).toEqual([]);
  });

  it('without times stays until the faults are cleared', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    await sandbox.fault({ kind: 'http', status: 500 });
    for (let count = 0; count < 5; count++) expect((await login.get('/account/~')).status).toBe(500);
    await sandbox.control('DELETE', '/faults');
    expect((await login.get('/account/~')).status).toBe(200);
  });

  it.each([
    ['/extension/', true],
    ['/account/*/extension/~', true],
    ['/account/{accountId}/extension/{extensionId}$', false],
    ['extension/[^/]+/device$', true],
    ['/telephony/', false],
  ])('strikes paths that fit %s: %s', async (pathPattern, strikes) => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    await sandbox.fault({ kind: 'http', method: 'get', pathPattern, status: 500 });
    expect((await login.get('/account/~/extension/~/device')).status).toBe(strikes ? 500 : 200);
  });

  it('strikes OAuth in its own error shape, and proxies answer in HTML', async () => {
    const sandbox = await openSandbox();
    await sandbox.fault({
      kind: 'http',
      pathPattern: '/oauth/token',
      status: 400,
      errorCode: 'OAU-251',
      times: 1,
    });
    await expect(sandbox.login()).rejects.toThrow('"error":"invalid_request"');
    const login = await sandbox.login();
    await sandbox.fault({ kind: 'http', status: 502, times: 1 });
    const reply = await login.get('/account/~');
    expect(reply.headers.get('content-type')).toContain('text/html');
  });

  it('can apply the request and lose the answer', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const sessionId = await sandbox.connectedCall();
    const party = await sandbox.partyOf(sessionId, '101');
    await sandbox.fault({ kind: 'http', pathPattern: '/hold', applyThenDrop: true, times: 1 });
    const path = `/account/~/telephony/sessions/${sessionId}/parties/${party.id}/hold`;
    await expect(login.post(path)).rejects.toThrow('fetch failed');
    expect((await sandbox.partyOf(sessionId, '101')).status.code).toBe('Hold');
    expect((await requests(sandbox)).at(-1)).toMatchObject({ method: 'POST', status: 200 });
  });

  it.each([
    ['page', /^<html>/],
    ['half', /^\{[^}]*$/],
    ['other', /^\[null/],
    ['deep', /^\[{100000}/],
    ['huge', /^\{"records":"x+$/],
  ])('can carry the request out and answer with something else: %s', async (answers, content) => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    await sandbox.fault({ kind: 'http', pathPattern: '/account/~$', answers, times: 1 });
    const reply = await fetch(`${sandbox.serverUrl}/restapi/v1.0/account/~`, {
      headers: { Authorization: `Bearer ${login.token.access_token}` },
    });
    expect(reply.status).toBe(200);
    const text = await reply.text();
    expect(text.slice(0, 200_000)).toMatch(content);
    expect(text.length > 8 * 1024 * 1024).toBe(answers === 'huge');
    expect((await login.get('/account/~')).body.id).toBeDefined();
  });

  it('can hang: the request is in the log, without a status', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    await sandbox.fault({ kind: 'http', hang: true, times: 1 });
    const controller = new AbortController();
    const hanging = fetch(`${sandbox.serverUrl}/restapi/v1.0/account/~`, {
      headers: { Authorization: `Bearer ${login.token.access_token}` },
      signal: controller.signal,
    });
    hanging.catch(() => undefined);
    // The sandbox serves in the order of arrival: when the next answer is here, the first has none.
    while ((await requests(sandbox)).at(-1).status !== null);
    controller.abort();
    await expect(hanging).rejects.toThrow('abort');
  });

  it('can delay, by the sandbox’s clock, and combine with another', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    await sandbox.fault({ kind: 'http', delayMs: 5000, times: 1 });
    await sandbox.fault({ kind: 'http', status: 409, errorCode: 'TAS-102', times: 1 });
    const reply = login.get('/account/~');
    while ((await requests(sandbox)).at(-1).status !== null);
    await sandbox.advance(4999);
    expect((await requests(sandbox)).at(-1).status).toBeNull();
    await sandbox.advance(1);
    expect((await reply).body.errorCode).toBe('TAS-102');
  });

  it('strikes requests through the socket', async () => {
    const sandbox = await openSandbox();
    const gateway = await (await sandbox.login()).gateway();
    await gateway.details();
    await sandbox.fault({ kind: 'http', status: 503, times: 1 });
    expect((await gateway.request('GET', '/account/~'))[0].status).toBe(503);
    await sandbox.fault({ kind: 'http', applyThenDrop: true, times: 1 });
    void gateway.request('GET', '/account/~');
    expect(await gateway.closed).toBe(1006);
  });
});

describe('the gateway', () => {
  it('ws-close hangs up with a code, or breaks the line', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const polite = await login.gateway();
    await polite.details();
    await sandbox.fault({ kind: 'ws-close', code: 4001 });
    expect(await polite.closed).toBe(4001);
    const broken = await login.gateway();
    await broken.details();
    await sandbox.fault({ kind: 'ws-close' });
    expect(await broken.closed).toBe(1006);
  });

  it('ws-freeze holds everything back for a while', async () => {
    const sandbox = await openSandbox();
    const { gateway } = await subscribed(sandbox);
    await sandbox.fault({ kind: 'ws-freeze', ms: 30_000 });
    expect(await active(sandbox)).toEqual([{ kind: 'ws-freeze', ms: 30_000 }]);
    await inject(sandbox, 2);
    gateway.send({ type: 'Heartbeat', messageId: 'unheard' });
    expect(gateway.frames.at(-1)?.[0].type).toBe('ClientRequest');
    await sandbox.advance(30_000);
    expect(await active(sandbox)).toEqual([]);
    await gateway.frame(([meta]) => meta.messageId === 'unheard');
    expect(await sequences(gateway)).toEqual([2, 3]);
  });

  it('ws-refuse refuses the next upgrades', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    await sandbox.fault({ kind: 'ws-refuse', times: 1 });
    await expect((await login.gateway()).opened).rejects.toThrow('503');
    await (await login.gateway()).details();
  });

  it('ws-silent opens without ConnectionDetails', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    await sandbox.fault({ kind: 'ws-silent', times: 1 });
    const silent = await login.gateway();
    await silent.opened;
    await (await login.gateway()).details();
    expect(silent.frames).toEqual([]);
    expect(silent.socket.readyState).toBe(WebSocket.OPEN);
  });

  it('ws-garbage sends malformed frames at once, or to the next connection', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    await sandbox.fault({ kind: 'ws-garbage', times: 2 });
    const gateway = await login.gateway();
    await gateway.details();
    await gateway.heartbeat();
    expect(gateway.garbage).toHaveLength(2);
    await sandbox.fault({ kind: 'ws-garbage', times: 1 });
    await gateway.heartbeat();
    expect(gateway.garbage).toHaveLength(3);
  });

  it('ws-lose loses notifications, from the recovery buffer too', async () => {
    const sandbox = await openSandbox();
    const { login, gateway } = await subscribed(sandbox);
    const wsc = gateway.wsc();
    await sandbox.fault({ kind: 'ws-lose', count: 2 });
    await inject(sandbox, 4);
    expect(await sequences(gateway)).toEqual([4, 5]);
    const again = await login.gateway({ wsc });
    await again.details();
    expect(await sequences(again)).toEqual([4, 5]);
  });

  it('ws-duplicate sends twice under the same uuid', async () => {
    const sandbox = await openSandbox();
    const { gateway } = await subscribed(sandbox);
    await sandbox.fault({ kind: 'ws-duplicate', times: 1 });
    await inject(sandbox, 2);
    const envelopes = await gateway.notifications();
    expect(envelopes.map(({ body }) => body.sequence)).toEqual([2, 2, 3]);
    expect(envelopes[0].uuid).toBe(envelopes[1].uuid);
  });

  it('ws-shuffle changes the order of the next notifications', async () => {
    const sandbox = await openSandbox();
    const { gateway } = await subscribed(sandbox);
    await sandbox.fault({ kind: 'ws-shuffle', count: 4 });
    await inject(sandbox, 5);
    const arrived = await sequences(gateway);
    expect(arrived.slice(0, 4)).not.toEqual([2, 3, 4, 5]);
    expect(arrived.slice(0, 4).sort()).toEqual([2, 3, 4, 5]);
    expect(arrived[4]).toBe(6);
  });

  it('ws-shuffle lets go after a second what does not fill up', async () => {
    const sandbox = await openSandbox();
    const { gateway } = await subscribed(sandbox);
    await sandbox.fault({ kind: 'ws-shuffle', count: 10 });
    await inject(sandbox, 2);
    expect(await sequences(gateway)).toEqual([]);
    await sandbox.advance(1000);
    expect(await sequences(gateway)).toEqual([3, 2]);
  });

  it('ws-recovery-fails fails a recovery within the window', async () => {
    const sandbox = await openSandbox();
    const { login, gateway } = await subscribed(sandbox);
    await sandbox.fault({ kind: 'ws-recovery-fails', times: 1 });
    await sandbox.fault({ kind: 'ws-close' });
    await gateway.closed;
    const again = await login.gateway({ wsc: gateway.wsc() });
    const [, details] = await again.details();
    expect(details).toMatchObject({ recoveryState: 'Failed', recoveryErrorCode: 'WSG-1005' });
  });

  it('takes several faults at a time', async () => {
    const sandbox = await openSandbox();
    const { login, gateway } = await subscribed(sandbox);
    for (const kind of ['ws-refuse', 'ws-recovery-fails', 'ws-garbage']) {
      if (kind !== 'ws-garbage') await sandbox.fault({ kind, times: 1 });
    }
    await sandbox.fault({ kind: 'ws-close' });
    await gateway.closed;
    const wsc = gateway.wsc();
    await expect((await login.gateway({ wsc })).opened).rejects.toThrow('503');
    const [, details] = await (await login.gateway({ wsc })).details();
    expect(details.recoveryState).toBe('Failed');
  });
});

describe('tokens', () => {
  const refresh = (login: Login) => ({
    grant_type: 'refresh_token',
    refresh_token: login.token.refresh_token,
  });

  it('expire-access-token: 401 OAU-128, the refresh token works', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    await sandbox.fault({ kind: 'expire-access-token' });
    expect((await login.get('/account/~')).body.errors[0].errorCode).toBe('OAU-128');
    expect((await sandbox.oauth('token', refresh(login))).status).toBe(200);
  });

  it('expire-refresh-token: the access token works, refresh does not', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    await sandbox.fault({ kind: 'expire-refresh-token' });
    expect((await login.get('/account/~')).status).toBe(200);
    expect((await sandbox.oauth('token', refresh(login))).body.errors[0].errorCode).toBe('OAU-210');
  });

  it('revoke-session: neither works', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    await sandbox.fault({ kind: 'revoke-session' });
    expect((await login.get('/account/~')).body.errors[0].errorCode).toBe('OAU-213');
    expect((await sandbox.oauth('token', refresh(login))).body.errors[0].errorCode).toBe('OAU-211');
  });
});

it.each([
  [{ kind: 'nothing' }, 'kind'],
  [{ kind: 'ws-lose', count: 0 }, 'count'],
  [{ kind: 'http', status: 200 }, 'status'],
  [{ kind: 'http', statsu: 500 }, 'statsu'],
])('refuses %j, naming the mistake', async (fault, mistake) => {
  const sandbox = await openSandbox();
  const { status, body } = await sandbox.fault(fault);
  expect(status).toBe(400);
  expect(body.error).toContain(mistake);
});

it('chaos ends when faults are cleared, and is back after a reset', async () => {
  const sandbox = await openSandbox({ manualClock: false, chaos: 1, seed: 7 });
  const statuses = async () => {
    const answers = Array.from({ length: 10 }, () =>
      sandbox.fetch('/restapi/v1.0/account/~').catch(() => ({ status: 0 })),
    );
    return new Set((await Promise.all(answers)).map(({ status }) => status));
  };
  await sandbox.control('DELETE', '/faults');
  expect(await statuses()).toEqual(new Set([401]));
  await sandbox.control('POST', '/reset', {});
  expect(await statuses()).not.toEqual(new Set([401]));
});

it('chaos is the same for the same seed and the same requests', async () => {
  const runs: number[][] = [];
  for (let run = 0; run < 2; run++) {
    const sandbox = await openSandbox({ manualClock: false, chaos: 0.4, seed: 7 });
    const statuses: number[] = [];
    for (let count = 0; count < 12; count++) {
      const { status } = await sandbox.fetch('/restapi/v1.0/account/~').catch(() => ({ status: 0 }));
      statuses.push(status);
    }
    runs.push(statuses);
  }
  expect(runs[0]).toEqual(runs[1]);
  expect(new Set(runs[0]).size).toBeGreaterThan(2);
});
