import type { EventStore, JSONRPCMessage } from '@modelcontextprotocol/server';

interface StoredEvent {
  sequence: number;
  streamId: string;
  /** The message as JSON: what is kept is counted in its bytes. */
  text: string;
  bytes: number;
}

/** Messages of one kind, the oldest first, bounded in number and in bytes. */
interface Shelf {
  events: Map<string, StoredEvent>;
  bytes: number;
  limit: { count: number; bytes: number };
}

/** Change notices are small and merge; answers are large, and clients come back for them at once or never. */
const limits = {
  notices: { count: 200, bytes: 64 * 1024 },
  answers: { count: 16, bytes: 64 * 1024 },
};

/** Streams of which an answer was not kept; a stream's id is 36 characters. */
const rememberedLosses = 64;

/** What one session keeps for clients that come back with `Last-Event-ID`. */
export interface SessionEvents extends EventStore {
  /** Bytes that are kept, as JSON. */
  readonly bytes: number;
  /** An answer that followed this event is not kept: it was larger than what is kept, or newer ones took its place. */
  hasLost(eventId: string): boolean;
}

/**
 * The newest events of one session, at most 64 KiB of change notices and as much of answers. A notice that says the
 * same as an older one replaces it, so nobody misses a change until that many different things have changed.
 */
export function createSessionEvents(): SessionEvents {
  const shelf = (limit: Shelf['limit']): Shelf => ({ events: new Map(), bytes: 0, limit });
  const notices = shelf(limits.notices);
  const answers = shelf(limits.answers);
  const lost = new Set<string>();
  let last = 0;

  const remove = (from: Shelf, key: string) => {
    from.bytes -= from.events.get(key)?.bytes ?? 0;
    from.events.delete(key);
  };
  const put = (on: Shelf, key: string, event: StoredEvent) => {
    remove(on, key);
    if (event.bytes > on.limit.bytes) return lose(on, event.streamId);
    on.events.set(key, event);
    on.bytes += event.bytes;
    // Insertion order is sequence order: the first is the oldest.
    for (const [oldest, { streamId }] of on.events) {
      if (on.events.size <= on.limit.count && on.bytes <= on.limit.bytes) break;
      remove(on, oldest);
      lose(on, streamId);
    }
  };
  const lose = (from: Shelf, streamId: string) => {
    if (from === notices) return;
    lost.add(streamId);
    const [oldest] = lost;
    if (lost.size > rememberedLosses && oldest !== undefined) lost.delete(oldest);
  };

  /** The next of the same stream, of either shelf. */
  const following = (after: { streamId: string; sequence: number }): StoredEvent | undefined => {
    const isNext = ({ streamId, sequence }: StoredEvent) =>
      streamId === after.streamId && sequence > after.sequence;
    return [notices, answers]
      .flatMap(({ events }) => [...events.values()].find(isNext) ?? [])
      .sort((one, other) => one.sequence - other.sequence)[0];
  };

  return {
    get bytes() {
      return notices.bytes + answers.bytes;
    },

    hasLost: (id) => lost.has(parseEventId(id)?.streamId ?? ''),

    async storeEvent(streamId, message) {
      last += 1;
      // Priming events are empty: their id is all that matters.
      if ('jsonrpc' in message) {
        const text = JSON.stringify(message);
        const event = { sequence: last, streamId, text, bytes: Buffer.byteLength(text) };
        const same = noticeKey(streamId, message);
        if (same === undefined) put(answers, String(last), event);
        else put(notices, same, event);
      }
      return eventId(last, streamId);
    },

    async getStreamIdForEventId(id) {
      const parsed = parseEventId(id);
      return parsed && parsed.sequence <= last ? parsed.streamId : undefined;
    },

    async replayEventsAfter(id, { send }) {
      const after = parseEventId(id);
      if (!after) throw new Error('not an event id of this session');
      // One at a time: what is stored while this waits is sent as well.
      let next = following(after);
      while (next) {
        await send(eventId(next.sequence, next.streamId), JSON.parse(next.text));
        next = following(next);
      }
      return after.streamId;
    },
  };
}

const eventId = (sequence: number, streamId: string) => `${sequence}-${streamId}`;

function parseEventId(id: string) {
  const match = /^(\d{1,15})-([\w-]{1,64})$/.exec(id);
  return match?.[2] === undefined ? undefined : { sequence: Number(match[1]), streamId: match[2] };
}

/** What two notices that say the same have in common. */
function noticeKey(streamId: string, message: JSONRPCMessage): string | undefined {
  if (!('method' in message) || 'id' in message) return undefined;
  if (message.method === 'notifications/resources/updated') return `${streamId} ${message.params?.uri}`;
  if (message.method === 'notifications/progress') return `${streamId} ${message.params?.progressToken}`;
  return message.method.endsWith('/list_changed') ? `${streamId} ${message.method}` : undefined;
}
