import type { EventStore, JSONRPCMessage } from '@modelcontextprotocol/server';

interface StoredEvent {
  sequence: number;
  streamId: string;
  /** The message as JSON: what is kept is counted in its bytes. */
  text: string;
  bytes: number;
}

/** One event that is kept, as it can be kept elsewhere. */
export interface KeptEvent {
  sequence: number;
  streamId: string;
  /** The message as JSON. */
  text: string;
}

/** What one event has changed of what is kept. */
export interface KeptChange {
  put?: KeptEvent;
  /** Sequences of those that are not kept any more. */
  dropped: number[];
  /** Streams of which an answer is not kept. */
  lost: readonly string[];
}

export interface SessionEventsOptions {
  /** What was kept before, elsewhere. */
  kept?: { events: readonly KeptEvent[]; lost: readonly string[] };
  /** Sequences of new events are greater; 0 unless told. */
  after?: number;
  /** Is awaited before an event may be sent: where it throws, the event is not. */
  keep?(change: KeptChange): Promise<void>;
}

/**
 * How many events a session keeps, and how many bytes of them. Notices are small, and a later one replaces an earlier
 * one; answers are large, and a client that has lost its stream asks for them at once or not at all.
 */
const limits = {
  notices: { count: 200, bytes: 64 * 1024 },
  answers: { count: 16, bytes: 64 * 1024 },
};

/** So many streams are remembered of which an answer was not kept; a stream's id is 36 characters. */
const rememberedLosses = 64;

/** What one session keeps for clients that come back with `Last-Event-ID`. */
export interface SessionEvents extends EventStore {
  /** Bytes that are kept, as JSON. */
  readonly bytes: number;
  /**
   * An answer that followed this event is not kept: it was larger than what is kept, or newer ones took its place.
   */
  hasLost(eventId: string): boolean;
  /** All that is kept, in order. */
  dump(): { events: KeptEvent[]; lost: readonly string[] };
}

/**
 * The newest events of one session, at most 64 KiB of change notices and as much of answers. A notice that says the
 * same as an older one replaces it, so nobody misses a change until that many different things have changed.
 */
export function createSessionEvents({ kept, after = 0, keep }: SessionEventsOptions = {}): SessionEvents {
  const lost = new Set<string>(kept?.lost);
  let dropped: number[] = [];
  const note = keep ? (sequence: number) => void dropped.push(sequence) : () => {};
  const notices = new NewestEvents(limits.notices, () => {}, note);
  const answers = new NewestEvents(limits.answers, (streamId) => rememberLoss(lost, streamId), note);
  let last = after;

  const put = (event: StoredEvent, message: JSONRPCMessage) => {
    const same = noticeKey(event.streamId, message);
    if (same === undefined) answers.put(String(event.sequence), event);
    else notices.put(same, event);
  };
  for (const event of kept?.events ?? []) {
    put({ ...event, bytes: Buffer.byteLength(event.text) }, JSON.parse(event.text));
  }

  return {
    get bytes() {
      return notices.bytes + answers.bytes;
    },

    hasLost: (id) => lost.has(parseEventId(id)?.streamId ?? ''),

    async storeEvent(streamId, message) {
      last += 1;
      const id = eventId(last, streamId);
      // Priming events are empty: their id is all that matters.
      if (!('jsonrpc' in message)) return id;
      const text = JSON.stringify(message);
      const event = { sequence: last, streamId, text, bytes: Buffer.byteLength(text) };
      put(event, message);
      if (keep) {
        const change = { put: { sequence: last, streamId, text }, dropped, lost: [...lost] };
        dropped = [];
        await keep(change);
      }
      return id;
    },

    dump: () => ({
      events: [...notices.all(), ...answers.all()]
        .map(({ sequence, streamId, text }) => ({ sequence, streamId, text }))
        .sort((one, other) => one.sequence - other.sequence),
      lost: [...lost],
    }),

    async getStreamIdForEventId(id) {
      const parsed = parseEventId(id);
      return parsed && parsed.sequence <= last ? parsed.streamId : undefined;
    },

    async replayEventsAfter(id, { send }) {
      const after = parseEventId(id);
      if (!after) throw new Error('not an event id of this session');
      // One at a time: what is stored while this waits is sent as well.
      let next = earlier(notices.following(after), answers.following(after));
      while (next) {
        await send(eventId(next.sequence, next.streamId), JSON.parse(next.text));
        next = earlier(notices.following(next), answers.following(next));
      }
      return after.streamId;
    },
  };
}

