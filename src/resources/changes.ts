import type { Line } from '../app/line.ts';
import { uris } from './uris.ts';

/**
 * Gets the changes for one client, or for all HTTP clients of revision 2026-07-28. Where a method gives a promise, the
 * next change is sent when it has resolved.
 */
export interface Sink {
  /** Sends `resources/updated`. */
  updated(uri: string): Promise<void> | void;
  /** Sends `resources/list_changed`. */
  listChanged(): Promise<void> | void;
  /** Whether anybody is subscribed to `uri`; a change of any other is dropped at once. */
  wants(uri: string): boolean;
}

const list = Symbol('list_changed');

/**
 * Tells `sink` which resources have changed. While a client is slow, each URI is queued once at most, so the queue is
 * bounded by the client's subscriptions, and no client delays another.
 * @returns stops it
 */
export function forwardChanges({ calls, sync, guard, plans }: Line, sink: Sink): () => void {
  const waiting = new Set<string | typeof list>();
  let sending = false;
  let stopped = false;

  const add = (item: string | typeof list) => {
    if (item !== list && !sink.wants(item)) return;
    waiting.add(item);
    if (sending) return;
    sending = true;
    // In the next turn of the event loop, so that a resource that several events change at once is told once.
    setImmediate(flush);
  };

  async function flush() {
    for (const item of waiting) {
      waiting.delete(item);
      if (stopped) break;
      try {
        await (item === list ? sink.listChanged() : sink.updated(item));
      } catch {
        // The connection is closing: its `onclose` stops this.
      }
    }
    sending = false;
  }

  const stops = [
    calls.onChange(({ telephonySessionId, partyIds, listed, seenAgain }) => {
      if (seenAgain) return;
      for (const partyId of partyIds) add(uris.party(telephonySessionId, partyId));
      add(uris.session(telephonySessionId));
      add(uris.sessions);
      if (listed) add(list);
    }),
    sync.onStatus(() => add(uris.feed)),
    guard.onChange(() => add(uris.guard)),
    plans.onChange(() => add(uris.plans)),
  ];
  return () => {
    stopped = true;
    waiting.clear();
    for (const stop of stops) stop();
  };
}
