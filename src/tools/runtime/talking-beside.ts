import { ownParty } from '../../calls/store/own-party.ts';
import { isInConversation } from '../../calls/store/party.ts';
import type { OwnCall } from '../../calls/store/views.ts';
import { type CallParty, isInbound, isRinging } from '../../ringcentral/wire/session.ts';

/** Of the login's own calls one that you talk on, or place, and that is none of these. */
export const talkingBeside = (
  ids: readonly (string | undefined)[],
  yours: readonly OwnCall[],
): OwnCall | undefined =>
  yours.find((call) => !ids.includes(call.id) && isTalking(ownParty<CallParty>(call)));

/** A call that rings at you is not one that you talk on, nor is one that your leg is out of. */
const isTalking = (own: CallParty | undefined): boolean =>
  own !== undefined && (isInConversation(own) || (isRinging(own) && !isInbound(own)));
