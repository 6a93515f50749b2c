import type { Command } from 'commander';

/** A wrong flag, or a port that cannot be had. The message names the flag, for the person at the command line. */
export class UsageError extends Error {}

/**
 * Gives `command` the description, flags and action of the sandbox, and returns it. The sandbox's code is loaded when
 * the action runs. Parsing then throws UsageError for a wrong value of a flag and for a port that cannot be had.
 */
export function defineSandboxCommand(command: Command): Command {
  return command
    .description('the simulated RingCentral alone; prints its address and credentials as one JSON line')
    .option('--port <n>', 'port on loopback (default: any)', number('--port', { most: 65_535 }))
    .option('--seed <n>', 'same seed and same commands give the same events', number('--seed'))
    .option('--scenario <name>', 'quiet, front-desk, team or call-center')
    .option('--calls <n>', 'live calls of call-center', number('--calls'))
    .option('--rate <n>', 'events a second of call-center', number('--rate', { whole: false }))
    .option(
      '--chaos <rate>',
      'share of requests and events that go wrong, 0 to 1',
      number('--chaos', { whole: false, most: 1 }),
    )
    .option('--manual-clock', 'time moves only by POST /clock')
    .option('--rate-limits <limits>', 'platform, off, or light=N,medium=N,heavy=N,auth=N')
    .option('--credentials <file>', 'kept there, so that they are good again after a restart')
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

/** A parser for the values of `flag`: numbers from 0 to `most`, whole ones unless `whole` is false. */
function number(flag: string, { whole = true, most = Number.MAX_SAFE_INTEGER } = {}) {
  return (text: string): number => {
    const value = Number(text);
    const fits = /^\d+(\.\d+)?$/.test(text.trim()) && value <= most && (Number.isInteger(value) || !whole);
    if (fits) return value;
    const bounds = most < Number.MAX_SAFE_INTEGER ? ` from 0 to ${most}` : '';
    throw new UsageError(`${flag} is "${text}"; it must be a ${whole ? 'whole ' : ''}number${bounds}.`);
  };
}
