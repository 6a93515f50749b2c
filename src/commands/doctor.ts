import { version } from '../app.ts';
import { type Environment, variable } from '../config/settings.ts';
import { readCredentials, type ServeFlags, usesSandbox } from '../config.ts';
import { type Check, diagnose } from '../ringcentral/diagnose.ts';
import { createRingCentral } from '../ringcentral/ringcentral.ts';
import { systemClock } from '../shared/clock.ts';
import { createLogger } from '../shared/log.ts';
import { checkConfiguration } from './configuration-checks.ts';

/**
 * Checks what `serve` would use with the same flags and variables, and prints what is right and what to fix. With
 * `--sandbox` it starts one of its own. Gives the exit code: 0 when an agent could handle calls, else 1.
 *
 * @throws ConfigError for credentials that are missing or no values, after everything else was printed
 */
export async function doctor(flags: ServeFlags, env: Environment): Promise<number> {
  const sandboxed = usesSandbox(flags, env);
  const configuration = await checkConfiguration(flags, env);
  print(configuration);
  const credentials = sandboxed ? undefined : readCredentials(env);
  const sandbox = credentials ? undefined : await (await import('ringcentral-sandbox')).startSandbox();
  const target = credentials ?? sandbox;
  if (!target) throw new Error('neither credentials nor a sandbox');
  const ringcentral = createRingCentral({
    credentials: target,
    scope: 'extension',
    clock: systemClock,
    log: await createLogger({ level: 'error' }),
    appVersion: version,
  });
  try {
    const checks = await diagnose(ringcentral, systemClock, variable(env, 'RC_MCP_PHONE'));
    print(checks);
    return [...configuration, ...checks].every(({ ok }) => ok) ? 0 : 1;
  } finally {
    await ringcentral.close();
    await sandbox?.close();
  }
}

const print = (checks: readonly Check[]) => process.stdout.write(`${checks.map(line).join('\n')}\n`);

const line = ({ name, ok, detail, fix }: Check) =>
  `${ok ? 'ok  ' : 'FAIL'}  ${name}: ${detail}${fix ? `\n      ${ok ? 'advice' : 'fix'}: ${fix}` : ''}`;
