import { Command, CommanderError, Option } from 'commander';
import { defineSandboxCommand, UsageError } from 'ringcentral-sandbox/command-line';
import { readRedis } from './config/redis.ts';
import { valuedSwitch } from './config/valued-switch.ts';
import { auditDays, auditKey, ConfigError, readConfig, type ServeFlags } from './config.ts';
import { isOverHttp } from './launch/over-http.ts';
import { Failure } from './shared/failure.ts';

/** Exit codes: 0 done, 1 the check failed or the server died, 2 wrong arguments or missing configuration. */
const usage = 2;

const collect = (value: string, list: string[] = []) => [...list, value];

const program = new Command('ringcentral-call-control-mcp')
  .description('MCP server that lets AI agents see and control live RingCentral phone calls, safely.')
  .version(process.env.PACKAGE_VERSION ?? 'development')
  .exitOverride()
  .showHelpAfterError('(--help shows what there is)')
  .configureHelp({ showGlobalOptions: true })
  .hook('preSubcommand', (_, command) => {
    const valued = valuedSwitch(program.args, command.options);
    if (valued !== undefined) {
      program.error(
        `error: ${valued} is on where it stands, and takes no value: write it alone, or leave it out.`,
      );
    }
    // Without this, an unknown command would count as an argument of the default one.
    const [word = ''] = program.args;
    const names = program.commands.map((command) => command.name());
    if (word === '' || word.startsWith('-') || names.includes(word)) return;
    program.error(`error: unknown command '${word}'; there are ${names.join(', ')}.`);
  });

/** Adds the flags of `serve`; `doctor` takes the same, and checks what they name. */
const withServeFlags = (command: Command): Command =>
  command
    .option('--sandbox', 'use the embedded, simulated RingCentral; no account needed')
    .option('--http [host:port]', 'serve over HTTP (default 127.0.0.1:8800; port 0 = any)')
    .option('--public-url <url>', 'public URL of this server')
    .option(
      '--sign-in',
      'everybody signs in with their own RingCentral account (needs --http and --public-url)',
    )
    .option(
      '--state <dir>',
      'where sign-ins are kept, sealed (key in RC_MCP_TEAM_KEY); without it, in memory',
    )
    .option('--scope <scope>', 'extension: your own calls; account: everybody’s')
    .option('--events <way>', 'websocket, or webhook (needs --http and --public-url)')
    .option('--read-only', 'offer no tool that acts')
    .option('--policy <policy>', 'cautious, standard, trusted, or a policy file')
    .addOption(
      new Option(
        '--allow-unconfirmed <tool>',
        'let this tool act where the policy would ask (repeatable)',
      ).argParser(collect),
    )
    .option(
      '--approvals [host:port]',
      'the operator’s page answers the guard’s questions instead of the host',
    )
    .option('--approvals-url <url>', 'public URL of the approvals page, behind a proxy with TLS')
    .option(
      '--audit-log <file>',
      'write a sealed log of all that acted (key in RC_MCP_AUDIT_KEY); {replica} in it is this server’s name',
    )
    .option(
      '--redis <url>',
      'the Redis that several replicas share (key in RC_MCP_TEAM_KEY); without it, one process',
    )
    .option(
      '--log-level <level>',
      'silent, fatal, error, warn, info, debug, trace (default: warn on stdio, info over HTTP)',
    );

withServeFlags(program.command('serve', { isDefault: true }))
  .description('the MCP server (default): stdio, or HTTP with --http')
  .action(async (flags: ServeFlags) => {
    const config = readConfig(flags, process.env);
    const { serve } = await import('./commands/serve.ts');
    await serve(config);
  });

defineSandboxCommand(program.command('sandbox'));

withServeFlags(program.command('doctor'))
  .description(
    'checks policy, keys, audit log, approvals page, login, permissions, devices and the event feed of serve with ' +
      'the same flags, and says what to fix',
  )
  .action(async (flags: ServeFlags) => {
    const { doctor } = await import('./commands/doctor.ts');
    process.exitCode = await doctor(flags, process.env);
  });

