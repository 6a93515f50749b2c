import { expect, it } from 'vitest';
import { environmentOf, run, startSandboxProcess } from '../e2e/support/process.ts';
import { Wire } from '../e2e/support/wire.ts';

it('a server that reads calls does not have Node load its own fetch', async () => {
  const { address, stop } = await startSandboxProcess();
  const running = run(['serve'], {
    ...environmentOf(address),
    NODE_OPTIONS: '--require=./test/e2e/support/tell-fetch.cjs',
  });
  const wire = new Wire(running);
  await wire.initialize();
  const call = { name: 'list_active_calls', arguments: {} };
  const { result } = await wire.ask({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: call });
  expect(result?.isError).not.toBe(true);
  expect(await running.stop()).toBe(0);
  await stop();
  expect(running.stderr().trim().split('\n').at(-1)).toBe('false');
});
