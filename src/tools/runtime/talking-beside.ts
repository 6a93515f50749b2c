import type { Line } from '../../app/line.ts';
import { ownParty } from '../../calls/store/own-party.ts';
import { isInConversation } from '../../calls/store/party.ts';
import type { PartyView, SessionView } from '../../calls/store/views.ts';
import { isInbound } from '../../ringcentral/wire/session.ts';

/** A call that you talk on, or place, and that is none of these. */
export const talkingBeside = (
  ids: readonly (string | undefined)[],
  calls: Line['calls'],
): SessionView | undefined =>
  calls.active().find((call) => !ids.includes(call.id) && isTalking(ownParty(call)));

/** A call that rings at you is not one that you talk on, nor is one that your leg is out of. */
const isTalking = (own: PartyView | undefined): boolean =>
  own !== undefined && (isInConversation(own) || (isPlacing(own) && !isInbound(own)));

const isPlacing = ({ status }: PartyView): boolean => status.code === 'Setup' || status.code === 'Proceeding';