program
  .command('demo')
  .description('a scripted agent handles calls on the sandbox, visible in the terminal')
  .action(async () => {
    const { demo } = await import('./commands/demo.ts');
    await demo();
  });

program
  .command('key [name]')
  .description('make a key for a client over HTTP, or the team key of a server on which people sign in')
  .option(
    '--scopes <list>',
    'what the client can do: calls:read, calls:control (with recording and listening in), calls:destructive (hang up, ' +
      'drop people, reply to callers); team:admin for who runs a server on which people sign in',
    'calls:read,calls:control',
  )
  .option('--team', 'the team key: it signs and seals what belongs to sign-ins')
  .action(async (name: string | undefined, { scopes, team }: { scopes: string; team?: boolean }) => {
    const { key, teamKey } = await import('./commands/key.ts');
    if (team) teamKey();
    else if (name !== undefined) key(name, scopes);
    else throw new ConfigError('key needs the name of the client; key --team makes a team key.');
  });

program
  .command('passcode')
  .description('make a passcode for the operator’s page (--approvals)')
  .action(async () => {
    const { passcode } = await import('./commands/passcode.ts');
    await passcode();
  });

program
  .command('audit')
  .description('work with audit logs')
  .command('verify <files...>')
  .description(
    'check that nothing in the logs was changed, removed or reordered, segments beside them included (key in ' +
      'RC_MCP_AUDIT_KEY); several replicas: name the files of all of them',
  )
  .option('--expect <head>', 'the head that the server logged at exit: finds a cut tail or a full rewrite')
  .option(
    '--redis <url>',
    'the Redis of the replicas (RC_MCP_REDIS_URL): finds that, and logs that are missing or of nobody',
  )
  .action(async (files: string[], { expect, redis }: { expect?: string; redis?: string }) => {
    const key = auditKey(process.env);
    const days = auditDays(process.env);
    const address = readRedis(redis, process.env);
    const { auditVerify } = await import('./commands/audit-verify.ts');
    process.exitCode = await auditVerify(files, {
      key,
      ...(expect !== undefined && { expect }),
      ...(days !== undefined && { days }),
      ...(address && { redis: address }),
    });
  });

// Whoever reads what a command prints may have had enough (`doctor | head -2`): it goes on to its end, so that its exit
// code is true. A server over stdio ends (transports/stdio/start-stdio.ts).
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

program.parseAsync().catch(async (error) => {
  const { message, said, code } = explain(error);
  if (message && !said) process.stderr.write(`${message}\n`);
  if (message && code !== 0 && isAwaitedByHost()) {
    const { refuseHost } = await import('./transports/stdio/refuse-host.ts');
    await refuseHost(message);
  }
  // Handles that were opened before the error must not keep the process alive.
  process.exit(code);
});

/** Whether an MCP host may be at the other end of stdin: no terminal, no HTTP, and no other command than `serve`. */
function isAwaitedByHost(): boolean {
  const words = process.argv.slice(2);
  const others = program.commands.map((command) => command.name()).filter((name) => name !== 'serve');
  return (
    !process.stdin.isTTY && !isOverHttp(words, process.env) && !words.some((word) => others.includes(word))
  );
}

/** The message and exit code of an error. `said`: commander has printed it already. */
function explain(error: unknown): { message: string; said?: true; code: number } {
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, '');
    return { message, said: true, code: error.exitCode === 0 ? 0 : usage };
  }
  if (error instanceof ConfigError || error instanceof UsageError || error instanceof Failure)
    return { message: error.message, code: usage };
  // A defect: a person at a terminal can use its message, not its stack.
  return { message: `Unexpected: ${error instanceof Error ? error.message : String(error)}`, code: 1 };
}
