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

/** What the control interface may reach into. */
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
  /** Nobody does anything by themselves any more. */
  stopScenario(): void;
  /** Back to the default world. */
  reset(): void;
}

export interface ControlCall {
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

export interface ControlRoute {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Under CONTROL_PATH. */
  readonly path: string;
  handle(call: ControlCall, parts: ControlParts): ApiReply;
}

/** A mistake of whoever uses the control interface. */
export class ControlError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Throws a ControlError that names the first thing wrong. */
export function validate<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ControlError(400, `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'invalid'}`);
}

export function manualClock(clock: Clock): ManualClock {
  if (clock instanceof ManualClock) return clock;
  throw new ControlError(409, 'The clock runs by itself: start the sandbox with --manual-clock');
}
