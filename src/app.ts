import { randomUUID } from 'node:crypto';
import type { App } from './app/app-context.ts';
import type { Line } from './app/line.ts';
import { openLine } from './app/open-line.ts';
import { singleLine } from './app/switchboard.ts';
import type { Config, Credentials } from './config.ts';
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

export const version = process.env.PACKAGE_VERSION ?? 'development';

/** What lives once per process, and its end. */
export interface RunningApp extends App {
  /** Counted for the HTTP server only. */
  metrics?: Metrics;
  /** What the webhook's receiver needs, where events come that way. */
  webhook?: WebhookReceiver;
  /** Refuses every open question: nobody waits for a person any more. */
  stopAsking(): void;
  /** In order: questions refused, acts under way ended, feed closed, login revoked, sandbox stopped. Never throws. */
  close(): Promise<void>;
}

/**
 * The composition root. Nothing is sent to RingCentral before the first real need.
 * Throws `ConfigError` or `Failure` with words for the person who starts the server.
 */
export async function createApp(config: Config, log: Logger): Promise<RunningApp> {
  const clock = systemClock;
  const policy = await loadPolicy(config.policy, config.allowUnconfirmed, tools);
  const audit = config.audit && (await openAuditLog({ ...config.audit, clock }));
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
    ...(approvals && { operator: approvals.operator }),
    ...(audit && { audit }),
    ...(metrics && { meter: metrics }),
  });
  const { receive } = ringcentral;
  return {
    switchboard: singleLine(line),
    clock,
    log,
    environment: sandbox ? 'sandbox' : 'ringcentral',
    readOnly,
    version,
    ...(metrics && { metrics, meter: metrics }),
    ...(webhook && receive && { webhook: { verificationToken: webhook.verificationToken, receive } }),
    stopAsking: () => line.guard.stopAsking(),
    async close() {
      for (const close of [line.stopActing, approvals?.close, line.logOut, sandbox?.close]) {
        await close?.().catch((error: Error) => log.warn({ reason: error.message }, 'not closed cleanly'));
      }
    },
  };
}

/** Loaded only when used: somebody with an account never pays for the simulation. */
async function startEmbeddedSandbox(
  log: Logger,
): Promise<{ credentials: Credentials; close: () => Promise<void> }> {
  const { startSandbox } = await import('ringcentral-sandbox');
  const ignored = Object.keys(process.env).filter((name) => /^RC_(SERVER_URL|APP_|USER_)/.test(name));
  if (ignored.length > 0) log.info({ ignored }, 'RingCentral credentials are not used with --sandbox');
  const { close, ...address } = await startSandbox();
  // Good for nothing but this sandbox, and scripts read them from here (docs/sandbox.md): not censored.
  announce(log, 'sandbox', address, { redact: [] });
  return { credentials: address, close };
}

async function openAuditLog(options: AuditOptions) {
  const { openAudit } = await import('./guard/audit/log.ts');
  return openAudit(options);
}

async function openApprovals(
  { approvals, approvalsUrl, approvalsPasscodeHash }: Config,
  log: Logger,
  clock: Clock,
) {
  if (!approvals) return undefined;
  const { createApprovals } = await import('./guard/approvals/approvals.ts');
  return createApprovals({
    ...approvals,
    ...(approvalsUrl && { publicUrl: approvalsUrl }),
    ...(approvalsPasscodeHash && { passcodeHash: approvalsPasscodeHash }),
    terminal: process.stderr,
    clock,
    log,
  });
}

/** `line` is asked for when somebody reads the numbers. */
async function createProcessMetrics(line: () => Line, rateLimiter: RateLimiter) {
  const { createMetrics } = await import('./transports/http/metrics.ts');
  return createMetrics({
    liveCalls: () => line().calls.activeCount,
    feedState: () => line().sync.status().state,
    rateLimitBudget: () =>
      Object.fromEntries(rateGroups.map((group) => [group, rateLimiter.budget(group).available])),
  });
}
