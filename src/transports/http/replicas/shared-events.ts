import { AsyncLocalStorage } from 'node:async_hooks';
import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import { rpcCode, rpcError } from '../../refusal.ts';
import {
  createSessionEvents,
  type KeptChange,
  type KeptEvent,
  type SessionEvents,
} from '../session-events.ts';
import type { KeptFields } from './session-register.ts';

/** What the SDK calls the stream of a GET. */
export const standaloneStream = '_GET_stream';

/** Events of one session that are kept for whoever takes it over, too. */
export interface SharedEvents extends SessionEvents {
  /** Runs what sends messages that belong to these requests of the client. */
  serving<Result>(ids: readonly (string | number)[], run: () => Result): Result;
  /** Runs what sends messages that no client gets. */
  withoutKeeping<Result>(run: () => Result): Result;
  /** All that is kept, as fields. */
  fields(): KeptFields;
  /** Answers the requests that ended with the replica before, for those who resume their streams. */
  answerEnded(): Promise<void>;
}

export interface SharedEventsOptions {
  epoch: number;
  /** What was kept before this replica had the session, by field. */
  kept?: ReadonlyMap<string, string>;
  /** Is awaited before an event may be sent: where it throws, the event is not. */
  keep(fields: KeptFields): Promise<void>;
}

/** Events of one epoch; those of a later one have greater sequences, so that ids of events stay in order. */
const eventsOfEpoch = 1_000_000_000;

const eventField = (sequence: number) => `e:${sequence}`;
const streamField = (streamId: string) => `s:${streamId}`;
const lostField = 'lost';

/** The same bounds as `createSessionEvents`, kept elsewhere as well; with it, which requests have no answer yet. */
export function createSharedEvents({ epoch, kept, keep }: SharedEventsOptions): SharedEvents {
  const served = new AsyncLocalStorage<readonly (string | number)[] | 'nobody'>();
  /** Requests without an answer, by their stream. */
  const open = new Map<string, Set<string | number>>();
  const before = readKept(kept ?? new Map());
  const ended = before.open;
  let lostText = JSON.stringify(before.lost);

  const putEvent = ({ sequence, streamId, text }: KeptEvent) =>
    [eventField(sequence), JSON.stringify([streamId, text])] as const;
  const putStream = (streamId: string, ids: Iterable<string | number>) =>
    [streamField(streamId), JSON.stringify([...ids])] as const;

  /** What a message changes of the requests that are open on its stream. */
  function follow(streamId: string, message: JSONRPCMessage | Record<string, never>): KeptFields | undefined {
    const answered = 'id' in message && !('method' in message) ? message.id : undefined;
    const ids = open.get(streamId);
    if (answered !== undefined) {
      if (!ids?.delete(answered)) return undefined;
      if (ids.size > 0) return { put: [putStream(streamId, ids)], drop: [] };
      open.delete(streamId);
      return { put: [], drop: [streamField(streamId)] };
    }
    const serving = served.getStore();
    if (ids || streamId === standaloneStream || !Array.isArray(serving) || serving.length === 0) {
      return undefined;
    }
    open.set(streamId, new Set(serving));
    return { put: [putStream(streamId, serving)], drop: [] };
  }

  let withEvent: KeptFields | undefined;
  const events = createSessionEvents({
    kept: before,
    after: epoch * eventsOfEpoch,
    async keep({ put, dropped, lost }: KeptChange) {
      const text = JSON.stringify(lost);
      const isLost = put !== undefined && dropped.includes(put.sequence);
      const fields: KeptFields = {
        put: [
          ...(put && !isLost ? [putEvent(put)] : []),
          ...(text === lostText ? [] : [[lostField, text] as const]),
          ...(withEvent?.put ?? []),
        ],
        drop: [...dropped.map(eventField), ...(withEvent?.drop ?? [])],
      };
      lostText = text;
      withEvent = undefined;
      await keep(fields);
    },
  });

  const shared: SharedEvents = {
    ...events,
    get bytes() {
      return events.bytes;
    },
    serving: (ids, run) => (served.getStore() === 'nobody' ? run() : served.run(ids, run)),
    withoutKeeping: (run) => served.run('nobody', run),

    async storeEvent(streamId, message) {
      if (served.getStore() === 'nobody') return `0-${streamId}`;
      const fields = follow(streamId, message);
      if (!('jsonrpc' in message)) {
        const id = await events.storeEvent(streamId, message);
        if (fields) await keep(fields);
        return id;
      }
      // Taken up by `keep` above before anything else can run.
      withEvent = fields;
      return events.storeEvent(streamId, message);
    },

    fields() {
      const { events: all, lost } = events.dump();
      return {
        isWhole: true,
        put: [
          ...all.map(putEvent),
          ...(lost.length > 0 ? [[lostField, JSON.stringify(lost)] as const] : []),
          ...[...open].map(([streamId, ids]) => putStream(streamId, ids)),
        ],
        drop: [],
      };
    },

    async answerEnded() {
      for (const [streamId, ids] of ended) {
        open.set(streamId, new Set(ids));
        for (const id of ids) await shared.storeEvent(streamId, endedAnswer(id) as JSONRPCMessage);
      }
    },
  };
  return shared;
}

const endedAnswer = (id: string | number) =>
  rpcError(
    rpcCode.refused,
    'The replica of this server that ran this request has ended before it answered. A question that was open is void: ' +
      'nothing was done on it. What else it did is not known: look at the calls before you ask again.',
    id,
  );

function readKept(kept: ReadonlyMap<string, string>) {
  const events: KeptEvent[] = [];
  const open = new Map<string, (string | number)[]>();
  let lost: string[] = [];
  for (const [field, text] of kept) {
    if (field === lostField) lost = JSON.parse(text);
    else if (field.startsWith('s:')) open.set(field.slice(2), JSON.parse(text));
    else if (field.startsWith('e:')) {
      const [streamId, message] = JSON.parse(text) as [string, string];
      events.push({ sequence: Number(field.slice(2)), streamId, text: message });
    }
  }
  events.sort((one, other) => one.sequence - other.sequence);
  return { events, lost, open };
}
