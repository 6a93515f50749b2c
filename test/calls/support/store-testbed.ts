import { CallStore } from '../../../src/calls/store/call-store.ts';
import type { CallStoreOptions } from '../../../src/calls/store/call-store-types.ts';
import { LogPositions } from '../../../src/calls/store/log-positions.ts';
import { type TelephonyEvent, telephonyEvent } from '../../../src/ringcentral/wire/event.ts';
import { type CallSession, callSession } from '../../../src/ringcentral/wire/session.ts';
import { type ManualClock, manualClock } from '../../support/clock.ts';

const start = Date.parse('2026-01-05T09:00:00.000Z');

/** Standing still at the time from which `event` counts. */
export const testClock = (): ManualClock => manualClock(start);

/** Positions that go on from `start`. */
export const positionsFrom = (start: number) => new LogPositions({ now: () => start / 1_000 });

export const me = '101';
export const colleague = '102';

export interface EventParts {
  session?: string;
  party: number;
  sequence: number;
  code: string;
  reason?: string;
  /** Owner of the party; none for the outside world. */
  extensionId?: string | undefined;
  /** Milliseconds after `start`. */
  at?: number;
  [member: string]: unknown;
}

/** An event as the platform sends it: one party (platform.md 4.3). */
export function event(parts: EventParts): TelephonyEvent {
  const { session = 'a', party, sequence, code, reason, at = sequence * 1000, extensionId, ...rest } = parts;
  const { peerId, description, legacyId, origin = 'Call', ...members } = rest;
  return telephonyEvent.parse({
    sequence,
    telephonySessionId: `s-${session}`,
    sessionId: legacyId,
    eventTime: new Date(start + at).toISOString(),
    origin: { type: origin },
    parties: [
      {
        id: `p-${session}-${party}`,
        extensionId,
        direction: party === 1 ? 'Outbound' : 'Inbound',
        status: { code, reason, peerId, description },
        ...members,
      },
    ],
  });
}

/** A session as REST answers it. `parties`: number, code, owner. */
export function reading(
  session: string,
  parties: readonly (readonly [party: number, code: string, extensionId?: string, members?: object])[],
  rest: object = {},
): CallSession {
  return callSession.parse({
    id: `s-${session}`,
    origin: { type: 'Call' },
    creationTime: '2026-01-05T09:00:00Z',
    parties: parties.map(([party, code, extensionId, members]) => ({
      id: `p-${session}-${party}`,
      extensionId,
      direction: party === 1 ? 'Outbound' : 'Inbound',
      status: { code },
      ...members,
    })),
    ...rest,
  });
}

/** platform.md 4.6.1: an outside caller reaches an IVR, then a user who answers, holds and takes back. */
export const inboundCall = (session = 'a', user = me): TelephonyEvent[] =>
  (
    [
      [1, 2, 'Setup', undefined, 0],
      [2, 3, 'Setup', '400', 10],
      [1, 4, 'Answered', undefined, 150],
      [2, 5, 'Disconnected', '400', 4000],
      [3, 6, 'Setup', user, 4000],
      [3, 7, 'Proceeding', user, 4050],
      [3, 8, 'Answered', user, 9050],
      [3, 9, 'Hold', user, 19_050],
      [3, 10, 'Answered', user, 22_050],
      [3, 11, 'Disconnected', user, 30_050],
      [1, 12, 'Disconnected', undefined, 30_056],
    ] as const
  ).map(([party, sequence, code, extensionId, at]) =>
    event({ session, party, sequence, code, extensionId, at }),
  );

export interface StoreTestbed {
  calls: CallStore;
  clock: ManualClock;
  apply(...events: TelephonyEvent[]): void;
}

/** A store that is connected, and whose owner is extension 101. */
export function storeTestbed(options: Partial<CallStoreOptions> = {}): StoreTestbed {
  const clock = testClock();
  const calls = new CallStore({ clock, scope: 'account', ...options });
  calls.setOwnExtension(me);
  calls.setConnected(true);
  return {
    calls,
    clock,
    apply: (...events) => {
      for (const each of events) calls.apply(structuredClone(each), clock.now());
    },
  };
}
