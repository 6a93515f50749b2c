import type { SessionView } from '../../../calls/store/views.ts';
import { listensIn } from '../../../ringcentral/wire/session.ts';
import type { Action } from '../../action.ts';
import type { CallSnapshot } from '../call-snapshot.ts';

/** Tools with which somebody listens to a call without being noticed (platform.md 2.3.16, 2.3.24); their outcome names the leg. */
export const listeningTools: ReadonlySet<string> = new Set([
  ...['supervise_call_party', 'supervise_call_session'],
]);

/** Whether a leg that listens in is acted on, or connected with another. */
export const actsOnListener = (action: Action, { call, other }: CallSnapshot): boolean =>
  isListener(call, action.partyId) || isListener(other, action.other?.partyId);

/** Whether this party of the call listens in on it. */
export function isListener(call: SessionView | undefined, partyId: string | undefined): boolean {
  const party = call?.parties.find(({ id }) => id === partyId);
  return party !== undefined && listensIn(party);
}
