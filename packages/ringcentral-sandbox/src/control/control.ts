import type { z } from 'zod';
import { type Clock, ManualClock } from '../clock.ts';
import { ApiError, type Engine } from '../engine/api.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { NotificationFaults } from '../gateway/notification-faults.ts';
import type { Subscriptions } from '../gateway/subscriptions.ts';
import type { Apps } from '../oauth/apps.ts';
import type { JwtCredentials } from '../oauth/jwt-credentials.ts';
import type { LoginSessions } from '../oauth/sessions.ts';
import type { ApiReply } from '../rest/exchange.ts';
import type { RateLimitSetting } from '../rest/rate-limits.ts';
import { Router } from '../rest/router.ts';
import type { Faults } from './faults.ts';
import type { RequestLog } from './request-log.ts';
import { controlRoutes } from './routes.ts';

export const CONTROL_PATH = '/sandbox/v1';

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

/** The interface by which tests and people move the simulated world. */
export class Control {
  readonly #parts: ControlParts;
  readonly #router = new Router(controlRoutes);

  constructor(parts: ControlParts) {
    this.#parts = parts;
  }

  /** `path` is relative to CONTROL_PATH, `body` is JSON text or empty. */
  answer(method: string, path: string, query: URLSearchParams, body: string): ApiReply {
    try {
      const match = this.#router.find(method, path);
      if (!match) throw new ControlError(404, `There is no ${method} ${path} here`);
      return match.route.handle({ path: match.path, query, body: parse(body) }, this.#parts);
    } catch (error) {
      if (error instanceof ControlError) return { status: error.status, body: { error: error.message } };
      if (error instanceof ApiError) {
        return { status: error.status, body: { error: error.message, errorCode: error.errorCode } };
      }
      throw error;
    }
  }
}

function parse(body: string): unknown {
  if (body === '') return undefined;
  try {
    return JSON.parse(body);
  } catch {
    throw new ControlError(400, 'The body is no JSON');
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
