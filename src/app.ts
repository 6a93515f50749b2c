import { randomUUID } from 'node:crypto';
import type { App } from './app/app-context.ts';
import { CallStore } from './calls/store/call-store.ts';
import { CallSync } from './calls/sync/call-sync.ts';
import type { Config, Credentials } from './config.ts';
import type { AuditOptions } from './guard/audit/log.ts';
import { createGuard } from './guard/guard.ts';
import { loadPolicy } from './guard/policy/load.ts';
import { PlatformDirectory } from './ringcentral/platform-directory.ts';
import { createRingCentral } from './ringcentral/ringcentral.ts';
import { type RateGroup, rateGroups } from './ringcentral/wire/operation-table.ts';
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
    credentials,
    scope,
    clock,
    log,
    appVersion: version,
    ...(webhook && { webhook }),
  });
  const { platform, feed, rateLimiter, receive } = ringcentral;
  const directory = new PlatformDirectory(platform);
  const onDefect = (err: unknown) => log.error({ err }, 'defect while the picture of calls was kept');
  const { hostTime } = ringcentral;
  const calls = new CallStore({ clock, scope, hostTime, onDefect });
  const sync = new CallSync({
    calls,
    feed,
    reader: platform,
    clock,
    scope,
    onDefect,
    recovers: webhook === undefined,
    budgetWaitMs: (group) => rateLimiter.budget(group, 'background').waitMs,
    lightPerMinute() {
      const { limit, windowMs } = rateLimiter.budget('light');
      return (limit * 60_000) / windowMs;
    },
  });
  const budget = (group: RateGroup) => rateLimiter.budget(group).available;
  const metrics = config.http && (await createProcessMetrics(calls, sync, budget));
  feed.listen({
    event: (event, receivedAt) => metrics?.eventLag(receivedAt - hostTime(Date.parse(event.eventTime))),
    // Ahead of the first action, which then costs no look-up of its own.
    status: ({ state }) => void (state === 'live' && directory.warm()),
    presence() {},
    gap() {},
  });
  const guard = createGuard({
    policy,
    readOnly,
    allowUnconfirmed: config.allowUnconfirmed,
    sandbox: sandbox !== undefined,
    calls: {
      call: (telephonySessionId) => calls.session(telephonySessionId),
      read: (telephonySessionId, options) => sync.refreshTimed(telephonySessionId, options),
      eventRun: (telephonySessionId) => calls.eventRun(telephonySessionId),
      hostTime,
      onParty: (listener) => calls.onParty(listener),
    },
    directory,
    ...(approvals && { operator: approvals.operator }),
    ...(audit && { audit }),
    ...(metrics && { meter: metrics }),
    clock,
    log,
  });
  return {
    platform,
    calls,
    sync,
    guard,
    directory,
    clock,
    log,
    environment: sandbox ? 'sandbox' : 'ringcentral',
    scope,
    readOnly,
    version,
    ...(metrics && { metrics, meter: metrics }),
    ...(webhook && receive && { webhook: { verificationToken: webhook.verificationToken, receive } }),
    async close() {
      for (const close of [
        () => guard.close(),
        async () => sync.close(),
        approvals?.close,
        () => ringcentral.close(),
        sandbox?.close,
      ]) {
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

async function createProcessMetrics(calls: CallStore, sync: CallSync, budget: (group: RateGroup) => number) {
  const { createMetrics } = await import('./transports/http/metrics.ts');
  return createMetrics({
    liveCalls: () => calls.activeCount,
    feedState: () => sync.status().state,
    rateLimitBudget: () => Object.fromEntries(rateGroups.map((group) => [group, budget(group)])),
  });
}
