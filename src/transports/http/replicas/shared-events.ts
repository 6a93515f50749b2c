import { AsyncLocalStorage } from 'node:async_hooks';
import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import { rpcCode, rpcError } from '../../refusal.ts';
import { createSessionEvents, type KeptChange, type SessionEvents } from '../session-events.ts';
import {
  eventField,
  putEvent,
  putLost,
  putStream,
  type RequestId,
  readFields,
  standaloneStream,
  streamField,
} from './kept-fields.ts';
import type { KeptFields } from './session-register.ts';

/** Events of one session that are kept for whoever takes it over, too. */
export interface SharedEvents extends SessionEvents {
  /** Fields of what was kept that are damaged, and left out. */
  readonly damaged: readonly string[];
  /** Runs what sends messages that belong to these requests of the client. */
  serving<Result>(ids: readonly RequestId[], run: () => Result): Result;
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

/** The same bounds as `createSessionEvents`, kept elsewhere as well; with it, which requests have no answer yet. */
export function createSharedEvents({ epoch, kept, keep }: SharedEventsOptions): SharedEvents {
  const served = new AsyncLocalStorage<readonly RequestId[] | 'nobody'>();
  const before = readFields(kept ?? new Map());
  /** Requests without an answer, by their stream. */
  const open = new Map([...before.open].map(([streamId, ids]) => [streamId, new Set(ids)]));
  let lostText = JSON.stringify(before.lost);

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
          ...(text === lostText ? [] : [putLost(lost)]),
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
    damaged: before.damaged,
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
          ...(lost.length > 0 ? [putLost(lost)] : []),
          ...[...open].map(([streamId, ids]) => putStream(streamId, ids)),
        ],
        drop: [],
      };
    },

    async answerEnded() {
      for (const [streamId, ids] of before.open) {
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
