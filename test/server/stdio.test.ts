import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { startSandbox } from 'ringcentral-sandbox';
import { afterEach, expect, it } from 'vitest';
import { Control } from '../e2e/support/control.ts';

let end: () => Promise<void> = async () => {};
afterEach(() => end());

it('sends news to a modern host over stdio that did nothing but listen', async () => {
  const sandbox = await startSandbox();
  const client = new Client(
    { name: 'host', version: '0' },
    { versionNegotiation: { mode: { pin: '2026-07-28' } } },
  );
  end = async () => {
    await client.close();
    await sandbox.close();
  };
  const news: string[] = [];
  client.setNotificationHandler(
    'notifications/resources/updated',
    ({ params }) => void news.push(params.uri),
  );
  client.setNotificationHandler('notifications/resources/list_changed', () => void news.push('list'));
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: ['--conditions=sandbox-source', '--import', 'tsx', 'src/cli.ts', 'serve'],
      env: {
        ...(process.env.PATH && { PATH: process.env.PATH }),
        RC_SERVER_URL: sandbox.serverUrl,
        RC_APP_CLIENT_ID: sandbox.clientId,
        RC_APP_CLIENT_SECRET: sandbox.clientSecret,
        RC_USER_JWT: sandbox.jwt,
      },
      stderr: 'ignore',
    }),
  );
  const feed = 'ringcentral://telephony/feed';
  await client.listen({ resourceSubscriptions: [feed], resourcesListChanged: true });
  await expect.poll(() => news, { timeout: 10_000 }).toContain(feed);
  const control = new Control(sandbox.controlUrl);
  await control.dial({ phoneNumber: '+14155550123' }, { phoneNumber: '+12055550101' });
  await expect.poll(() => news, { timeout: 10_000 }).toContain('list');
});
