import type { OperationName, OperationPath, Reply } from './api.ts';
import { isoSeconds } from './wire.ts';

/** The newest of this many injected sessions are readable. */
const KEPT = 1000;

interface InjectedSession {
  id: string;
  origin: unknown;
  createdAt: number;
  /** The latest time that a body told. */
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

/** Sessions that are known only from injected notifications: their bodies merged by sequence. */
export class InjectedSessions {
  readonly #sessions = new Map<string, InjectedSession>();

  /** Takes a telephony body in; anything else is left alone. Returns the session's id. */
  merge(body: unknown, now: number): string | undefined {
    if (!isRecord(body) || typeof body.telephonySessionId !== 'string') return undefined;
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
    return id;
  }

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
      if (this.#sessions.size > KEPT && oldest !== undefined) this.#sessions.delete(oldest);
    }
    session.createdAt = Math.min(session.createdAt, time);
    session.changedAt = Math.max(session.changedAt, time);
    return session;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
