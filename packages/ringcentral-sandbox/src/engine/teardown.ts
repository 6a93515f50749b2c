import { type Call, isOver, isPerson, type Party, type Reason } from './model.ts';
import type { Pbx } from './pbx.ts';
import { OTHER_SIDE_MS } from './timing.ts';

/** Ends a leg. Legs that have no purpose without it end a moment later. */
export function hangUp(pbx: Pbx, party: Party, reason?: Reason): void {
  endLeg(pbx, party, reason);
  settleSoon(pbx, party.call);
}

/** Ends every leg of a call at once, and with a conference those of the calls in it. */
export function endCall(pbx: Pbx, call: Call, reason?: Reason): void {
  for (const joined of [...call.participants.keys()]) endCall(pbx, joined, reason);
  for (const party of call.parties) endLeg(pbx, party, reason);
  if (call.conference !== undefined) leaveConference(pbx, call.conference, call);
  pbx.closeCall(call);
}

/** Ends, a moment later, the legs of a call that have no purpose any more. Must be called when a leg has left. */
export function settleSoon(pbx: Pbx, call: Call): void {
  const { conference } = call;
  if (!call.ended) pbx.later(call, OTHER_SIDE_MS, () => settle(pbx, call));
  else if (conference !== undefined) {
    pbx.later(conference, OTHER_SIDE_MS, () => leaveConference(pbx, conference, call));
  }
}

/** Takes a call out of its conference. */
export function leaveConference(pbx: Pbx, conference: Call, joined: Call): void {
  const leg = conference.participants.get(joined);
  if (leg === undefined) return;
  conference.participants.delete(joined);
  delete joined.conference;
  pbx.end(leg);
  settleSoon(pbx, conference);
  settleSoon(pbx, joined);
}

/**
 * Ends the legs for parties that have left, the leg of a person who is alone, those of supervisors, and an empty
 * conference.
 */
function settle(pbx: Pbx, call: Call): void {
  for (const leg of call.parties) {
    if (leg.serves !== undefined && isOver(leg.serves)) endLeg(pbx, leg);
  }
  if (call.origin === 'Conference') settleConference(pbx, call);
  else if (call.conference !== undefined) {
    // Until its leg has moved, the call is one of its own: who is left alone in it is let go.
    const moving = call.conference.participants.get(call)?.code === 'Setup';
    const persons = call.parties.filter(isPerson).length;
    if (persons === 0 || (moving && persons === 1)) leaveConference(pbx, call.conference, call);
  } else {
    const waiting = call.parties.some((leg) => !isOver(leg) && leg.serves !== undefined);
    const persons = call.parties.filter(isPerson);
    const [last] = persons;
    if (persons.length === 1 && last !== undefined && !waiting && last.code !== 'Parked') endLeg(pbx, last);
  }
  for (const leg of call.parties) {
    if (leg.supervision !== undefined && isOver(leg.supervision.agent)) endLeg(pbx, leg);
  }
}

/** Ends a conference whose host has left; one with `keepAlive` when its last participant has left, too. */
function settleConference(pbx: Pbx, conference: Call): void {
  const hostLeft = !conference.parties.some((party) => party.conferenceRole === 'Host' && !isOver(party));
  if (hostLeft && (conference.keepAlive !== true || conference.participants.size === 0)) {
    endCall(pbx, conference);
  }
}

function endLeg(pbx: Pbx, leg: Party, reason?: Reason): void {
  if (isOver(leg)) return;
  // Assumed: an unanswered ringing leg is a missed call (platform.md 12.6).
  const missed = leg.extensionId !== undefined && leg.ringing !== undefined;
  pbx.change(leg, {
    code: 'Disconnected',
    ...(reason === undefined ? {} : { reason }),
    ...(missed ? { missedCall: true } : {}),
  });
}
