import { randomUUID } from 'node:crypto';
import type { App } from './app/app-context.ts';
import type { HoldNotesOptions } from './app/hold-notes.ts';
import type { Line } from './app/line.ts';
import { openLine } from './app/open-line.ts';
import { singleLine } from './app/switchboard.ts';
import { type Config, type Credentials, defaultAddress } from './config.ts';
import type { AuditOptions } from './guard/audit/log.ts';
import { loadPolicy } from './guard/policy/load.ts';
import type { RateLimiter } from './ringcentral/rest/rate-limiter.ts';
import { createRingCentral } from './ringcentral/ringcentral.ts';
import { rateGroups } from './ringcentral/wire/operation-table.ts';
import { type Clock, systemClock } from './shared/clock.ts';
import { announce, type Logger } from './shared/log.ts';
import { tools } from './tools/index.ts';
import type { Metrics } from './transports/http/metrics.ts';
import type { WebhookReceiver } from './transports/http/webhook-route.ts';

/** Of the package; `development` where the sources run without a build. */
export const version = process.env.PACKAGE_VERSION ?? 'development';

/** What there is once per process, and how it ends. */
export interface RunningApp extends App {
  /** Absent over stdio. */
  metrics?: Metrics;
  /** What the webhook's receiver needs, where events come that way. */
  webhook?: WebhookReceiver;
  /** Refuses every question that is open at the guard, and has plans take people back: no act waits any more. */
  stopAsking(): void;
  /**
   * Ends, in order: questions, acts under way, the approvals page, the feed, the login, the sandbox. Never throws.
   */
  close(): Promise<void>;
}

/**
 * The composition root: builds what there is once per process. Nothing is sent to RingCentral before the first use.
 * @throws ConfigError or Failure, with a message for the person who starts the server
 */
export async function createApp(config: Config, log: Logger): Promise<RunningApp> {
  const clock = systemClock;
  const policy = await loadPolicy(config.policy, config.allowUnconfirmed, tools);
  const audit = config.audit && (await openAuditLog({ ...config.audit, clock }));
  const holdNotes = config.audit && (await openNotes({ ...config.audit, log }));
  const approvals = config.approvals && (await openApprovals(config, log, clock));
  const sandbox = config.credentials ? undefined : await startEmbeddedSandbox(log);
  const credentials = config.credentials ?? sandbox?.credentials;
  if (!credentials) throw new Error('neither credentials nor a sandbox');

  const { scope, readOnly } = config;
  const webhook = config.webhookAddress
    ? { address: config.webhookAddress, verificationToken: randomUUID() }
    : undefined;
  const ringcentral = createRingCentral({
    ...{ credentials, scope, clock, log, appVersion: version },
    ...(webhook && { webhook }),
  });
  const metrics = config.http && (await createProcessMetrics(() => line, ringcentral.rateLimiter));
  const line = openLine({
    ...{ ringcentral, scope, clock, log, policy, readOnly },
    recovers: webhook === undefined,
    allowUnconfirmed: config.allowUnconfirmed,
    sandbox: sandbox !== undefined,
    ...(config.phone && { phone: config.phone }),
    ...(approvals && { operator: approvals.operator }),
    ...(audit && { audit }),
    ...(holdNotes && { holdNotes }),
    ...(metrics && { meter: metrics }),
  });
  const { receive } = ringcentral;
  return {
    switchboard: singleLine(line),
    clock,
    log,
    environment: sandbox ? 'sandbox' : 'ringcentral',
    ...(sandbox && { consoleUrl: `${sandbox.credentials.serverUrl}/` }),
    readOnly,
    version,
    ...(metrics && { metrics, meter: metrics }),
    ...(webhook && receive && { webhook: { verificationToken: webhook.verificationToken, receive } }),
    stopAsking() {
      line.plans.interruptAll();
      line.guard.stopAsking();
    },
    async close() {
      for (const close of [line.stopActing, approvals?.close, line.logOut, sandbox?.close]) {
        await close?.().catch((error: Error) => log.warn({ reason: error.message }, 'not closed cleanly'));
      }
    },
  };
}

/** A newcomer goes from the page where the call was placed to the host: voicemail must not be faster. */
const EMBEDDED_RING_SECONDS = 60;

/**
 * Starts the sandbox in this process. Its module is loaded here, so that a server with an account does not load it.
 */
async function startEmbeddedSandbox(
  log: Logger,
): Promise<{ credentials: Credentials; close: () => Promise<void> }> {
  const { startSandbox } = await import('ringcentral-sandbox');
  const ignored = Object.keys(process.env).filter((name) => /^RC_(SERVER_URL|APP_|USER_)/.test(name));
  if (ignored.length > 0) log.info({ ignored }, 'RingCentral credentials are not used with --sandbox');
  const { close, ...address } = await startSandbox({ ringSeconds: EMBEDDED_RING_SECONDS });
  // Not redacted: these credentials are the sandbox's own, and scripts read them from the log (docs/sandbox.md).
  announce(log, 'sandbox', address, { redact: [] });
  return { credentials: address, close };
}

async function openAuditLog(options: AuditOptions) {
  const { openAudit } = await import('./guard/audit/log.ts');
  return openAudit(options);
}

async function openNotes(options: HoldNotesOptions) {
  const { openHoldNotes } = await import('./app/hold-notes.ts');
  return openHoldNotes(options);
}

async function openApprovals(
  { approvals, approvalsUrl, approvalsPasscodeHash, credentials }: Config,
  log: Logger,
  clock: Clock,
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
    clock,
    log,
  });
}

/** @param line gives the line whenever the metrics are read: they are created before it */
async function createProcessMetrics(line: () => Line, rateLimiter: RateLimiter) {
  const { createMetrics } = await import('./transports/http/metrics.ts');
  return createMetrics({
    liveCalls: () => line().calls.activeCount,
    feedState: () => line().sync.status().state,
    rateLimitBudget: () =>
      Object.fromEntries(rateGroups.map((group) => [group, rateLimiter.budget(group).available])),
  });
}
