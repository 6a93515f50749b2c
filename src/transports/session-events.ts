import type { EventStore, JSONRPCMessage } from '@modelcontextprotocol/server';

interface StoredEvent {
  sequence: number;
  streamId: string;
  message: JSONRPCMessage;
  notice: boolean;
}

/** Change notices are small and merge; answers are large, and clients come back for them at once or never. */
const limits = { notices: 200, answers: 16 };

/**
 * The newest events of one session, for clients that come back with `Last-Event-ID`. A change notice that says the
 * same as an older one replaces it, so nobody misses a change until that many different things have changed.
 */
export function createSessionEvents(): EventStore {
  const events = new Map<string, StoredEvent>();
  let last = 0;
  let notices = 0;

  /** Insertion order is sequence order: the first of a kind is its oldest. */
  const dropOldest = (notice: boolean) => {
    for (const [key, event] of events) {
      if (event.notice !== notice) continue;
      remove(key);
      return;
    }
  };
  const remove = (key: string) => {
    if (events.get(key)?.notice) notices -= 1;
    events.delete(key);
  };

  return {
    async storeEvent(streamId, message) {
      last += 1;
      // Priming events are empty: their id is all that matters.
      if ('jsonrpc' in message) {
        const same = noticeKey(streamId, message);
        const key = same ?? String(last);
        remove(key);
        events.set(key, { sequence: last, streamId, message, notice: same !== undefined });
        if (same !== undefined) notices += 1;
        if (notices > limits.notices) dropOldest(true);
        if (events.size - notices > limits.answers) dropOldest(false);
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
      // What is stored while this waits is visited as well.
      for (const { sequence, streamId, message } of events.values()) {
        if (streamId !== after.streamId || sequence <= after.sequence) continue;
        await send(eventId(sequence, streamId), message);
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
  return message.method.endsWith('/list_changed') ? `${streamId} ${message.method}` : undefined;
}
