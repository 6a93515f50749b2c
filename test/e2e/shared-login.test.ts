import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Agent, connect, type ToolAnswer } from './support/agents.ts';
import { Control } from './support/control.ts';
import { environmentOf, type Running, run, startSandboxProcess } from './support/process.ts';

interface Host {
  agent: Agent;
  server: Running;
}

let sandbox: Awaited<ReturnType<typeof startSandboxProcess>>;
let control: Control;
const hosts: Host[] = [];

beforeEach(async () => {
  sandbox = await startSandboxProcess();
  control = new Control(sandbox.address.controlUrl);
});
afterEach(async () => {
  for (const { agent, server } of hosts.splice(0)) {
    await agent.close();
    expect(await server.stop()).toBe(0);
  }
  await sandbox.stop();
});

/** A server for a host's window. */
async function open(): Promise<Host> {
  const server = run(['serve', '--http', ':0'], environmentOf(sandbox.address));
  const { url } = await server.logged('listening');
  const host = { server, agent: await connect('v2 client, 2025', { http: String(url) }) };
  hosts.push(host);
  return host;
}

const authRequests = async () =>
  (await control.requests()).requests
    .filter(({ path }) => path.includes('/oauth/'))
    .map(({ path, status }) => `${path.split('/').at(-1)} ${status}`);

/** No call and no doubt is a lie here: there is one, all the time. */
function isHonest({ isError, structuredContent }: ToolAnswer): boolean {
  return isError === true || structuredContent?.calls.length > 0 || structuredContent?.feed.stale === true;
}

it('four servers on one login: all see the call that rings, within the limits of the platform', async () => {
  await control.patch('/account', { ringSeconds: 300 });
  await Promise.all([1, 2, 3, 4].map(open));
  const telephonySessionId = await control.dial(
    { phoneNumber: '+14155550123' },
    { phoneNumber: '+12055550101' },
  );
  const lies: ToolAnswer[] = [];
  await Promise.all(
    hosts.map(({ agent }) =>
      vi.waitFor(
        async () => {
          const answer = await agent.call('list_active_calls');
          if (!isHonest(answer)) lies.push(answer);
          const ids = answer.structuredContent?.calls?.map(({ id }: { id: string }) => id);
          expect(ids, answer.content[0]?.text).toEqual([telephonySessionId]);
          const feed = await agent.read('ringcentral://telephony/feed');
          // Events come in; the picture may still be read again, within what four agents who look leave of the limit.
          expect(feed.state).toMatch(/^(live|resyncing)$/);
        },
        { timeout: 150_000, interval: 1_000 },
      ),
    ),
  );
  expect(lies).toEqual([]);
  const requests = await authRequests();
  // What one server costs, four times; and each of the others comes upon the limit once at most, not in turn for
  // ever.
  expect(requests.filter((each) => each === 'token 200')).toHaveLength(4);
  expect(requests.filter((each) => each === 'wstoken 200')).toHaveLength(4);
  expect(requests.filter((each) => each.endsWith('429')).length).toBeLessThanOrEqual(3);
}, 180_000);

it('a server that was stopped and started again within a minute works at once', async () => {
  const live = async ({ agent }: Host) =>
    expect(await agent.read('ringcentral://telephony/feed')).toMatchObject({ state: 'live', stale: false });
  const first = await open();
  await live(first);
  hosts.pop();
  await first.agent.close();
  expect(await first.server.stop()).toBe(0);
  await live(await open());
  expect(await authRequests()).toEqual([
    'token 200',
    'wstoken 200',
    'revoke 200',
    'token 200',
    'wstoken 200',
  ]);
});
