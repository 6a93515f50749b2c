import type { Clock } from '../base/clock.ts';
import type { Presence } from '../ringcentral/wire/event.ts';
import type { Feed } from '../ringcentral/wire/feed.ts';
import type { CallSession } from '../ringcentral/wire/session.ts';
import type { LiveCalls } from './live-calls.ts';
import type { FeedView, Scope, SessionView } from './view.ts';

/** What the keeper reads from the platform; `Platform` fits. */
export interface Reader {
  identity(): Promise<{ extensionId: string }>;
  readPresence(scope: Scope): Promise<Presence[]>;
  readSession(telephonySessionId: string, options?: { signal?: AbortSignal }): Promise<CallSession>;
}

/**
 * Asked before each background read: milliseconds until one of this rate-limit group may be sent, 0 = now.
 * It keeps room for the agent's own calls.
 */
export type Room = (group: 'light' | 'heavy') => number;

export interface KeeperOptions {
  calls: LiveCalls;
  feed: Feed;
  reader: Reader;
  clock: Clock;
  scope: Scope;
  room?: Room;
}

/** Keeps the picture true: starts the feed, reads at the start and after losses, reconciles with presence. */
export class Keeper {
  // biome-ignore lint/complexity/noUselessConstructor: signature first
  constructor(_options: KeeperOptions) {}

  /** The first real need of the picture. Harmless when open; never throws: trouble is in `status()`. */
  open(): void {
    throw new Error('not built yet');
  }

  /** Opens, and waits at most `ms` for the first picture; false when there is none yet. */
  ready(_ms: number): Promise<boolean> {
    throw new Error('not built yet');
  }

  /** Reads a session from the platform now and merges it. Throws the reader's `Failure`. */
  refresh(_telephonySessionId: string, _options?: { signal?: AbortSignal }): Promise<SessionView> {
    throw new Error('not built yet');
  }

  /** Reads presence and every live session now, within the room for background reads. */
  refreshAll(): Promise<void> {
    throw new Error('not built yet');
  }

  status(): FeedView {
    throw new Error('not built yet');
  }

  /** Called when `status()` changed in state, staleness or progress. */
  onStatus(_listener: () => void): () => void {
    throw new Error('not built yet');
  }

  /** Stops reading and reconciling; the feed is its owner's to close. */
  close(): void {
    throw new Error('not built yet');
  }
}
