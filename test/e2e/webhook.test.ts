import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { connect } from './support/agents.ts';
import { Control } from './support/control.ts';
import { Stage } from './support/operations.ts';
import { environmentOf, outcome, run, startSandboxProcess } from './support/process.ts';

/** The public URL must be known before the server listens. */
const freePort = () =>
  new Promise<number>((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });

it('events over a webhook give the same picture, and the subscription goes with the server', async () => {
  const sandbox = await startSandboxProcess();
  const control = new Control(sandbox.address.controlUrl);
  const origin = `http://127.0.0.1:${await freePort()}`;
  const server = run(
    ['serve', '--http', new URL(origin).host, '--public-url', origin, '--events', 'webhook'],
    environmentOf(sandbox.address),
  );
  await server.logged('listening');
  const agent = await connect('v2 client, 2025', { http: `${origin}/mcp` });
  await agent.resources();
  await expect
    .poll(async () => (await agent.read('ringcentral://telephony/feed')).state, { timeout: 10_000 })
    .toBe('live');

  await agent.watch(['ringcentral://telephony/sessions']);
  const leg = await new Stage(control).ringing();
  const uri = `ringcentral://telephony/sessions/${leg.telephonySessionId}/parties/${leg.partyId}`;
  await expect.poll(() => agent.resources(), { timeout: 10_000 }).toContain(uri);
  const { next } = await control.requests();
  // Only an event can tell of the answer: reads of calls fail.
  await control.fault({
    kind: 'http',
    method: 'GET',
    pathPattern: '/telephony/sessions',
    status: 503,
    times: 1000,
  });
  await control.act(leg.telephonySessionId, leg.partyId, 'answer', {
    deviceId: await control.deviceId('101'),
  });
  const party = () => agent.read(uri);
  await expect.poll(async () => (await party()).status.code, { timeout: 10_000 }).toBe('Answered');
  expect((await party()).source).toBe('event');
  await control.clearFaults();

  // Nobody else can tell the server about calls.
  const forged = await fetch(`${origin}/webhooks/ringcentral`, { method: 'POST', body: '{}' });
  expect(forged.status).toBe(401);

  await agent.close();
  expect(await server.stop()).toBe(0);
  const { requests } = await control.requests(next);
  expect(
    requests.filter(({ method, path }) => method === 'DELETE' && path.includes('/subscription/')),
  ).toHaveLength(1);
  await sandbox.stop();
});

it('a webhook without an address of the outside is refused', async () => {
  const { code, stderr } = await outcome(['serve', '--sandbox', '--events', 'webhook']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/--http and --public-url/);
});
