import type { App } from './app/app-context.ts';
import type { AuditLogOptions } from './app/audit-log.ts';
import type { HoldNotesOptions } from './app/hold-notes.ts';
import { openLater } from './app/later-line.ts';
import type { Lines, SharedByLines } from './app/lines.ts';
import type { OneLogin } from './app/one-line.ts';
import type { OpenLine } from './app/open-line.ts';
import type { OpenOwnLines, OwnSandbox } from './app/own-lines.ts';
import type { Cluster } from './cluster/cluster.ts';
import type { RedisAddress } from './config/redis.ts';
import { type Config, type Credentials, defaultAddress } from './config.ts';
import type { SharedApprovals } from './guard/approvals/approvals.ts';
import { loadPolicy } from './guard/policy/load.ts';
import type { Policy } from './guard/policy/policy.ts';
import { logPolicy, policyInForce, uselesslyAllowed } from './guard/policy-in-force.ts';
import { type Clock, systemClock } from './shared/clock.ts';
import { endInOrder } from './shared/end-in-order.ts';
import { announce, type Logger } from './shared/log.ts';
import type { Metrics } from './transports/http/metrics.ts';

/** Of the package; `development` where the sources run without a build. */
export const version = process.env.PACKAGE_VERSION ?? 'development';

/** What there is once per process, and how it ends. */
export interface RunningApp extends App, Omit<Lines, 'stopActing' | 'logOut'> {
  /** Absent over stdio. */
  metrics?: Metrics;
  /** Absent where there is one process. */
  replicas?: Pick<Cluster, 'status' | 'handOver'>;
  /** Which of several replicas has which session; absent where there is one process. */
  sessions?: Cluster['sessions'];
  /**
   * Ends, in order: questions, acts under way, the approvals page, the feeds, the logins, the audit log, the sandbox.
   * Never throws.
   */
  close(): Promise<void>;
}

/**
 * The composition root: builds what there is once per process. Nothing is sent to RingCentral before the first use.
 * @throws ConfigError or Failure, with a message for the person who starts the server
 */
export async function createApp(config: Config, log: Logger): Promise<RunningApp> {
  const cluster = config.redis && (await joinReplicas(config.redis, config.teamKeys, log));
  const clock = cluster?.clock ?? systemClock;
  const { readOnly } = config;
  const openOwn = config.logins === 'one' ? undefined : await ownLines(config);
  const policy = await loadPolicy(config.policy, config.allowUnconfirmed, loadTools);
  const inForce = policyInForce(policy, readOnly, config.allowUnconfirmed);
  logPolicy(inForce, log);
  await warnOfUselesslyAllowed(config, policy, log);
  cluster?.announce({ name: config.replica ?? cluster.redis.replica, version, policy: inForce.hash });
  const audit =
    config.audit &&
    (await openAuditLog({ ...config.audit, clock, log, ...(cluster && { anchors: cluster.auditAnchors }) }));
  // Replicas keep that in Redis.
  const holdNotes = config.audit && !cluster && (await openNotes({ ...config.audit, log }));
  const approvals = config.approvals && (await openApprovals(config, log, clock, cluster?.approvals));
  const sandbox = config.sandbox ? await startEmbeddedSandbox(log) : undefined;
  const metrics = config.http && (await createProcessMetrics(() => lines.lines(), cluster));
  const shared: SharedByLines = {
    ...{ policy, readOnly, sandbox: sandbox !== undefined, scope: config.scope, clock, log },
    allowUnconfirmed: config.allowUnconfirmed,
    appVersion: version,
    ...(approvals && { operator: approvals.operator }),
    ...(audit && { audit }),
    ...(holdNotes && { holdNotes }),
    ...(metrics && { meter: metrics }),
    ...(cluster && { cluster }),
  };
  // Nobody looks at it before the host's first request.
  const isForHostOnly = !(config.http || cluster || approvals || audit);
  const lines = openOwn
    ? await openOwn(shared, sandbox, {
        titleOf: await titlesOfTools(),
        ...(approvals && { pendingApprovals: approvals.pending }),
      })
    : await oneLine({ ...config, credentials: credentialsOf(config, sandbox) }, shared, isForHostOnly);
  cluster?.hangUps.start(async (hangUp, signal) => {
    const line = lines.switchboard.lineOf(hangUp.principal);
    line.sync.open();
    const { hangUpNow } = await import('./tools/runtime/hang-up.ts');
    await hangUpNow(hangUp, line, signal);
  });
  const { stopActing, logOut, ...running } = lines;
  return {
    ...running,
    clock,
    log,
    environment: sandbox ? 'sandbox' : 'ringcentral',
    ...(sandbox && { consoleUrl: `${sandbox.credentials.serverUrl}/` }),
    readOnly,
    version,
    ...(metrics && { metrics, meter: metrics }),
    ...(cluster && { replicas: cluster }),
    ...(cluster && { sessions: cluster.sessions }),
    close: () =>
      endInOrder(log, [
        cluster && (() => cluster.hangUps.close()),
        stopActing,
        approvals?.close,
        logOut,
        audit && (async () => announce(log, 'audit log closed', await audit.close())),
        cluster?.close,
        sandbox?.close,
      ]),
  };
}

