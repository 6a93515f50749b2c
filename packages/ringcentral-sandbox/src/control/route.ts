import type { z } from 'zod';
import { type Clock, ManualClock } from '../clock.ts';
import type { Engine } from '../engine/api.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { NotificationFaults } from '../gateway/notification-faults.ts';
import type { Subscriptions } from '../gateway/subscriptions.ts';
import type { Apps } from '../oauth/apps.ts';
import type { JwtCredentials } from '../oauth/jwt-credentials.ts';
import type { LoginSessions } from '../oauth/sessions.ts';
import type { ApiReply } from '../rest/exchange.ts';
import type { RateLimitSetting } from '../rest/rate-limits.ts';
import type { Faults } from './faults.ts';
import type { RequestLog } from './request-log.ts';

/** What the control interface works with. */
export interface ControlParts {
  readonly serverUrl: string;
  readonly clock: Clock;
  readonly engine: Engine;
  readonly log: RequestLog;
  readonly faults: Faults;
  readonly gateway: Gateway;
  readonly notificationFaults: NotificationFaults;
  readonly subscriptions: Subscriptions;
  readonly logins: LoginSessions;
  readonly apps: Apps;
  readonly jwts: JwtCredentials;
  /** The app whose credentials were printed at the start. */
  readonly defaultClientId: string;
  setRateLimits(setting: RateLimitSetting): void;
  /** Ends the scenario until the next reset. */
  stopScenario(): void;
  /** Back to the first world and seed, without faults; the scenario begins again. */
  reset(): void;
}

/** A request to the control interface. */
export interface ControlRequest {
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Parsed JSON; undefined for none. */
  readonly body: unknown;
}

/** One request that the control interface answers. `handle` throws ControlError or ApiError to refuse. */
export interface ControlRoute {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Under CONTROL_PATH. */
  readonly path: string;
  handle(request: ControlRequest, parts: ControlParts): ApiReply;
}

/** A request to the control interface that cannot be done. The message is shown to whoever sent it. */
export class ControlError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * The value, if it fits the schema; undefined counts as `{}`. Throws a ControlError 400 that names the first mistake.
 */
export function validate<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ControlError(400, `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'invalid'}`);
}

/** The clock that can be advanced. Throws ControlError 409 where it runs by itself. */
export function manualClock(clock: Clock): ManualClock {
  if (clock instanceof ManualClock) return clock;
  throw new ControlError(409, 'The clock runs by itself: start the sandbox with --manual-clock');
}
