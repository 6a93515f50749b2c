import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Control } from '../test/e2e/support/control.ts';
import { Stage } from '../test/e2e/support/operations.ts';
import { binary, environmentOf, startSandboxProcess } from '../test/e2e/support/process.ts';

import type { Subject } from './harness/subject.ts';
import { tabulate } from './harness/table.ts';

export const subject: Subject = {
  about:
    'From what somebody does at a phone to the client being told (`resources/updated`), and reads of a call on a live feed. ' +
    'Sandbox and server are two processes.',
  async run({ quick }) {
    const reads = quick ? 200 : 1_000;
    const changes = quick ? 50 : 500;
    const sandbox = await startSandboxProcess('--rate-limits', 'off');
    const control = new Control(sandbox.address.controlUrl);
    const client = new Client({ name: 'bench', version: '1' }, { versionNegotiation: { mode: 'legacy' } });
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [binary, 'serve'],
        env: environmentOf(sandbox.address),
        stderr: 'ignore',
      }),
    );
    await client.listResources();
    const leg = await new Stage(control).talking();
    const uri = `ringcentral://telephony/sessions/${leg.telephonySessionId}/parties/${leg.partyId}`;
    await client.subscribeResource({ uri });

    let told: () => void = () => {};
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
      if (params.uri === uri) told();
    });
    const times: { ms: number }[] = [];
    for (let change = 0; change < changes; change += 1) {
      const updated = new Promise<void>((resolve) => {
        told = resolve;
      });
      const begun = performance.now();
      await control.act(leg.telephonySessionId, leg.partyId, change % 2 === 0 ? 'hold' : 'unhold');
      await updated;
      times.push({ ms: performance.now() - begun });
    }
    // At extension scope no event tells how the other party is: the call is read once more after the last one.
    const session = `ringcentral://telephony/sessions/${leg.telephonySessionId}`;
    for (let stale = true; stale; ) {
      const { contents } = await client.readResource({ uri: session });
      stale = contents.some((content) => 'text' in content && JSON.parse(content.text).stale);
    }
    const { next } = await control.requests();
    const begun = performance.now();
    for (let read = 0; read < reads; read += 1) {
      if (read % 2 === 0) await client.readResource({ uri });
      else
        await client.callTool({
          name: 'read_call_session_status',
          arguments: { telephonySessionId: leg.telephonySessionId },
        });
    }
    const perSecond = (reads * 1000) / (performance.now() - begun);
    const { requests } = await control.requests(next);
    await client.close();
    await sandbox.stop();
    return [
      tabulate('Changes', new Map([['from the act to resources/updated', times]])),
      tabulate(
        'Reads',
        new Map([
          [
            'a call',
            [{ 'reads/s': perSecond, 'requests per 1,000 reads': (requests.length * 1000) / reads }],
          ],
        ]),
      ),
    ];
  },
};
