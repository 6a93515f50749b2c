import type { RateLimitSetting } from './api/rate-limits.ts';
import { type SandboxOptions, startSandbox } from './sandbox.ts';

/** Flags of the `sandbox` command (INTERFACES, Sandbox). Times are milliseconds. */
export interface SandboxFlags {
  port?: number;
  seed?: number;
  chaos?: number;
  manualClock?: boolean;
  rateLimits?: string;
  recoveryTimeout?: number;
  idleTimeout?: number;
}

/** Prints address and credentials as one JSON line on stdout, then runs until SIGTERM or SIGINT. */
export async function runSandboxCommand(flags: SandboxFlags): Promise<void> {
  const { close, ...credentials } = await startSandbox(optionsOf(flags));
  process.stdout.write(`${JSON.stringify(credentials)}\n`);
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
  await close();
}

function optionsOf(flags: SandboxFlags): SandboxOptions {
  const { rateLimits, recoveryTimeout, idleTimeout, port, seed, chaos, manualClock } = flags;
  return {
    ...(port === undefined ? {} : { port }),
    ...(seed === undefined ? {} : { seed }),
    ...(chaos === undefined ? {} : { chaos }),
    ...(manualClock === undefined ? {} : { manualClock }),
    ...(rateLimits === undefined ? {} : { rateLimits: parseRateLimits(rateLimits) }),
    times: {
      ...(recoveryTimeout === undefined ? {} : { recoveryTimeoutMs: recoveryTimeout }),
      ...(idleTimeout === undefined ? {} : { idleTimeoutMs: idleTimeout }),
    },
  };
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
