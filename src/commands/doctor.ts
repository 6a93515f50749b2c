import { version } from '../app.ts';
import { systemClock } from '../base/clock.ts';
import { createLogger } from '../base/log.ts';
import type { Credentials } from '../config.ts';
import { type Check, diagnose } from '../ringcentral/doctor.ts';
import { createRingCentral } from '../ringcentral/ringcentral.ts';

/**
 * Prints what is right and what to fix; answers the exit code, 0 when an agent could handle calls.
 * Without credentials it looks at a sandbox of its own.
 */
export async function doctor(credentials: Credentials | undefined): Promise<number> {
  const sandbox = credentials ? undefined : await (await import('../sandbox/sandbox.ts')).startSandbox();
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
    const checks = await diagnose(ringcentral, systemClock);
    process.stdout.write(`${checks.map(line).join('\n')}\n`);
    return checks.every(({ ok }) => ok) ? 0 : 1;
  } finally {
    await ringcentral.close();
    await sandbox?.close();
  }
}

const line = ({ name, ok, detail, fix }: Check) =>
  `${ok ? 'ok  ' : 'FAIL'}  ${name}: ${detail}${fix ? `\n      ${ok ? 'advice' : 'fix'}: ${fix}` : ''}`;
