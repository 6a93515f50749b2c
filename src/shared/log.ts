import type { Writable } from 'node:stream';
import type { Logger } from 'pino';
import { pino } from 'pino';
import { boundLine } from './log-line.ts';
import { LogSink, type PromisedLine } from './log-sink.ts';
import { requestId } from './request-id.ts';

export type { Logger };

/** Levels of `--log-level`, quietest first. */
export const logLevels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogOptions {
  level: LogLevel;
  /** Phone numbers stand in full; masked otherwise, at every level. */
  fullNumbers?: boolean;
}

const secrets = ['access_token', 'refresh_token', 'jwt', 'clientSecret', 'authorization'];

let sink: LogSink | undefined;

/**
 * Logs to stderr, because stdout belongs to the protocol: JSON lines, pretty on a terminal.
 * Tokens and secrets are censored by member name, whatever object they are logged in.
 */
export async function createLogger({ level, fullNumbers = false }: LogOptions): Promise<Logger> {
  sink = new LogSink(process.stderr.isTTY ? await prettyStream() : process.stderr, { fullNumbers });
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
    sink,
  );
}

/** Writes a promised line, whatever the level, unless it is `silent`. */
export function announce(
  log: Logger,
  line: PromisedLine,
  members: object,
  options: { redact?: [] } = {},
): void {
  if (log.level !== 'silent') log.child({}, { level: 'info', ...options }).info(members, line);
}

/** What was logged before the process ends goes out, for as long as `ms` at most. */
export const flushLog = async (ms: number): Promise<void> => sink?.flushed(ms);

async function prettyStream(): Promise<Writable> {
  const { default: pretty } = await import('pino-pretty');
  return pretty({ destination: process.stderr, ignore: 'pid,hostname' });
}
