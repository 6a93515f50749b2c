import { isObject } from '../../shared/is-object.ts';
import type { TelephonyEvent } from './event.ts';
import { readId, readList } from './read-members.ts';
import { readOrigin, readParty } from './read-session.ts';

/**
 * Reads the body of a telephony event by hand, because events come in thousands and zod takes several times as long
 * as `JSON.parse` (bench/read-event.ts). The definition is `telephonyEvent` in event.ts: a property test holds this
 * reader to it, value for value.
 * @returns undefined where the schema refuses.
 */
export function readTelephonyEvent(body: unknown): TelephonyEvent | undefined {
  if (!isObject(body)) return undefined;
  const { sequence, eventTime, parties } = body;
  const telephonySessionId = readId(body.telephonySessionId);
  if (!Number.isFinite(sequence) || telephonySessionId === undefined || typeof eventTime !== 'string') {
    return undefined;
  }
  return {
    sequence: sequence as number,
    telephonySessionId,
    sessionId: readId(body.sessionId),
    eventTime,
    origin: readOrigin(body.origin),
    parties: readList(parties, readParty),
  };
}
