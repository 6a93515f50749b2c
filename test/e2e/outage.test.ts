import { describe, expect, it, vi } from 'vitest';
import { type Break, openBreakableLink } from '../support/breakable-link.ts';
import { connect } from './support/agents.ts';
import { Control } from './support/control.ts';
import { environmentOf, type Running, run, startSandboxProcess, withoutLimits } from './support/process.ts';

const feedUri = 'ringcentral://telephony/feed';
const eventually = (check: () => unknown) => vi.waitFor(check, { timeout: 25_000, interval: 50 });

/** Everything that the feed has given as its reason. */
const reasons = ({ logs }: Running) =>
  logs.flatMap(({ reason }) => (typeof reason === 'string' ? [reason] : []));
const limit = /limit|refuses further requests/i;

/** A server at the platform's limits, live, with a line to its RingCentral that can be cut. */
async function open(...flags: string[]) {
  const sandbox = await startSandboxProcess(...flags);
  const line = await openBreakableLink(sandbox.address.serverUrl);
  const server = run(
    ['serve', '--http', ':0', '--log-level', 'debug'],
    environmentOf({ ...sandbox.address, serverUrl: line.serverUrl }),
  );
  const { url } = await server.logged('listening');
  const agent = await connect('v2 client, 2025', { http: String(url) });
  const live = () => eventually(async () => expect((await agent.read(feedUri)).state).toBe('live'));
  await live();
  return {
    ...{ line, server, agent, live },
    control: new Control(sandbox.address.controlUrl),
    /** The feed has tried in vain so often. */
    tried: (times: number) =>
      eventually(() => {
        const failed = server.logs.filter(({ msg, to }) => msg === 'event feed' && to === 'waiting');
        expect(failed.length).toBeGreaterThanOrEqual(times);
      }),
    async close() {
      await agent.close();
      expect(await server.stop()).toBe(0);
      await line.close();
      await sandbox.stop();
    },
  };
}

describe('the platform is away for several tries of the feed', () => {
  it.concurrent.each<[Break, RegExp]>([
    ['refused', /ECONNREFUSED/],
    ['reset', /ECONNRESET|hang up|EPIPE/],
    ['503', /unavailable/],
  ])('%s: the cause is told as long as it lasts, and events come again when it ends', async (how, cause) => {
    const { agent, line, server, live, tried, close } = await open();
    await line.cut(how);
    await tried(4);
    expect((await agent.read(feedUri)).reason).toMatch(cause);
    const { structuredContent } = await agent.call('list_devices');
    expect(structuredContent?.error).toMatchObject({ kind: 'unavailable' });
    expect(structuredContent?.error?.message).not.toMatch(limit);
    await line.mend();
    await live();
    expect(reasons(server).filter((reason) => limit.test(reason))).toEqual([]);
    expect(server.logs).toContainEqual(
      expect.objectContaining({ level: 'warn', msg: 'the event feed is down' }),
    );
    expect(server.logs).toContainEqual(
      expect.objectContaining({ level: 'info', msg: 'the event feed is live again' }),
    );
    await close();
  });
});

it('a login that is revoked under a live feed costs no wait for a limit', async () => {
  const { control, server, live, tried, close } = await open();
  await control.fault({ kind: 'revoke-session' });
  await tried(1);
  await live();
  expect(reasons(server).filter((reason) => limit.test(reason))).toEqual([]);
  await close();
});

it('a login that is evicted twice stops, and says that more than five servers use it', async () => {
  const why = 'two evictions within a minute cost more Auth requests than the platform allows in it';
  const { agent, control, live, tried, close } = await open(...withoutLimits(why));
  await control.fault({ kind: 'revoke-session' });
  await tried(1);
  await live();
  await control.fault({ kind: 'revoke-session' });
  await eventually(async () =>
    expect(await agent.read(feedUri)).toMatchObject({
      state: 'denied',
      reason: expect.stringContaining('more than five servers use this login'),
    }),
  );
  const { next } = await control.requests();
  const { structuredContent } = await agent.call('list_devices');
  expect(structuredContent?.error?.message).toContain('more than five servers use this login');
  expect((await control.requests(next)).requests).toEqual([]);
  await close();
});

it('a server whose name does not resolve is told as that by every tool, however often it is tried', async () => {
  const address = { clientId: 'id', clientSecret: 'secret', jwt: 'not.a.jwt', controlUrl: '' };
  const env = environmentOf({ ...address, serverUrl: 'https://platform.ringcentral.invalid' });
  const server = run(['serve', '--http', ':0', '--log-level', 'debug'], env);
  const { url } = await server.logged('listening');
  const agent = await connect('v2 client, 2025', { http: String(url) });
  for (let round = 0; round < 8; round += 1) {
    const { structuredContent } = await agent.call('list_devices');
    expect(structuredContent?.error).toMatchObject({ kind: 'unavailable' });
    expect(structuredContent?.error?.message).toMatch(/ENOTFOUND|EAI_AGAIN/);
  }
  expect((await agent.read(feedUri)).reason).toMatch(/ENOTFOUND|EAI_AGAIN/);
  expect(reasons(server).filter((reason) => limit.test(reason))).toEqual([]);
  await agent.close();
  expect(await server.stop()).toBe(0);
});
