import { accountsOf, version } from '../app.ts';
import { type ConfiguredLogin, parseLogins } from '../config/logins.ts';
import { readLoginsFile } from '../config/logins-file.ts';
import { type Environment, variable } from '../config/settings.ts';
import {
  type Credentials,
  readCredentials,
  readSettings,
  type ServeFlags,
  usesSandbox,
  usesSignIn,
} from '../config.ts';
import { type Check, diagnose } from '../ringcentral/diagnose.ts';
import { createRingCentral } from '../ringcentral/ringcentral.ts';
import { systemClock } from '../shared/clock.ts';
import { createLogger } from '../shared/log.ts';
import { checkConfiguration, failedCheck, hasLogins } from './configuration-checks.ts';

/**
 * Checks what `serve` would use with the same flags and variables, and prints what is right and what to fix. With
 * `--sandbox` it starts one of its own. Gives the exit code: 0 when an agent could handle calls, else 1.
 */
export async function doctor(flags: ServeFlags, env: Environment): Promise<number> {
  const configuration = await checkConfiguration(flags, env);
  print(configuration);
  const found = usesSignIn(flags, env)
    ? await diagnoseSignIn(flags, env, configuration)
    : await diagnoseLogins(flags, env, configuration);
  return [...configuration, ...found].every(({ ok }) => ok) ? 0 : 1;
}

async function diagnoseLogins(
  flags: ServeFlags,
  env: Environment,
  configuration: readonly Check[],
): Promise<Check[]> {
  if (!hasLogins(configuration)) return [];
  const sandboxed = usesSandbox(flags, env);
  return variable(env, 'RC_MCP_LOGINS_FILE') !== undefined && !sandboxed
    ? diagnoseEach(parseLogins(readLoginsFile(env)))
    : diagnoseOne(sandboxed, env);
}

/** Checks what people sign in with, where the settings are in order. */
async function diagnoseSignIn(
  flags: ServeFlags,
  env: Environment,
  [settings]: readonly Check[],
): Promise<Check[]> {
  if (!settings?.ok) return [];
  const config = readSettings(flags, env);
  const { checkSignIn } = await import('./sign-in-checks.ts');
  const sandbox = config.sandbox ? await (await import('ringcentral-sandbox')).startSandbox() : undefined;
  try {
    const checks = await checkSignIn({
      ...{ config, env },
      ...(sandbox && { sandbox: { app: sandbox, accounts: await accountsOf(sandbox.controlUrl) } }),
    });
    print(checks);
    return checks;
  } catch (error) {
    const failed = [failedCheck('sign-in', error)];
    print(failed);
    return failed;
  } finally {
    await sandbox?.close();
  }
}

/** Checks the login of each person, under their name. */
async function diagnoseEach(logins: readonly ConfiguredLogin[]): Promise<Check[]> {
  const all: Check[] = [];
  for (const { name, credentials } of logins) {
    const checks = await diagnoseLogin(credentials);
    all.push(...checks.map((check) => ({ ...check, name: `${name}, ${check.name}` })));
    print(all.slice(-checks.length));
  }
  return all;
}

/** Checks the one login of the environment, or of a sandbox that is started for it. */
async function diagnoseOne(sandboxed: boolean, env: Environment): Promise<Check[]> {
  const sandbox = sandboxed ? await (await import('ringcentral-sandbox')).startSandbox() : undefined;
  try {
    const checks = await diagnoseLogin(sandbox ?? readCredentials(env), variable(env, 'RC_MCP_PHONE'));
    print(checks);
    return checks;
  } finally {
    await sandbox?.close();
  }
}

async function diagnoseLogin(credentials: Credentials, phone?: string): Promise<Check[]> {
  const ringcentral = createRingCentral({
    ...{ credentials, scope: 'extension', clock: systemClock, appVersion: version },
    log: await createLogger({ level: 'error' }),
  });
  try {
    return await diagnose(ringcentral, systemClock, phone);
  } finally {
    await ringcentral.close();
  }
}

const print = (checks: readonly Check[]) => process.stdout.write(`${checks.map(line).join('\n')}\n`);

const line = ({ name, ok, detail, fix }: Check) =>
  `${ok ? 'ok  ' : 'FAIL'}  ${name}: ${detail}${fix ? `\n      ${ok ? 'advice' : 'fix'}: ${fix}` : ''}`;
