import type { OperationName, OperationPath, Reply } from './api.ts';
import { isoSeconds } from './wire.ts';

/** Injected sessions that are kept; older ones are forgotten. */
const SESSIONS_KEPT = 1000;

interface InjectedSession {
  id: string;
  origin: unknown;
  createdAt: number;
  /** The latest `eventTime` of a body. */
  changedAt: number;
  parties: Map<string, { sequence: number; party: Record<string, unknown> }>;
}

/** REST body of an injected session. */
interface InjectedBody {
  id: string;
  origin: unknown;
  parties: Record<string, unknown>[];
  creationTime: string;
}

/** Sessions that exist only by injected notifications. Of each party the body with the highest sequence counts. */
export class InjectedSessions {
  readonly #sessions = new Map<string, InjectedSession>();

  /** Merges a telephony body; anything else is ignored. `now` is its time where it has no valid `eventTime`. */
  merge(body: unknown, now: number): void {
    if (!isRecord(body) || typeof body.telephonySessionId !== 'string') return;
    const id = body.telephonySessionId;
    const sequence = typeof body.sequence === 'number' ? body.sequence : 0;
    const time = typeof body.eventTime === 'string' ? Date.parse(body.eventTime) : Number.NaN;
    const session = this.#open(id, Number.isNaN(time) ? now : time);
    if (body.origin !== undefined) session.origin = body.origin;
    for (const party of Array.isArray(body.parties) ? body.parties : []) {
      if (!isRecord(party) || typeof party.id !== 'string') continue;
      const known = session.parties.get(party.id);
      if (known === undefined || sequence >= known.sequence)
        session.parties.set(party.id, { sequence, party });
    }
  }

  /** Time of its latest change in epoch milliseconds. */
  changedAt(id: string): number | undefined {
    return this.#sessions.get(id)?.changedAt;
  }

  /**
   * Answers the two operations that read a session or a party of it. Undefined for every other operation, and for a
   * session or party that was not injected.
   */
  read(operation: OperationName, { telephonySessionId = '', partyId }: OperationPath): Reply | undefined {
    const session = this.session(telephonySessionId);
    if (session === undefined) return undefined;
    if (operation === 'readCallSessionStatus') return { status: 200, body: session };
    if (operation !== 'readCallPartyStatus') return undefined;
    const party = session.parties.find(({ id }) => id === partyId);
    return party === undefined ? undefined : { status: 200, body: party };
  }

  /** REST body. */
  session(id: string): InjectedBody | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined) return undefined;
    return {
      id,
      origin: session.origin,
      parties: [...session.parties.values()].map(({ party }) => party),
      creationTime: isoSeconds(session.createdAt),
    };
  }

  clear(): void {
    this.#sessions.clear();
  }

  #open(id: string, time: number): InjectedSession {
    let session = this.#sessions.get(id);
    if (session === undefined) {
      session = { id, origin: { type: 'Call' }, createdAt: time, changedAt: time, parties: new Map() };
      this.#sessions.set(id, session);
      const oldest = this.#sessions.keys().next().value;
      if (this.#sessions.size > SESSIONS_KEPT && oldest !== undefined) this.#sessions.delete(oldest);
    }
    session.createdAt = Math.min(session.createdAt, time);
    session.changedAt = Math.max(session.changedAt, time);
    return session;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
