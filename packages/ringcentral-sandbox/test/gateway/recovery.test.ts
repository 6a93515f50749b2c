import { describe, expect, it } from 'vitest';
import { type GatewayClient, type Login, openSandbox, story, type TestSandbox } from '../support.ts';

const ACCOUNT = '/account/~/telephony/sessions';

/** A subscribed client that loses its connection. */
async function lost(sandbox: TestSandbox): Promise<{ login: Login; gateway: GatewayClient; wsc: string }> {
  const login = await sandbox.login();
  const gateway = await login.gateway();
  await gateway.subscribe(ACCOUNT);
  const wsc = gateway.wsc();
  await sandbox.fault({ kind: 'ws-close' });
  await gateway.closed;
  return { login, gateway, wsc };
}

async function injectEvents(sandbox: TestSandbox, count: number): Promise<void> {
  const { id: accountId } = (await sandbox.state()).account;
  const events = Array.from({ length: count }, (_, index) => ({
    sequence: index + 2,
    sessionId: '1',
    telephonySessionId: 's-injected',
    serverId: '10.0.0.1.TAM',
    eventTime: '2026-01-05T09:00:00.000Z',
    origin: { type: 'Call' },
    parties: [{ accountId, id: 'p-injected-1', direction: 'Inbound', status: { code: 'Proceeding' } }],
  }));
  await sandbox.control('POST', '/events', { events });
}

describe('recovery', () => {
  it('within the window brings the missed notifications after ConnectionDetails', async () => {
    const sandbox = await openSandbox();
    const { login, wsc } = await lost(sandbox);
    await sandbox.ringingCall('101');
    const again = await login.gateway({ wsc });
    const [, details] = await again.details();
    expect(details.recoveryState).toBe('Successful');
    const missed = story(await again.notifications());
    expect(missed.length).toBeGreaterThan(2);
    expect(again.frames[0]?.[0].type).toBe('ConnectionDetails');
    await sandbox.dial({ phoneNumber: '+14155550124' }, { extensionNumber: '102' });
    expect(story(await again.notifications()).length).toBeGreaterThan(missed.length);
  });

  it('keeps the newest hundred', async () => {
    const sandbox = await openSandbox();
    const { login, wsc } = await lost(sandbox);
    await injectEvents(sandbox, 130);
    const again = await login.gateway({ wsc });
    await again.details();
    const sequences = (await again.notifications()).map(({ body }) => body.sequence);
    expect(sequences).toHaveLength(100);
    expect(sequences.at(-1)).toBe(131);
  });

  it('brings what was sent into a dead socket, too', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const gateway = await login.gateway();
    await gateway.subscribe(ACCOUNT);
    const wsc = gateway.wsc();
    await sandbox.fault({ kind: 'ws-freeze', ms: 600_000 });
    await injectEvents(sandbox, 3);
    const again = await login.gateway({ wsc });
    await again.details();
    expect(await again.notifications()).toHaveLength(3);
    expect(gateway.frames.filter(([meta]) => meta.type === 'ServerNotification')).toEqual([]);
  });

  it('brings nothing twice to a client that names its newest position', async () => {
    const sandbox = await openSandbox();
    const login = await sandbox.login();
    const gateway = await login.gateway();
    await gateway.subscribe(ACCOUNT);
    await injectEvents(sandbox, 3);
    expect(await gateway.notifications()).toHaveLength(3);
    await sandbox.fault({ kind: 'ws-close', code: 1001 });
    expect(await gateway.closed).toBe(1001);
    const again = await login.gateway({ wsc: gateway.wsc() });
    await again.details();
    expect(await again.notifications()).toEqual([]);
  });

  it('fails after the window with WSG-1005; the same connection can subscribe again', async () => {
    const sandbox = await openSandbox();
    const { login, wsc } = await lost(sandbox);
    // The server must have seen the loss before time moves on.
    await sandbox.state();
    await sandbox.advance(180_000);
    expect((await login.get('/subscription')).body.records).toEqual([]);
    const again = await login.gateway({ wsc });
    const [, details] = await again.details();
    expect(details).toMatchObject({ recoveryState: 'Failed', recoveryErrorCode: 'WSG-1005' });
    await again.subscribe(ACCOUNT);
    await injectEvents(sandbox, 1);
    expect(await again.notifications()).toHaveLength(1);
  });

  it('fails for another login', async () => {
    const sandbox = await openSandbox();
    const { wsc } = await lost(sandbox);
    const stranger = await (await sandbox.loginAs('102')).gateway({ wsc });
    const [, details] = await stranger.details();
    expect(details.recoveryState).toBe('Failed');
  });

  it('takes its window from the options', async () => {
    const sandbox = await openSandbox({ recoveryTimeoutMs: 5000 });
    const gateway = await (await sandbox.login()).gateway();
    const [, details] = await gateway.details();
    expect(details.recoveryTimeout).toBe(5);
  });
});
