import type { Presence } from '../../ringcentral/wire/event.ts';
import type { Scope } from '../../ringcentral/wire/scope.ts';
import type { CallSession } from '../../ringcentral/wire/session.ts';

export interface ReadOptions {
  signal?: AbortSignal;
  /** `background` leaves the larger part of the rate limit to the agent; `end` may use the last of it. */
  priority?: 'background' | 'action' | 'end';
  /** Called right before the request leaves, at each try. */
  onSend?: () => void;
}

/** What the call sync reads from the platform; `Platform` fits. Its methods throw `Failure`. */
export interface PlatformReader {
  identity(): Promise<{ extensionId: string }>;
  readPresence(scope: Scope, options?: ReadOptions): Promise<Presence[]>;
  readSession(telephonySessionId: string, options?: ReadOptions): Promise<CallSession>;
  /**
   * Ids of connected calls, behind by some seconds: it has those that presence leaves out, which lists only the
   * newest seven of an extension (platform.md 4.8). A Heavy request.
   */
  readActiveCallIds?(scope: Scope, options?: ReadOptions): Promise<string[]>;
}

/**
 * Asked before each background read: milliseconds until one of this rate-limit group may be sent, 0 = now.
 * It keeps a share of the budget for the agent's own calls.
 */
export type BudgetWait = (group: 'light' | 'heavy') => number;
