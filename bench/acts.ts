import { type Agent, connect } from '../test/e2e/support/agents.ts';
import { Control } from '../test/e2e/support/control.ts';
import { type Leg, Stage, succeeded } from '../test/e2e/support/operations.ts';
import { binary, environmentOf, startSandboxProcess } from '../test/e2e/support/process.ts';

import { compare } from './harness/compare.ts';
import type { Subject } from './harness/subject.ts';
import type { Sample, Table } from './harness/table.ts';

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

/** Each on a server of its own, which has its first sync and whose own events have settled. */
async function measure(build: string, { lay, run }: Flow): Promise<Sample> {
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
    const reads = requests.filter(({ method }) => method === 'GET');
    return { requests: requests.length, 'of them reads': reads.length, 'until the answer, ms': ms };
  } finally {
    await agent.close();
    await sandbox.stop();
  }
}

export const subject: Subject = {
  about:
    'What acts cost: requests to the platform, and the time from the tool call to its answer where a person answers at ' +
    'once. Behind `--`: another dist/cli.js, which takes turns with this one.',
  async run({ quick, args: [other] }) {
    const builds = { 'this build': binary, ...(other !== undefined && { 'the other build': other }) };
    const tables: Table[] = [];
    for (const [title, flow] of Object.entries(flows)) {
      const contenders = Object.fromEntries(
        Object.entries(builds).map(([name, build]) => [name, () => measure(build, flow)]),
      );
      tables.push(await compare({ title, rounds: quick ? 1 : 7, warmUps: 0, contenders }));
    }
    return tables;
  },
};
