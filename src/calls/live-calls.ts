import type { Clock } from '../base/clock.ts';
import type { TelephonyEvent } from '../ringcentral/wire/event.ts';
import type { CallParty, CallSession } from '../ringcentral/wire/session.ts';
import { History } from './history.ts';
import type { Change, PartyView, Scope, SessionView } from './view.ts';

export interface LiveCallsOptions {
  clock: Clock;
  scope: Scope;
}

/** The live picture of calls: pure state, fed by events and readings, bounded in memory. */
export class LiveCalls {
  readonly history = new History();

  // biome-ignore lint/complexity/noUselessConstructor: signature first
  constructor(_options: LiveCallsOptions) {}

  /** Says whose parties are "yours". Until then no session has a `yourPartyId`. */
  setOwnExtension(_extensionId: string): void {
    throw new Error('not built yet');
  }

  /** Now, as this picture counts time: take it before a request is sent, hand it in with the answer. */
  stamp(): number {
    throw new Error('not built yet');
  }

  apply(_event: TelephonyEvent, _receivedAt: number): void {
    throw new Error('not built yet');
  }

  /** Merges a session as REST gave it. `requestedAt`: `stamp()` before the request was sent. */
  snapshot(_session: CallSession, _requestedAt: number): void {
    throw new Error('not built yet');
  }

  /** Merges one party from the answer of an operation. */
  snapshotParty(_telephonySessionId: string, _party: CallParty, _requestedAt: number): void {
    throw new Error('not built yet');
  }

  /** The platform does not know this session any more: it is over. */
  notFound(_telephonySessionId: string, _requestedAt: number): void {
    throw new Error('not built yet');
  }

  /** A call by id: active, or ended a short while ago. */
  session(_telephonySessionId: string): SessionView | undefined {
    throw new Error('not built yet');
  }

  party(_telephonySessionId: string, _partyId: string): PartyView | undefined {
    throw new Error('not built yet');
  }

  /** Active sessions, newest first. */
  active(_page?: { offset?: number; limit?: number }): SessionView[] {
    throw new Error('not built yet');
  }

  get activeCount(): number {
    throw new Error('not built yet');
  }

  /** Called once per event or reading that changed something. The answer ends it. */
  onChange(_listener: (change: Change) => void): () => void {
    throw new Error('not built yet');
  }
}
