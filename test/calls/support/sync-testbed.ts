import { CallStore } from '../../../src/calls/store/call-store.ts';
import { CallSync, type CallSyncOptions } from '../../../src/calls/sync/call-sync.ts';
import type { PlatformReader } from '../../../src/calls/sync/platform-reader.ts';
import { type Presence, presence } from '../../../src/ringcentral/wire/event.ts';
import type { Feed, FeedListener, FeedStatus } from '../../../src/ringcentral/wire/feed.ts';
import type { CallSession } from '../../../src/ringcentral/wire/session.ts';
import { Failure } from '../../../src/shared/failure.ts';
import { me, testClock } from './store-testbed.ts';

/** A feed whose news the test makes up. */
class TestFeed implements Feed {
  status: FeedStatus = { state: 'idle', since: 0 };
  started = 0;
  resyncs = 0;
  #listeners = new Set<FeedListener>();

  start(): void {
    this.started += 1;
    if (this.status.state === 'idle') this.become('connecting');
  }
  resynced(): void {
    this.resyncs += 1;
    if (this.status.state === 'resyncing') this.become('live');
  }
  listen(listener: FeedListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  async close(): Promise<void> {}

  become(state: FeedStatus['state'], reason?: string): void {
    this.status = { state, since: 0, ...(reason !== undefined && { reason }) };
    for (const listener of this.#listeners) listener.status(this.status);
  }
  /** The order of the real feed: first the state, then the gap. */
  lose(reason: string): void {
    this.become('resyncing', reason);
    for (const listener of this.#listeners) listener.gap(reason);
  }
  tell(about: Presence, receivedAt: number): void {
    for (const listener of this.#listeners) listener.presence(about, receivedAt);
  }
  emit(...[event, receivedAt]: Parameters<FeedListener['event']>): void {
    for (const listener of this.#listeners) listener.event(structuredClone(event), receivedAt);
  }
}

/** A platform that knows what the test puts in, and remembers what it was asked. */
class TestPlatform implements PlatformReader {
  sessions = new Map<string, CallSession>();
  presences: Presence[] = [];
  asked: string[] = [];
  /** Thrown at the next requests, in order. */
  failures: (Failure | undefined)[] = [];

  identity = () => this.#answer('identity', () => ({ extensionId: me }));
  readPresence = (scope: string) => this.#answer(`presence ${scope}`, () => this.presences);
  readSession = (id: string) =>
    this.#answer(id, () => {
      const session = this.sessions.get(id);
      if (!session) throw new Failure('not_found', `No call ${id}.`);
      return structuredClone(session);
    });

  put(...sessions: CallSession[]): void {
    for (const session of sessions) this.sessions.set(session.id, session);
  }
  /** How often each session was read. */
  reads(): string[] {
    return this.asked.filter((what) => what.startsWith('s-'));
  }
  async #answer<T>(what: string, answer: () => T): Promise<T> {
    this.asked.push(what);
    const failure = this.failures.shift();
    if (failure) throw failure;
    return answer();
  }
}

export const presenceOf = (
  extensionId: string,
  ...calls: [session: string, party: number, telephonyStatus: string][]
): Presence =>
  presence.parse({
    extensionId,
    activeCalls: calls.map(([session, party, telephonyStatus]) => ({
      telephonySessionId: `s-${session}`,
      partyId: `p-${session}-${party}`,
      telephonyStatus,
    })),
  });

export function syncTestbed(options: Partial<CallSyncOptions> = {}) {
  const clock = testClock();
  const feed = new TestFeed();
  const platform = new TestPlatform();
  const scope = options.scope ?? 'extension';
  const calls = new CallStore({ clock, scope });
  const sync = new CallSync({ calls, callLog: calls, feed, reader: platform, clock, scope, ...options });
  return { clock, feed, platform, calls, sync };
}
