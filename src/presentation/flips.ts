import { ownParty, type Parties } from '../calls/store/own-party.ts';
import type { SessionView } from '../calls/store/views.ts';
import {
  type CallParty,
  hasLeft,
  isConference,
  isInbound,
  isRinging,
  listensIn,
} from '../ringcentral/wire/session.ts';
import { isFarEnd } from './far-ends.ts';

/*
 * A flip (platform.md 2.3.12): another phone of yours rings for who is on the call, while your leg holds. One outside the
 * account has no extension, so that nothing but this shows that it is yours.
 */

type Call = Parties<CallParty> & Pick<SessionView, 'origin'>;

/** The leg of your other phone: it rings while yours holds, or has taken the call from it. */
export function flippedTo(call: Call | undefined): CallParty | undefined {
  const own = ownParty(call);
  if (call === undefined || own === undefined || isConference(call)) return undefined;
  const isMoved = hasFlipped(call);
  if (!isMoved && (own.status.code !== 'Hold' || !call.parties.some(isWaiting))) return undefined;
  return call.parties.find(
    (one) =>
      one.id !== own.id &&
      isInbound(one) &&
      !hasLeft(one) &&
      (isMoved || isRinging(one)) &&
      (one.extensionId === undefined || one.extensionId === own.extensionId) &&
      !isFarEnd(one, own),
  );
}

/** Somebody for whom the phone can ring: who holds too may have a phone of their own called. */
const isWaiting = (party: CallParty): boolean => party.status.code === 'Answered' && !listensIn(party);

/** Whether you talk on at a phone of yours that has no leg of your extension, which this server cannot control. */
export function hasFlipped(call: Call | undefined): boolean {
  const own = ownParty(call);
  return own !== undefined && own.status.reason === 'CallFlip' && !call?.parties.every(hasLeft);
}
