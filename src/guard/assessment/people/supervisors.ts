import { type CallParty, hasLeft } from '../../../ringcentral/wire/session.ts';
import { BoundedSet } from '../../../shared/bounded.ts';
import type { Action } from '../../action.ts';
import type { CallsPort } from '../../ports.ts';
import type { CallSnapshot } from '../call-snapshot.ts';

/** More than one login listens in with at a time. */
const LIMIT = 1_000;

/** Tools with which somebody listens to a call without being noticed (platform.md 2.3.16, 2.3.24); their outcome names the leg. */
export const listeningTools: ReadonlySet<string> = new Set([
  ...['supervise_call_party', 'supervise_call_session'],
]);

/** Knows which legs listen in on a call. */
export interface Supervisors {
  /** Whether such a leg is acted on, or connected with another. */
  act(action: Action, snapshot: CallSnapshot): boolean;
}

/** Remembers such legs by id: after a hold they no longer show that they listen in. */
export function watchSupervisors(calls: CallsPort): Supervisors {
  const partyIds = new BoundedSet<string>(LIMIT);

  calls.onParty((_telephonySessionId, party) => {
    if (hasLeft(party)) partyIds.delete(party.id);
    else if (listensIn(party)) partyIds.add(party.id);
  });

  return {
    act(action, { call, other }) {
      const legs = [
        { id: action.partyId, on: call },
        { id: action.other?.partyId, on: other },
      ];
      return legs.some(({ id, on }) => {
        const party = on?.parties.find((one) => one.id === id);
        return (id !== undefined && partyIds.has(id)) || (party !== undefined && listensIn(party));
      });
    },
  };
}

/** Whether a leg shows that it listens in. */
export const listensIn = ({ status }: CallParty): boolean => status.reason === 'Supervising';
