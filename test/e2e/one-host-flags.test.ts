import { describe, expect, it } from 'vitest';
import { callsUnaskedEnvironment, run } from './support/process.ts';
import { Wire } from './support/wire.ts';

/** The flags of V8 that a command has set for itself, once it does what it is for. */
async function flagsOf(
  args: string[],
  isUp: (running: ReturnType<typeof run>) => Promise<unknown>,
  env: Record<string, string> = {},
) {
  const running = run(args, {
    ...callsUnaskedEnvironment(),
    ...env,
    NODE_OPTIONS: `--require=./test/e2e/support/tell-flags.cjs ${env.NODE_OPTIONS ?? ''}`,
  });
  await isUp(running);
  expect(await running.stop()).toBe(0);
  return (await running.logged('flags of V8')).flags;
}

const answersHost = (running: ReturnType<typeof run>) => new Wire(running).initialize();
const listens = (running: ReturnType<typeof run>) => running.logged('listening');
const printsAddress = async ({ child }: ReturnType<typeof run>) => {
  for await (const _ of child.stdout ?? []) return;
};

describe('flags of V8', () => {
  it('keep a server on stdio small: its heap grows slowly, its code stays, and little is inlined', async () => {
    expect(await flagsOf(['serve'], answersHost)).toEqual([
      '--semi-space-growth-factor=1',
      '--heap-growing-percent=20',
      '--no-flush-bytecode',
      '--max-inlined-bytecode-size=100',
      '--max-inlined-bytecode-size-cumulative=100',
    ]);
  });

  it.each<[string, string[], (running: ReturnType<typeof run>) => Promise<unknown>, Record<string, string>]>([
    ['a server over HTTP', ['serve', '--http', '127.0.0.1:0'], listens, {}],
    ['one by its variable', ['serve'], listens, { RC_MCP_HTTP: '127.0.0.1:0', RC_MCP_LOG_LEVEL: 'info' }],
    ['one over HTTP by its flag alone', ['--sandbox', '--http=:0'], listens, {}],
    ['the sandbox', ['sandbox'], printsAddress, {}],
    ['a server that was given flags', ['serve'], answersHost, { NODE_OPTIONS: '--max-semi-space-size=8' }],
  ])('stay V8’s own for %s', async (_, args, isUp, env) => {
    expect(await flagsOf(args, isUp, env)).toEqual([]);
  });

  it('are those of stdio where HTTP is turned off', async () => {
    expect(await flagsOf(['serve'], answersHost, { RC_MCP_HTTP: 'false' })).not.toEqual([]);
  });
});
