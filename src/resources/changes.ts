import type { Line } from '../app/line.ts';
import { uris } from './uris.ts';

/** Where the news of one client, or of all modern HTTP listeners, goes. A promise means: wait before sending more. */
export interface Sink {
  updated(uri: string): Promise<void> | void;
  listChanged(): Promise<void> | void;
  /** What nobody watches is not even kept. */
  wants(uri: string): boolean;
}

const list = Symbol('list_changed');

/**
 * Tells `sink` what changed. Latest wins: while a client is slow, a URI waits at most once, so what waits is bounded
 * by what it watches and one client never holds up another. The answer stops it.
 */
export function forwardChanges({ calls, sync, guard }: Line, sink: Sink): () => void {
  const waiting = new Set<string | typeof list>();
  let sending = false;
  let stopped = false;

  const add = (item: string | typeof list) => {
    if (item !== list && !sink.wants(item)) return;
    waiting.add(item);
    if (sending) return;
    sending = true;
    // One turn of the event loop: what one batch of events changes twice is told once.
    setImmediate(flush);
  };

  async function flush() {
    for (const item of waiting) {
      waiting.delete(item);
      if (stopped) break;
      try {
        await (item === list ? sink.listChanged() : sink.updated(item));
      } catch {
        // The connection is closing: its onclose stops us.
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
  ];
  return () => {
    stopped = true;
    waiting.clear();
    for (const stop of stops) stop();
  };
}
