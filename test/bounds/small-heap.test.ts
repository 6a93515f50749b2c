import { expect, it } from 'vitest';
import { environmentOf, run, startSandboxProcess } from '../e2e/support/process.ts';
import { Wire } from '../e2e/support/wire.ts';

/** V8 has half of it in use at a time. */
const mostMiB = 8;

/** MiB that V8 has for what is new in a server on stdio that was started with these options of Node and then worked. */
async function youngAfterWork(options = ''): Promise<number> {
  const { address, stop } = await startSandboxProcess();
  const running = run(['serve'], {
    ...environmentOf(address),
    NODE_OPTIONS: `--require=./test/e2e/support/tell-heap.cjs ${options}`,
  });
  const wire = new Wire(running);
  await wire.initialize();
  for (let id = 1; id <= 1_000; id += 1) {
    const call = { name: 'list_active_calls', arguments: {} };
    const { result } = await wire.ask({ jsonrpc: '2.0', id, method: 'tools/call', params: call });
    expect(result?.isError).not.toBe(true);
  }
  expect(await running.stop()).toBe(0);
  await stop();
  return Number(running.stderr().trim().split('\n').at(-1));
}

it('a server on stdio that has worked keeps little memory for what is new', async () => {
  expect(await youngAfterWork()).toBeLessThanOrEqual(mostMiB);
});

it('whoever starts it can give it more', async () => {
  expect(await youngAfterWork('--max-semi-space-size=16')).toBeGreaterThan(mostMiB);
});
