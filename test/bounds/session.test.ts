import { expect, onTestFinished, test } from 'vitest';
import { openSession } from '../../bench/support/http-load.ts';
import { ProbedServer } from '../../bench/support/probed-server.ts';
import { environmentOf, startSandboxProcess } from '../e2e/support/process.ts';

/** kB of heap of an idle session of 2025 with a subscription and an open stream: what Node 20 shows, and a sixth more. */
const most = 216;

/** What there is once per process is there after so many. */
const warmUps = 20;
const count = 100;

test('an idle session over HTTP takes no more memory than it did', async () => {
  const sandbox = await startSandboxProcess();
  onTestFinished(async () => void (await sandbox.stop()));
  const server = await ProbedServer.start(environmentOf(sandbox.address));
  onTestFinished(async () => void (await server.stop()));
  const open = async (sessions: number) => {
    for (let opened = 0; opened < sessions; opened += 1)
      await openSession(server.url, 'ringcentral://telephony/sessions', () => undefined);
  };
  await open(warmUps);
  const before = await server.held();
  await open(count);
  const after = await server.held();
  const perSession = ((after.heapMB - before.heapMB) * 1_000) / count;
  expect(perSession).toBeLessThanOrEqual(most);
});
