// What acts cost: requests to RingCentral and milliseconds from the tool call to its answer, the person's answer at
// once. Two real processes; needs dist/. A second build beside it is measured in the same run, in turn.
// Run: npx tsx bench/acts.ts [rounds, default 15] [another dist/cli.js]
import { type Agent, connect } from '../test/e2e/support/agents.ts';
import { Control } from '../test/e2e/support/control.ts';
import { type Leg, Stage, succeeded } from '../test/e2e/support/operations.ts';
import { binary, environmentOf, startSandboxProcess } from '../test/e2e/support/process.ts';

const rounds = Number(process.argv[2] ?? 15);
const builds = [binary, ...process.argv.slice(3)];

interface Measured {
  requests: string[];
  ms: number;
}
interface Flow {
  lay(stage: Stage): Promise<Leg>;
  run(agent: Agent, leg: Leg, control: Control): Promise<unknown>;
}

const call = async (agent: Agent, name: string, args: object) => succeeded(await agent.call(name, args));

/** 102 is asked while the caller is held, answers at once, and is given the call. */
async function warmTransfer(agent: Agent, { telephonySessionId }: Leg, control: Control): Promise<void> {
  await call(agent, 'hold_call_party', { telephonySessionId });
  const placed = await call(agent, 'create_call_out_call_session', {
    fromDeviceId: await control.deviceId('101'),
    toExtensionNumber: '102',
  });
  const consultation: string = placed.structuredContent?.call.id;
  const colleague = await control.extensionId('102');
  const ringing = await control.party(
    consultation,
    (party) => String(party.extensionId) === colleague && party.status.code === 'Proceeding',
  );
  await control.act(consultation, ringing.id, 'answer', { deviceId: await control.deviceId('102') });
  await call(agent, 'bridge_call_party', {
    telephonySessionId,
    targetTelephonySessionId: consultation,
  });
}

const flows: Record<string, Flow> = {
  'an allowed hold': {
    lay: (stage) => stage.talking(),
    run: (agent, { telephonySessionId }) => call(agent, 'hold_call_party', { telephonySessionId }),
  },
  'an asked hang-up': {
    lay: (stage) => stage.talking(),
    run: (agent, { telephonySessionId }) => call(agent, 'delete_call_session', { telephonySessionId }),
  },
  'a warm transfer': { lay: (stage) => stage.talking(), run: warmTransfer },
};

/** Each flow on a server of its own, whose picture is there and whose own events have settled. */
async function measure(build: string, { lay, run }: Flow): Promise<Measured> {
  const sandbox = await startSandboxProcess('--rate-limits', 'off');
  const control = new Control(sandbox.address.controlUrl);
  const stage = new Stage(control);
  const reach = { stdio: { args: ['serve'], env: environmentOf(sandbox.address), binary: build } };
  const agent = await connect('v2 client, 2026-07-28', reach);
  try {
    const leg = await lay(stage);
    await call(agent, 'read_call_session_status', { telephonySessionId: leg.telephonySessionId });
    await call(agent, 'find_extensions', { search: '102' });
    const { next } = await control.requests();
    const begun = performance.now();
    await run(agent, leg, control);
    const ms = performance.now() - begun;
    const { requests } = await control.requests(next);
    return { ms, requests: requests.map(({ method, path }) => `${method} ${path}`) };
  } finally {
    await agent.close();
    await sandbox.stop();
  }
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

for (const [name, flow] of Object.entries(flows)) {
  const results = new Map<string, Measured[]>(builds.map((build) => [build, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const build of builds) results.get(build)?.push(await measure(build, flow));
  }
  for (const [build, all] of results) {
    const requests = median(all.map((one) => one.requests.length));
    const reads = median(all.map((one) => one.requests.filter((line) => line.startsWith('GET')).length));
    const ms = median(all.map((one) => one.ms));
    const label = builds.length > 1 ? ` (${build})` : '';
    console.log(`${name}${label}: ${requests} requests, ${reads} of them reads, ${ms.toFixed(1)} ms`);
  }
}
