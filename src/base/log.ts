import type { Logger } from 'pino';
import { destination, pino } from 'pino';
import { boundLine } from './log-line.ts';
import { requestId } from './request-id.ts';

export type { Logger };

/** Levels of `--log-level`, quietest first. */
export const logLevels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof logLevels)[number];

const secrets = ['access_token', 'refresh_token', 'jwt', 'clientSecret', 'authorization'];

/**
 * Logs to stderr, because stdout belongs to the protocol: JSON lines, pretty on a terminal.
 * Tokens and secrets are censored by member name, whatever object they are logged in.
 */
export async function createLogger(level: LogLevel): Promise<Logger> {
  const stream = process.stderr.isTTY
    ? (await import('pino-pretty')).default({ destination: 2, sync: true, ignore: 'pid,hostname' })
    : destination({ dest: 2, sync: true });
  return pino(
    {
      level,
      base: null,
      mixin: () => ({ requestId: requestId() }),
      hooks: { streamWrite: boundLine },
      redact: { paths: secrets.flatMap((name) => [name, `*.${name}`]), censor: '[secret]' },
      formatters: { level: (label) => ({ level: label }) },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
    },
    stream,
  );
}
