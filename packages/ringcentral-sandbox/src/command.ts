import { existsSync, fstatSync, readFileSync, writeFileSync } from 'node:fs';
import type { Credentials } from './oauth/credentials.ts';
import type { RateLimitSetting } from './rest/rate-limits.ts';
import { type SandboxOptions, startSandbox } from './sandbox.ts';

/** Flags of the command, as README.md describes them. Times are milliseconds. */
export interface SandboxFlags {
  port?: number;
  seed?: number;
  chaos?: number;
  manualClock?: boolean;
  rateLimits?: string;
  /** A file. */
  credentials?: string;
  recoveryTimeout?: number;
  idleTimeout?: number;
  scenario?: string;
  calls?: number;
  rate?: number;
}

/** Set to 1 by a program that starts a sandbox for itself: the sandbox then ends when that program does. */
const ENDS_WITH_PARENT = 'SANDBOX_ENDS_WITH_PARENT';
/** How often the parent process is looked for. */
const PARENT_CHECKED_MS = 500;

/**
 * Runs a sandbox: prints its addresses and credentials as one line of JSON on stdout, and resolves after SIGTERM or
 * SIGINT, where nobody can read that line, or after the end of the program that started it with an IPC channel or SANDBOX_ENDS_WITH_PARENT=1.
 *
 * @throws RangeError for a flag whose value is not possible; the message names the flag
 */
export async function runSandboxCommand(flags: SandboxFlags): Promise<void> {
  const { close, ...address } = await startSandbox(optionsOf(flags));
  if (flags.credentials !== undefined) keepCredentials(flags.credentials, address);
  const stopped = new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
    process.stdout.once('error', () => resolve());
    whenParentEnds(resolve);
  });
  process.stdout.write(`${JSON.stringify(address)}\n`);
  await stopped;
  await close();
}

/**
 * Calls `ended` when the parent process has ended, also where it was killed. With an IPC channel that is always
 * watched; otherwise only with SANDBOX_ENDS_WITH_PARENT=1, because a sandbox in the background of a shell outlives
 * the shell, and may have a stdin that has ended already.
 */
function whenParentEnds(ended: () => void): void {
  if (process.connected) {
    process.once('disconnect', ended);
    // The channel must not keep a process alive that was asked to stop.
    process.channel?.unref();
  }
  if (process.env[ENDS_WITH_PARENT] !== '1') return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) ended();
  }, PARENT_CHECKED_MS).unref();
  const stdin = fstatSync(0);
  if (!stdin.isFIFO() && !stdin.isSocket()) return;
  process.stdin.once('end', ended).once('error', ended).resume();
  process.stdin.unref();
}

/** Throws RangeError for a flag whose value is not possible. */
function optionsOf(flags: SandboxFlags): SandboxOptions {
  const { rateLimits, recoveryTimeout, idleTimeout, credentials, ...others } = flags;
  return {
    ...others,
    rateLimits: rateLimits === undefined ? undefined : parseRateLimits(rateLimits),
    recoveryTimeoutMs: recoveryTimeout,
    idleTimeoutMs: idleTimeout,
    ...(credentials !== undefined &&
      existsSync(credentials) && { credentials: readCredentials(credentials) }),
  };
}

/** Throws RangeError where the file has none. */
function readCredentials(file: string): Credentials {
  try {
    const { clientId, clientSecret, jwt } = JSON.parse(readFileSync(file, 'utf8'));
    if ([clientId, clientSecret, jwt].every((one) => typeof one === 'string'))
      return { clientId, clientSecret, jwt };
  } catch {
    // Said below.
  }
  throw new RangeError(`--credentials: ${file} has no credentials of a sandbox`);
}

function keepCredentials(file: string, { clientId, clientSecret, jwt }: Credentials): void {
  writeFileSync(file, JSON.stringify({ clientId, clientSecret, jwt }), { mode: 0o600 });
}

/** `platform`, `off`, or `light=N,medium=N,heavy=N,auth=N` with any of them. Throws RangeError. */
export function parseRateLimits(text: string): RateLimitSetting {
  if (text === 'platform' || text === 'off') return text;
  const limits: Exclude<RateLimitSetting, string> = {};
  for (const part of text.split(',')) {
    const [, group, limit] = /^(light|medium|heavy|auth)=(\d+)$/.exec(part) ?? [];
    if (group === undefined) throw new RangeError(`--rate-limits: "${part}" is not platform, off or GROUP=N`);
    limits[group as keyof typeof limits] = Number(limit);
  }
  return limits;
}
