import type { Presence } from '../../ringcentral/wire/event.ts';
import type { Scope } from '../../ringcentral/wire/scope.ts';
import type { Clock } from '../../shared/clock.ts';
import { delayUnlessAborted } from '../../shared/delay.ts';
import { Failure } from '../../shared/failure.ts';
import type { OnDefect } from '../../shared/listeners.ts';
import type { Calls } from '../store/call-log.ts';
import type { PresenceSnapshot } from '../store/presence-comparison.ts';
import type { BudgetWait, PlatformReader } from './platform-reader.ts';
import { RollingRefresh } from './rolling-refresh.ts';

/** How presence is read in each scope: its rate-limit group (platform.md 8.7), and every how many ms. */
export const presenceReads: Record<Scope, { group: 'light' | 'heavy'; everyMs: number }> = {
  extension: { group: 'light', everyMs: 60_000 },
  account: { group: 'heavy', everyMs: 300_000 },
};
/** How much more often presence is read behind a webhook, which never delivers what it missed (platform.md 6.4). */
const oftenerUnrecovered = 3;

export const presenceEveryMs = (scope: Scope, recovers: boolean): number =>
  presenceReads[scope].everyMs / (recovers ? 1 : oftenerUnrecovered);

/**
 * How long, in ms, presence waits before it is compared: it and the telephony events of the same change come in any
 * order.
 */
const presenceSettleMs = 2_000;

export interface ReconcilerOptions {
  calls: Calls;
  reader: PlatformReader;
  clock: Clock;
  scope: Scope;
  budgetWaitMs: BudgetWait;
  lightPerMinute: () => number;
  signal: AbortSignal;
  /** Whether nothing was missed since all calls were read. Where something was, all are read again anyway. */
  isSynced: () => boolean;
  /** Whether the feed delivers later what it could not deliver. */
  recovers: boolean;
  /** Presence of the whole scope was read. `at`: the stamp from before the request. */
  onPresence: (presences: Presence[], at: number) => void;
  /** Presence of one extension came as an event. */
  onPresenceSnapshot: (presenceSnapshot: PresenceSnapshot) => void;
  onFailure: (error: unknown) => void;
  /** This session's turn to be read again. */
  onDue: (telephonySessionId: string) => void;
  onDefect: OnDefect;
}

/**
 * Finds calls that came or went without an event: reads presence regularly, and compares the presence that comes as
 * events.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  /** The newest presence event of each extension that has not been compared yet. */
  readonly #pendingPresences = new Map<string, { presence: Presence; at: number }>();
  readonly #rollingRefresh: RollingRefresh;
  #cancel = (): void => undefined;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#rollingRefresh = new RollingRefresh(options);
  }

  /** Starts the timer, or starts it anew when presence has just been read by somebody else. */
  start(): void {
    const { clock, scope, recovers, signal } = this.#options;
    this.#cancel();
    this.#cancel = clock.after(presenceEveryMs(scope, recovers), () => {
      if (signal.aborted) return;
      this.start();
      void this.#read();
    });
  }

  notePresence(presence: Presence): void {
    const { calls, clock, signal } = this.#options;
    const extensionId = presence.extensionId ?? '';
    const isAwaited = this.#pendingPresences.has(extensionId);
    this.#pendingPresences.set(extensionId, { presence, at: calls.stamp() });
    if (isAwaited) return;
    clock.after(presenceSettleMs, () => {
      const pending = this.#pendingPresences.get(extensionId);
      this.#pendingPresences.delete(extensionId);
      if (!pending || signal.aborted) return;
      this.#options.onPresenceSnapshot({ presences: [pending.presence], at: pending.at, complete: false });
    });
  }

  async #read(): Promise<void> {
    const { calls, reader, clock, scope, budgetWaitMs, signal, isSynced, onPresence, onFailure, onDefect } =
      this.#options;
    if (!isSynced()) return;
    await delayUnlessAborted(clock, budgetWaitMs(presenceReads[scope].group), signal);
    if (signal.aborted) return;
    this.#rollingRefresh.startRound();
    const at = calls.stamp();
    try {
      onPresence(await reader.readPresence(scope, { signal, priority: 'background' }), at);
    } catch (error) {
      if (!(error instanceof Failure)) onDefect(error);
      // The next time tries again.
      onFailure(error);
    }
  }
}
