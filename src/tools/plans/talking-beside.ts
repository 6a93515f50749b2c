import type { Line } from '../../app/line.ts';
import { ownParty } from '../../calls/store/own-party.ts';
import type { PartyView, SessionView } from '../../calls/store/views.ts';

/** A call that you talk on, or place, and that is none of these. */
export const talkingBeside = (
  ids: readonly (string | undefined)[],
  calls: Line['calls'],
): SessionView | undefined =>
  calls.active().find((call) => !ids.includes(call.id) && isTalking(ownParty(call)));

const isTalking = (own: PartyView | undefined): boolean =>
  own !== undefined && ['Setup', 'Proceeding', 'Answered'].includes(own.status.code) && !rings(own);

/** A call that rings at you is not one that you talk on. */
const rings = ({ direction, status }: PartyView): boolean =>
  direction === 'Inbound' && status.code !== 'Answered';
