import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RoundRobin, startRoundRobin } from '../cluster/support/round-robin.ts';
import { hasRedis, withoutRedis } from '../support/redis.ts';
import { Browser } from '../team/support/browser.ts';
import { openOwnPage, press } from '../team/support/own-page.ts';
import { ask, modern, stream } from '../transports/support/wire.ts';
import { clientKinds } from './support/agents.ts';
import { withoutLimits } from './support/process.ts';
import { type Replicas, startReplicas } from './support/replicas.ts';
import { signIn } from './support/signed-in.ts';

describe.skipIf(!hasRedis)(
  hasRedis ? 'sign-in by requests that go to replicas by turns' : withoutRedis,
  () => {
    let team: Replicas;
    let balancer: RoundRobin;
    let url: string;
    beforeAll(async () => {
      balancer = await startRoundRobin();
      url = `${balancer.url}/mcp`;
      team = await startReplicas({
        count: 0,
        sandbox: withoutLimits('each test signs somebody in'),
        serve: ['--sign-in', '--public-url', balancer.url],
        env: { RC_USER_JWT: '', RC_MCP_PHONE: '' },
      });
      const { account } = await team.control.state();
      for (let nth = 0; nth < 2; nth += 1) {
        const replica = await team.start({ env: { RC_MCP_ACCOUNTS: account.id } });
        balancer.targets.push(new URL(replica.url).origin);
      }
      await team.control.patch('/account', { ringSeconds: 300 });
    });
    afterAll(async () => {
      await team?.close();
      await balancer?.close();
    });

    // What one test leaves is nobody's call in the next.
    afterEach(() => team.control.endAll());

    const headersOf = (token: string) => ({ authorization: `Bearer ${token}` });
    const look = async (index: number, token: string) => {
      const message = modern('tools/call', { name: 'list_active_calls', arguments: {} });
      const headers = { ...message.headers, 'mcp-name': 'list_active_calls', ...headersOf(token) };
      return (await ask(team.replicas[index]?.url ?? '', { ...message, headers })).status;
    };
    const listen = (index: number, token: string) => {
      const message = modern('subscriptions/listen', { notifications: { resourcesListChanged: true } });
      const headers = { ...message.headers, ...headersOf(token) };
      return stream(team.replicas[index]?.url ?? '', { ...message, method: 'POST', headers });
    };

    it.each(clientKinds)('a host with the %s works with the calls of its person', async (kind) => {
      const { agent } = await signIn(kind, { url, extensionNumber: '102' });
      const call = await team.control.dial({ phoneNumber: '+14155550121' }, { extensionNumber: '102' });
      const seen = async () =>
        (await agent.call('list_active_calls')).structuredContent?.calls?.map(({ id }: { id: string }) => id);
      await expect.poll(seen).toEqual([call]);
      const { structuredContent } = await agent.call('reject_party', { telephonySessionId: call });
      expect(['observed', 'accepted']).toContain(structuredContent?.outcome);
      await agent.close();
    });

    it('whoever signs out has a 401 and silence at both, and can sign in again', async () => {
      const { provider } = await signIn('v2 client, 2026-07-28', { url, extensionNumber: '104' });
      const token = provider.tokens().access_token;
      const streams = await Promise.all([listen(0, token), listen(1, token)]);
      expect(streams.map(({ status }) => status)).toEqual([200, 200]);
      const browser = new Browser(balancer.url);
      await press(browser, await openOwnPage(browser, '104'), 'sign-out');
      await Promise.all(streams.map(({ ended }) => ended));
      expect([await look(0, token), await look(1, token)]).toEqual([401, 401]);
      const again = await signIn('v2 client, 2025', { url, extensionNumber: '104' });
      expect((await again.agent.call('list_active_calls')).isError).toBeFalsy();
      await again.agent.close();
    });

    it('a replica that was killed takes nobody’s sign-in along', async () => {
      const { provider } = await signIn('v2 client, 2026-07-28', { url, extensionNumber: '103' });
      const token = provider.tokens().access_token;
      expect(await look(1, token)).toBe(200);
      balancer.targets.shift();
      await team.replicas[0]?.kill();
      expect(await look(1, token)).toBe(200);
      const { agent } = await signIn('v2 client, 2026-07-28', { url, extensionNumber: '101' });
      expect((await agent.call('list_active_calls')).isError).toBeFalsy();
      await agent.close();
    });
  },
);
