import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { expect, it } from 'vitest';
import { Control } from './support/control.ts';
import { Stage } from './support/operations.ts';
import { binary, environmentOf, run, startSandboxProcess } from './support/process.ts';

const telephony = 'ringcentral://telephony';

it.each(['stdio', 'http'] as const)(
  'over %s a host of 2026 is told which of the URIs that it names are watched: those that there are',
  async (way) => {
    const sandbox = await startSandboxProcess();
    const env = environmentOf(sandbox.address);
    const control = new Control(sandbox.address.controlUrl);
    const { telephonySessionId, partyId } = await new Stage(control).talking();
    const server = way === 'http' ? run(['serve', '--http', '127.0.0.1:0'], env) : undefined;
    const transport = server
      ? new StreamableHTTPClientTransport(new URL(String((await server.logged('listening')).url)))
      : new StdioClientTransport({
          command: process.execPath,
          args: [binary, 'serve'],
          env,
          stderr: 'ignore',
        });
    const client = new Client(
      { name: 'e2e', version: '1' },
      { versionNegotiation: { mode: { pin: '2026-07-28' } } },
    );
    await client.connect(transport);
    const call = `${telephony}/sessions/${telephonySessionId}`;
    const there = [`${telephony}/sessions`, `${telephony}/feed`, call, `${call}/parties/${partyId}`];
    const absent = [
      'file:///etc/passwd',
      `${telephony}/sessions/s-nobody`,
      `${telephony}/sessions/s-nobody/parties/p-nobody-1`,
      `${call}/parties/p-nobody-1`,
    ];
    const listen = async (resourceSubscriptions: string[]) => {
      const listening = await client.listen({ resourceSubscriptions, resourcesListChanged: true });
      await listening.close();
      return listening.honoredFilter;
    };
    expect(await listen([...absent, ...there])).toEqual({
      resourceSubscriptions: there,
      resourcesListChanged: true,
    });
    expect(await listen(absent)).toEqual({ resourcesListChanged: true });
    // What cannot be looked up now may be there.
    await control.fault({ kind: 'http', pathPattern: '/telephony/sessions/', status: 503 });
    const unknown = `${telephony}/sessions/s-unknown`;
    expect(await listen([unknown])).toMatchObject({ resourceSubscriptions: [unknown] });
    await client.close();
    await server?.stop();
    await sandbox.stop();
  },
  60_000,
);