async function oneLine(login: OneLogin, shared: SharedByLines, isLater: boolean): Promise<Lines> {
  const open = async () => {
    const { openOne } = await import('./app/one-line.ts');
    return openOne(login, shared);
  };
  return isLater ? openLater(open) : open();
}

/** Warns of `--allow-unconfirmed` where it changes nothing under this policy. */
async function warnOfUselesslyAllowed(
  { allowUnconfirmed }: Config,
  policy: Policy,
  log: Logger,
): Promise<void> {
  if (allowUnconfirmed.length === 0) return;
  const tools = uselesslyAllowed(policy, allowUnconfirmed, await loadTools());
  if (tools.length > 0) {
    log.warn(
      { tools, policy: policy.name },
      'allow-unconfirmed changes nothing for these: the policy does not ask',
    );
  }
}

/** Not loaded before they are needed: a host that only lists them does not. */
const loadTools = async () => (await import('./tools/index.ts')).tools;

async function titlesOfTools(): Promise<(name: string) => string | undefined> {
  const titles = new Map((await loadTools()).map(({ name, title }) => [name, title]));
  return (name) => titles.get(name);
}

async function ownLines(config: Config): Promise<OpenOwnLines> {
  const { readOwnLines } = await import('./app/own-lines.ts');
  return readOwnLines(config, process.env);
}

async function joinReplicas(
  address: RedisAddress,
  teamKeys: Config['teamKeys'],
  log: Logger,
): Promise<Cluster> {
  const [{ openCluster }, keys] = await Promise.all([
    import('./cluster/cluster.ts'),
    import('./team/team-keys.ts'),
  ]);
  if (!teamKeys) throw new Error('replicas without a team key');
  return openCluster({ address, keys: keys.parseTeamKeys(teamKeys), log });
}

function credentialsOf(config: Config, sandbox: EmbeddedSandbox | undefined): Credentials {
  const credentials = config.credentials ?? sandbox?.credentials;
  if (!credentials) throw new Error('neither credentials nor a sandbox');
  return credentials;
}

interface EmbeddedSandbox extends OwnSandbox {
  close(): Promise<void>;
}

/** A newcomer goes from the page where the call was placed to the host: voicemail must not be faster. */
const EMBEDDED_RING_SECONDS = 60;

/**
 * Starts the sandbox in this process. Its module is loaded here, so that a server with an account does not load it.
 */
async function startEmbeddedSandbox(log: Logger): Promise<EmbeddedSandbox> {
  const { startSandbox } = await import('ringcentral-sandbox');
  const ignored = Object.keys(process.env).filter((name) => /^RC_(SERVER_URL|APP_|USER_)/.test(name));
  if (ignored.length > 0) log.info({ ignored }, 'RingCentral credentials are not used with --sandbox');
  const { close, ...address } = await startSandbox({ ringSeconds: EMBEDDED_RING_SECONDS });
  // Not redacted: these credentials are the sandbox's own, and scripts read them from the log (docs/sandbox.md).
  announce(log, 'sandbox', address, { redact: [] });
  return {
    credentials: address,
    accounts: () => accountsOf(address.controlUrl),
    close,
  };
}

/** Ids of a sandbox's accounts. */
export async function accountsOf(controlUrl: string): Promise<string[]> {
  const { account } = (await (await fetch(`${controlUrl}/state`)).json()) as { account: { id: string } };
  return [account.id];
}

async function openAuditLog(options: AuditLogOptions) {
  const { openAuditLog: open } = await import('./app/audit-log.ts');
  return open(options);
}

async function openNotes(options: HoldNotesOptions) {
  const { openHoldNotes } = await import('./app/hold-notes.ts');
  return openHoldNotes(options);
}

async function openApprovals(
  { approvals, approvalsUrl, approvalsPasscodeHash, credentials }: Config,
  log: Logger,
  clock: Clock,
  shared: SharedApprovals | undefined,
) {
  if (!approvals) return undefined;
  const { createApprovals } = await import('./guard/approvals/approvals.ts');
  return createApprovals({
    ...approvals,
    orAnyPort: approvals.port === defaultAddress.approvals.port && approvalsUrl === undefined,
    ...(approvalsUrl && { publicUrl: approvalsUrl }),
    ...(approvalsPasscodeHash && { passcodeHash: approvalsPasscodeHash }),
    terminal: process.stderr,
    logsPasscode: credentials === undefined,
    ...(shared && { shared }),
    clock,
    log,
  });
}

/** @param lines gives the open lines whenever the metrics are read: the metrics are created before them */
async function createProcessMetrics(lines: () => readonly OpenLine[], cluster: Cluster | undefined) {
  const { createMetrics } = await import('./transports/http/metrics.ts');
  const metrics = createMetrics({
    liveCalls: () => lines().reduce((sum, { calls }) => sum + calls.activeCount, 0),
    lineStates: () => lines().map(({ state }) => state),
    feedStates: () => lines().map(({ feedState }) => feedState),
    rateLimitRoom: (group) => Math.min(...lines().map((line) => line.room(group))),
  });
  if (cluster) {
    const { addReplicaMetrics } = await import('./transports/http/replica-status.ts');
    addReplicaMetrics(metrics, () => cluster.status());
  }
  return metrics;
}
