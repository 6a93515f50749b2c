import { z } from 'zod';
import { isObject } from '../../../shared/is-object.ts';
import { parseJson } from '../../../shared/parse-json.ts';
import type { KeptEvent } from '../session-events.ts';

/** What the SDK calls the stream of a GET. */
export const standaloneStream = '_GET_stream';

export type RequestId = string | number;

type Field = readonly [field: string, text: string];

const lostField = 'lost';
export const eventField = (sequence: number): string => `e:${sequence}`;
export const streamField = (streamId: string): string => `s:${streamId}`;

export const putEvent = ({ sequence, streamId, text }: KeptEvent): Field => [
  eventField(sequence),
  JSON.stringify([streamId, text]),
];

/** The requests without an answer on a stream. */
export const putStream = (streamId: string, ids: Iterable<RequestId>): Field => [
  streamField(streamId),
  JSON.stringify([...ids]),
];

/** The streams of which an answer is not kept. */
export const putLost = (lost: readonly string[]): Field => [lostField, JSON.stringify(lost)];

/** The events of a session as a replica before has kept them. */
export interface ReadFields {
  /** In order. */
  events: KeptEvent[];
  /** Streams of which an answer is not kept, or is damaged. */
  lost: string[];
  /** Requests without an answer, by their stream. */
  open: Map<string, RequestId[]>;
  /** Fields that are left out: anybody who can write to Redis may have damaged them. */
  damaged: string[];
}

/** Reads what the functions above have written; other fields are not for here. */
export function readFields(kept: ReadonlyMap<string, string>): ReadFields {
  const read: ReadFields = { events: [], lost: [], open: new Map(), damaged: [] };
  for (const [field, text] of kept) {
    const value = parseJson(text);
    if (field === lostField) readLost(value, read);
    else if (field.startsWith('s:')) readStream(field, value, read);
    else if (field.startsWith('e:')) readEvent(field, value, read);
  }
  read.events.sort((one, other) => one.sequence - other.sequence);
  return read;
}

function readLost(value: unknown, { lost, damaged }: ReadFields): void {
  const streams = z.array(z.string()).safeParse(value);
  if (streams.success) lost.push(...streams.data);
  else damaged.push(lostField);
}

function readStream(field: string, value: unknown, { open, lost, damaged }: ReadFields): void {
  const streamId = field.slice('s:'.length);
  const ids = z.array(z.union([z.string(), z.number()])).safeParse(value);
  if (ids.success) {
    open.set(streamId, ids.data);
    return;
  }
  damaged.push(field);
  lost.push(streamId);
}

function readEvent(field: string, value: unknown, { events, lost, damaged }: ReadFields): void {
  const sequence = /^e:(\d{1,15})$/.exec(field)?.[1];
  const [streamId, text] = (Array.isArray(value) ? value : []) as unknown[];
  if (sequence !== undefined && typeof streamId === 'string' && isMessage(text)) {
    events.push({ sequence: Number(sequence), streamId, text });
    return;
  }
  damaged.push(field);
  // It may have been the answer. What is lost of the stream of a GET is told by the next notice.
  if (typeof streamId === 'string' && streamId !== standaloneStream) lost.push(streamId);
}

const isMessage = (text: unknown): text is string => typeof text === 'string' && isObject(parseJson(text));
