// From the sandbox's event to the client's `resources/updated`, and what reads cost. Two real processes; needs dist/.
// Run: npx tsx bench/live.ts [changes, default 500]
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Control } from '../test/e2e/support/control.ts';
import { Stage } from '../test/e2e/support/operations.ts';
import { binary, environmentOf, startSandboxProcess } from '../test/e2e/support/process.ts';

const changes = Number(process.argv[2] ?? 500);
const reads = 1_000;

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
const times: number[] = [];
for (let change = 0; change < changes; change += 1) {
  const updated = new Promise<void>((resolve) => {
    told = resolve;
  });
  const begun = performance.now();
  await control.act(leg.telephonySessionId, leg.partyId, change % 2 === 0 ? 'hold' : 'unhold');
  await updated;
  times.push(performance.now() - begun);
}
times.sort((one, other) => one - other);
const percentile = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(1);
console.log(
  `from the act at the phone to resources/updated, ${changes} changes: p50 ${percentile(0.5)} ms, p99 ${percentile(0.99)} ms`,
);

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
const perSecond = Math.round((reads * 1000) / (performance.now() - begun));
const { requests } = await control.requests(next);
console.log(`${reads} reads on a live feed: ${perSecond}/s, API calls spent: ${requests.length}`);
await client.close();
await sandbox.stop();
