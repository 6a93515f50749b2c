import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { createApp, type RunningApp } from '../app.ts';
import type { Config, HttpConfig } from '../config.ts';
import { EventBus } from '../resources/event-bus.ts';
import { watchable } from '../resources/listening.ts';
import { createServer } from '../server.ts';
import { announce, createLogger, flushLog, type Logger } from '../shared/log.ts';
import { readinessOf } from '../transports/http/health.ts';
import { local } from '../transports/identity/principal.ts';

/** So long a reader of the log may take for what is left of it. */
const flushMs = 500;
/** Within ten seconds, or whoever sent the signal kills the process. */
const longestEndMs = 9_800;

interface Transport {
  close(): Promise<void>;
}

/** SIGHUP: the terminal was closed. */
const endings = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Runs the MCP server until its host goes away or a signal ends it; then ends in order, exit code 0. */
export async function serve(config: Config): Promise<void> {
  const log = await createLogger({ level: config.logLevel, fullNumbers: config.fullNumbers });
  if (config.http) await checkIdentity(config.http);
  const app = await createApp(config, log);
  let end: (reason: string) => void = () => {};
  const ended = new Promise<string>((resolve) => {
    end = resolve;
  });
  for (const signal of endings) process.once(signal, end);
  const terminals = [0, 1, 2].filter(isatty);
  process.once('exit', () => leaveTerminals(terminals));

  const transport = await open(config, app, log, () => end('stdin closed')).catch(async (error) => {
    await app.close();
    throw error;
  });
  log.info({ reason: await ended }, 'shutting down');
  // The clock's timers, which the end waits for, do not keep the process alive; and whatever hangs must not either.
  setTimeout(() => process.exit(0), longestEndMs);
  // Nobody waits for a person any more; what acts is waited for.
  app.stopAsking();
  await transport.close();
  await app.close();
  log.info('ended');
  await flushLog(flushMs);
  // Whatever a library left open must not keep a finished server alive.
  process.exit(0);
}

/** A mistake in keys or issuer is said before anything is opened. */
async function checkIdentity(http: HttpConfig): Promise<void> {
  const { createIdentity } = await import('../transports/identity/identity.ts');
  createIdentity(http, () => '');
}

/** Node aborts at exit where it cannot restore a terminal that is gone; what is closed it leaves alone. */
function leaveTerminals(descriptors: readonly number[]): void {
  for (const descriptor of descriptors) if (!isatty(descriptor)) closeSync(descriptor);
}

async function open(config: Config, app: RunningApp, log: Logger, onEnd: () => void): Promise<Transport> {
  // Whatever lasts longer than a request is opened once, for the one login that there is.
  const line = app.switchboard.lineOf(local.name);
  const factory = (connection: Parameters<typeof createServer>[1]) => createServer(app, connection);
  if (!config.http) {
    const { startStdio } = await import('../transports/stdio/start-stdio.ts');
    return startStdio(factory, log, onEnd, (params) => watchable(line, params));
  }
  const { startHttp } = await import('../transports/http/start-http.ts');
  const { webhookRoute } = await import('../transports/http/webhook-route.ts');
  const server = await startHttp({
    config: config.http,
    createServer: factory,
    bus: new EventBus(line),
    watchable: (params) => watchable(line, params),
    log,
    readiness: () => readinessOf({ ...line.sync.status(), failure: line.sync.failure?.message }),
    ...(app.metrics && { metrics: app.metrics }),
    ...(app.webhook && { routes: webhookRoute(app.webhook) }),
  });
  announce(log, 'listening', { url: server.url, environment: app.environment });
  return server;
}
