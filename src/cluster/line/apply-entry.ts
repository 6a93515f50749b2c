import type { CallStore } from '../../calls/store/call-store.ts';
import type { LogEntry } from './log-entry.ts';

/**
 * Merges what an entry says of calls; one that says nothing of them changes nothing.
 * @returns of presence, the calls that should be read: see `CallStore.compare`
 */
export function applyEntry(entry: LogEntry, calls: CallStore): string[] {
  switch (entry.kind) {
    case 'event':
      calls.apply(entry.event, entry.receivedAt);
      break;
    case 'session':
      calls.snapshot(entry.session, entry.at);
      break;
    case 'party':
      calls.snapshotParty(entry.telephonySessionId, entry.party, entry.at);
      break;
    case 'notFound':
      calls.notFound(entry.telephonySessionId, entry.at);
      break;
    case 'presence':
      return calls.compare(entry.presence);
    case 'loss':
      calls.markStale(entry.isLost);
      break;
    case 'connected':
      calls.setConnected(entry.connected);
      break;
    case 'own':
      calls.setOwnExtension(entry.extensionId);
      break;
    case 'link':
      calls.bringIn(entry.conference, entry.call);
      break;
    default:
      break;
  }
  return [];
}

/** Ids of the calls whose own part of the picture an entry may change. */
export function changedBy(entry: LogEntry, calls: CallStore): readonly string[] {
  switch (entry.kind) {
    case 'event':
      return [entry.event.telephonySessionId];
    case 'session':
      return [entry.session.id];
    case 'party':
    case 'notFound':
      return [entry.telephonySessionId];
    case 'presence':
      // It is noted with each call on which presence agrees.
      return calls.knownIds();
    default:
      return [];
  }
}
