import type { SDK } from '@ringcentral/sdk';
import { RingCentralCallControl } from 'ringcentral-call-control';
import { account, beginning, ownExtension } from './frames.ts';

/** What makes live calls of the texts of WebSocket frames. */
export interface EventReader {
  take(text: string): void;
  /** The live calls: what must not be collected while memory is measured. */
  state: unknown;
}

export const parseOnly = (): EventReader => ({ take: (text) => void JSON.parse(text), state: undefined });

/** The least that keeps live calls: the latest of each party by its sequence, in maps, and nothing that looks at them. */
export function plainReducer(live: number): EventReader {
  const calls = new Map<string, Map<string, { sequence: number }>>();
  const take = (text: string): void => {
    const { telephonySessionId, sequence, parties } = JSON.parse(text)[1].body;
    const call = calls.get(telephonySessionId) ?? new Map<string, { sequence: number }>();
    calls.set(telephonySessionId, call);
    for (const party of parties) {
      if (sequence <= (call.get(party.id)?.sequence ?? 0)) continue;
      if (party.status.code === 'Disconnected') call.delete(party.id);
      else call.set(party.id, { ...party, sequence });
    }
    if (call.size === 0) calls.delete(telephonySessionId);
  };
  for (const text of beginning(live)) take(text);
  return { take, state: calls };
}

/** RingCentral's own library. */
export function official(live: number): EventReader {
  const control = new RingCentralCallControl({
    sdk: {} as SDK,
    accountLevel: true,
    preloadSessions: false,
    preloadDevices: false,
    extensionInfo: { id: Number(ownExtension), account: { id: account } } as never,
  });
  restore(control, live);
  const take = (text: string): void => {
    const [, envelope] = JSON.parse(text);
    control.onNotificationEvent(envelope);
  };
  return { take, state: control };
}

interface Session {
  id: string;
  parties: { id: string }[];
}

/** Puts the calls into it. By events it would need minutes: it looks at all calls for each. */
function restore(control: RingCentralCallControl, live: number): void {
  const { _eventSequenceMap: sequences } = control as unknown as {
    _eventSequenceMap: Record<string, object>;
  };
  const sessions = new Map<string, Session>();
  for (const text of beginning(live)) {
    const { telephonySessionId: id, sequence, parties, ...head } = JSON.parse(text)[1].body;
    const [party] = parties;
    const others = sessions.get(id)?.parties.filter((other) => other.id !== party.id) ?? [];
    const session = {
      ...head,
      id,
      extensionId: ownExtension,
      accountId: account,
      parties: [...others, party],
    };
    sessions.set(id, session);
    sequences[party.id] = { sequence, telephonySessionId: id, updatedAt: Date.now() };
  }
  control.restoreSessions([...sessions.values()] as never);
}
