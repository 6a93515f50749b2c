import type { Command } from 'commander';

/** What was asked on the command line cannot be done; the message says what, for the person who asked. */
export class UsageError extends Error {}

/**
 * Makes `command` the one that runs a sandbox: its description, flags and action. The sandbox is loaded when it runs.
 *
 * @throws UsageError while `command` parses a flag with a wrong value, or when its port cannot be had
 */
export function defineSandboxCommand(command: Command): Command {
  return command
    .description('the simulated RingCentral alone; prints its address and credentials as one JSON line')
    .option('--port <n>', 'port on loopback (default: any)', number('--port', { most: 65_535 }))
    .option('--seed <n>', 'same seed and same commands give the same events', number('--seed'))
    .option('--scenario <name>', 'quiet, front-desk or call-center')
    .option('--calls <n>', 'live calls of call-center', number('--calls'))
    .option('--rate <n>', 'events a second of call-center', number('--rate', { whole: false }))
    .option(
      '--chaos <rate>',
      'share of requests and events that go wrong, 0 to 1',
      number('--chaos', { whole: false, most: 1 }),
    )
    .option('--manual-clock', 'time moves only by POST /clock')
    .option('--rate-limits <limits>', 'platform, off, or light=N,medium=N,heavy=N,auth=N')
    .option(
      '--recovery-timeout <ms>',
      'how long a lost WebSocket can be recovered',
      number('--recovery-timeout'),
    )
    .option('--idle-timeout <ms>', 'when a silent WebSocket is closed', number('--idle-timeout'))
    .action(async (flags) => {
      const { runSandboxCommand } = await import('./command.ts');
      await runSandboxCommand(flags).catch((error) => {
        if (error instanceof RangeError) throw new UsageError(error.message);
        if (error.syscall !== 'listen') throw error;
        throw new UsageError(`--port ${flags.port}: cannot listen there (${error.code}).`);
      });
    });
}

/** A reader of the values of `flag`. */
function number(flag: string, { whole = true, most = Number.MAX_SAFE_INTEGER } = {}) {
  return (text: string): number => {
    const value = Number(text);
    const fits = /^\d+(\.\d+)?$/.test(text.trim()) && value <= most && (Number.isInteger(value) || !whole);
    if (fits) return value;
    const bounds = most < Number.MAX_SAFE_INTEGER ? ` from 0 to ${most}` : '';
    throw new UsageError(`${flag} is "${text}"; it must be a ${whole ? 'whole ' : ''}number${bounds}.`);
  };
}
