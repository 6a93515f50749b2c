import type { SessionView } from '../../../calls/store/views.ts';
import { listensIn } from '../../../ringcentral/wire/session.ts';
import type { Action, PartyRef } from '../../action.ts';
import type { CallSnapshot } from '../call-snapshot.ts';

/** Tools with which somebody listens to a call without being noticed (platform.md 2.3.16, 2.3.24); their outcome names the leg. */
export const listeningTools: ReadonlySet<string> = new Set([
  ...['supervise_call_party', 'supervise_call_session'],
]);

/** The leg that listens in where one is acted on, or connected with another. */
export function listenerOf(action: Action, { call, other }: CallSnapshot): PartyRef | undefined {
  const legs = [
    { on: call, partyId: action.partyId },
    { on: other, partyId: action.other?.partyId },
  ];
  for (const { on, partyId } of legs)
    if (on && partyId !== undefined && isListener(on, partyId)) return { telephonySessionId: on.id, partyId };
  return undefined;
}

/** Whether this party of the call listens in on it. */
export function isListener(call: SessionView | undefined, partyId: string | undefined): boolean {
  const party = call?.parties.find(({ id }) => id === partyId);
  return party !== undefined && listensIn(party);
}