/** Events by key, the oldest first, bounded in number and in bytes. */
class NewestEvents {
  readonly #limit: { count: number; bytes: number };
  readonly #onDropped: (streamId: string) => void;
  readonly #onRemoved: (sequence: number) => void;
  readonly #events = new Map<string, StoredEvent>();
  #bytes = 0;

  /**
   * @param onDropped is told the stream of each event that the bounds leave no place for
   * @param onRemoved is told the sequence of each event that is not kept any more, or was not at all
   */
  constructor(
    limit: { count: number; bytes: number },
    onDropped: (streamId: string) => void,
    onRemoved: (sequence: number) => void,
  ) {
    this.#limit = limit;
    this.#onDropped = onDropped;
    this.#onRemoved = onRemoved;
  }

  all(): Iterable<StoredEvent> {
    return this.#events.values();
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Adds the newest event, in the place of one with the same key; drops the oldest that are too many. */
  put(key: string, event: StoredEvent): void {
    this.#remove(key);
    if (event.bytes > this.#limit.bytes) {
      this.#onDropped(event.streamId);
      this.#onRemoved(event.sequence);
      return;
    }
    this.#events.set(key, event);
    this.#bytes += event.bytes;
    // Insertion order is sequence order: the first is the oldest.
    for (const [oldest, { streamId }] of this.#events) {
      if (this.#events.size <= this.#limit.count && this.#bytes <= this.#limit.bytes) break;
      this.#remove(oldest);
      this.#onDropped(streamId);
    }
  }

  /** The next event of the same stream. */
  following({ streamId, sequence }: { streamId: string; sequence: number }): StoredEvent | undefined {
    for (const event of this.#events.values()) {
      if (event.streamId === streamId && event.sequence > sequence) return event;
    }
    return undefined;
  }

  #remove(key: string): void {
    const event = this.#events.get(key);
    if (!event) return;
    this.#bytes -= event.bytes;
    this.#events.delete(key);
    this.#onRemoved(event.sequence);
  }
}

/**
 * Adds a stream to those that have lost an answer, in the place of the one that was added first when there are many.
 */
function rememberLoss(lost: Set<string>, streamId: string): void {
  lost.add(streamId);
  const [oldest] = lost;
  if (lost.size > rememberedLosses && oldest !== undefined) lost.delete(oldest);
}

/** The one with the lower sequence, of those that there are. */
function earlier(one: StoredEvent | undefined, other: StoredEvent | undefined): StoredEvent | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one.sequence < other.sequence ? one : other;
}

const eventId = (sequence: number, streamId: string) => `${sequence}-${streamId}`;

function parseEventId(id: string) {
  const match = /^(\d{1,15})-([\w-]{1,64})$/.exec(id);
  return match?.[2] === undefined ? undefined : { sequence: Number(match[1]), streamId: match[2] };
}

/** The same for two notices of one stream that say the same; undefined for a message that none replaces. */
function noticeKey(streamId: string, message: JSONRPCMessage): string | undefined {
  if (!('method' in message) || 'id' in message) return undefined;
  if (message.method === 'notifications/resources/updated') return `${streamId} ${message.params?.uri}`;
  if (message.method === 'notifications/progress') return `${streamId} ${message.params?.progressToken}`;
  return message.method.endsWith('/list_changed') ? `${streamId} ${message.method}` : undefined;
}
