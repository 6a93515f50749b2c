import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { createApp, type RunningApp } from '../app.ts';
import type { Config } from '../config.ts';
import type { Clock } from '../shared/clock.ts';
import { delay, endedWithin } from '../shared/delay.ts';
import { endInOrder } from '../shared/end-in-order.ts';
import { announce, createLogger, flushLog, type Logger } from '../shared/log.ts';
import {
  type Readiness,
  readinessOf as readinessOfLine,
  readinessOfSeveral,
} from '../transports/http/health.ts';
import { local } from '../transports/identity/principal.ts';
import { hasTerminal } from './terminal.ts';

/** How long the end waits for the rest of the log to be written. */
const flushMs = 500;
/** How long the end takes at most: supervisors kill a process ten seconds after the signal (Docker's default). */
const longestEndMs = 9_800;

/** How long, in ms, a replica that ends serves on as before, while its balancer takes it out. */
const noticeMs = 1_000;
/** How long, in ms, it then serves on at least, and at most until its sessions are at others. */
const handOverMs = { least: 1_000, most: 2_000 };
/** How long, in ms, it then waits for requests under way, so that the whole end is in time. */
const replicaDrainMs = 5_000;

interface Transport {
  /** Goes on serving, and says that it ends. Absent over stdio. */
  startEnding?(): void;
  /** Goes on serving, and lets other replicas have its sessions. */
  handOver?(): Promise<void>;
  /** Reads anew what can change without a restart. Never rejects. */
  reload?(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Runs the MCP server until its host has gone or a signal ends it; then ends in order, with exit code 0. SIGHUP ends it
 * where a host or a terminal may have gone; a server over HTTP without a terminal reads keys and logins anew.
 * @throws ConfigError or Failure where it cannot start
 */
export async function serve(given: Config): Promise<void> {
  const log = await createLogger({ level: given.logLevel, fullNumbers: given.fullNumbers });
  await checkHttp(given);
  const signIn = given.logins === 'sign-in' ? await import('./signed-in.ts') : undefined;
  const named = await signIn?.withOwnUrl(given);
  const { config = given } = named ?? {};
  const app = await createApp(config, log).finally(() => named?.release());
  let end: (reason: string) => void = () => {};
  const ended = new Promise<string>((resolve) => {
    end = resolve;
  });
  const reloads = config.http !== undefined && !hasTerminal();
  const endSignals = ['SIGTERM', 'SIGINT', ...(reloads ? [] : ['SIGHUP'])];
  for (const signal of endSignals) process.once(signal, end);
  const terminals = [0, 1, 2].filter(isatty);
  process.once('exit', () => closeGoneTerminals(terminals));

  const opening = open(config, app, signIn, log, () => end('stdin closed')).catch(async (error) => {
    await app.close();
    throw error;
  });
  // A start that fails ends the process; the signal has nothing to add.
  const reload = () => void opening.then((transport) => transport.reload?.()).catch(() => {});
  if (reloads) process.on('SIGHUP', reload);
  const transport = await opening;
  log.info({ reason: await ended }, 'shutting down');
  // A real timer: it keeps the process alive while the clock's timers, which do not, run out, and ends what hangs.
  setTimeout(() => process.exit(0), longestEndMs);
  const { replicas } = app;
  await endInOrder(log, [
    replicas && (() => leave(replicas, app.clock, transport)),
    // First, so that no request waits for a person while the transport waits for requests.
    app.stopAsking,
    transport.close,
    app.close,
  ]);
  log.info('ended');
  await flushLog(flushMs);
  // Handles that a library left open must not keep the process alive.
  process.exit(0);
}

/**
 * Has the other replicas lead, the balancer send requests there, and then the others take the sessions, before this one
 * stops.
 */
async function leave(
  replicas: NonNullable<RunningApp['replicas']>,
  clock: Clock,
  { startEnding, handOver }: Transport,
): Promise<void> {
  startEnding?.();
  await Promise.all([replicas.handOver(), startEnding && delay(clock, noticeMs)]);
  if (!handOver) return;
  await Promise.all([delay(clock, handOverMs.least), endedWithin(clock, handOverMs.most, handOver())]);
}

/** Throws `ConfigError` as `checkIdentity` of transports/identity. */
async function checkHttp({ http, logins }: Config): Promise<void> {
  if (!http) return;
  const { checkIdentity } = await import('../transports/identity/identity.ts');
  checkIdentity(http, logins === 'sign-in');
}

/**
 * Closes terminals that have gone: Node aborts at exit where it cannot restore the mode of one, unless it is closed.
 */
function closeGoneTerminals(descriptors: readonly number[]): void {
  for (const descriptor of descriptors) if (!isatty(descriptor)) closeSync(descriptor);
}

/** Starts the transport that is configured: stdio, or HTTP. */
async function open(
  config: Config,
  app: RunningApp,
  signIn: typeof import('./signed-in.ts') | undefined,
  log: Logger,
  onEnd: () => void,
): Promise<Transport> {
  if (!config.http) return openStdio(app, log, onEnd);
  const { createServer } = await import('../server.ts');
  const { startHttp } = await import('../transports/http/start-http.ts');
  const { webhookRoute } = await import('../transports/http/webhook-route.ts');
  const { listenSources } = await import('./listen-source.ts');
  const server = await startHttp({
    config: config.http,
    createServer: (connection) => createServer(app, connection),
    listenSourceOf: listenSources(app.switchboard),
    log,
    readiness: await readinessOf(app),
    ...(app.metrics && { metrics: app.metrics }),
    ...(app.replicas && { limits: { drainMs: replicaDrainMs } }),
    ...(app.sessions && {
      replicas: { ...app.sessions, ...(config.replicaUrl && { url: config.replicaUrl }) },
    }),
    ...(app.webhook && { routes: webhookRoute(app.webhook) }),
    ...(app.team && signIn?.signInOptions(app.team)),
  });
  if (app.team) signIn?.endWithSignIn(app.team, server);
  announce(log, 'listening', { url: server.url, environment: app.environment });
  return {
    async reload() {
      const { reload } = await import('./reload.ts');
      await reload(server, app, process.env, log);
    },
    startEnding: () => server.startEnding(),
    ...(server.handOver && { handOver: server.handOver }),
    close: () => server.close(),
  };
}

/** The code of the server is loaded when the host asks for more than it asks of every server that it starts. */
async function openStdio(app: RunningApp, log: Logger, onEnd: () => void): Promise<Transport> {
  const [{ startStdio }, { openingAnswers }] = await Promise.all([
    import('../transports/stdio/start-stdio.ts'),
    import('../transports/stdio/opening-answers.ts'),
  ]);
  return startStdio({
    ...{ answers: openingAnswers(app), log, onEnd },
    async load() {
      const [{ createServer }, { watchable }] = await Promise.all([
        import('../server.ts'),
        import('../resources/listening.ts'),
        app.open?.(),
      ]);
      return {
        createServer: (connection) => createServer(app, connection),
        watchable: (params) => watchable(app.switchboard.lineOf(local.name), params),
      };
    },
  });
}

/** For `/readyz`: what tells it whenever it is asked. */
async function readinessOf(app: RunningApp): Promise<() => Readiness> {
  const { replicas } = app;
  if (!replicas) return () => readinessOfLines(app);
  const { readinessOfReplica } = await import('../transports/http/replica-status.ts');
  return () => readinessOfReplica(readinessOfLines(app), replicas.status());
}

/** With one login, whether calls can be seen; with several, the process is ready without any of them. */
function readinessOfLines({ line, lines }: RunningApp): Readiness {
  if (line) return readinessOfLine({ ...line.sync.status(), failure: line.sync.failure?.message });
  return readinessOfSeveral(lines().map(({ state }) => state));
}
