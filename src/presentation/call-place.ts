import { isOwn, ownParty } from '../calls/store/own-party.ts';
import { yourParkedParty } from '../calls/store/parked-party.ts';
import { isHosting } from '../calls/store/party.ts';
import type { CallShape } from '../calls/store/views.ts';
import {
  type CallParty,
  hasLeft,
  isConference,
  isInbound,
  isRinging,
  listensIn,
} from '../ringcentral/wire/session.ts';
import type { UsedTool } from './next-step-offers.ts';
import { areAllYours, areMachines, areRinging } from './party-states.ts';

/**
 * What your own leg of a call is doing; `consulting`: talking on a call that you placed; `apart`: out of the conversation
 * (`standAlone`), `held apart`: that, and on hold.
 */
export type Place =
  | 'ringing'
  | 'calling'
  | 'unanswered'
  | 'talking'
  | 'consulting'
  | 'held'
  | 'apart'
  | 'held apart'
  | 'hosting'
  | 'left';

/** What your leg of the call is doing; undefined where there is none, or for what no row is about. */
export function placeIn(call: CallShape, used?: UsedTool): Place | undefined {
  const own = ownLeg(call);
  if (own === undefined) return undefined;
  if (isHosting(own)) return 'hosting';
  if (hasLeft(own)) return 'left';
  if (listensIn(own) || yourParkedParty(call) !== undefined) return undefined;
  const { code } = own.status;
  if (isRinging(own)) return isInbound(own) ? 'ringing' : 'calling';
  if (isConference(call) || areAllYours(call)) return undefined;
  if (code === 'Hold') return own.standAlone ? 'held apart' : 'held';
  if (code !== 'Answered') return undefined;
  if (areMachines(own, call)) return 'unanswered';
  if (areRinging(own, call)) return used?.timedOut ? 'unanswered' : 'calling';
  if (own.standAlone) return 'apart';
  return isInbound(own) ? 'talking' : 'consulting';
}

/** Whether you talk with the others of the call; a conference that you host is none of these. */
export function isTalkedOn(call: CallShape): boolean {
  const place = placeIn(call);
  return place === 'talking' || place === 'consulting';
}

/** Your leg of the call: of a conference the host's, though the own party be one that was brought in. */
export const ownLeg = (call: CallShape): CallParty | undefined =>
  call.parties.find((party) => isHosting(party) && isOwn(call, party)) ?? ownParty<CallParty>(call);

/** Where several calls are live, which is advised on. */
const urgency: readonly (Place | undefined)[] = [
  'ringing',
  'unanswered',
  'calling',
  'talking',
  'hosting',
  'apart',
  'held apart',
  'held',
];

/** Of several calls the one that wants something done first; undefined where there is none that you are on. */
export function mostUrgent<Call extends CallShape>(calls: readonly Call[]): Call | undefined {
  const rank = (call: Call) => {
    const place = urgency.indexOf(placeIn(call));
    return place < 0 ? urgency.length : place;
  };
  return calls.toSorted((one, other) => rank(one) - rank(other))[0];
}
