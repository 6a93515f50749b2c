import type { Reply } from '../api.ts';
import { type Body, exactlyOne } from '../bodies.ts';
import { missing } from '../errors.ts';
import { answer, giveUp, stopRinging } from '../ringing.ts';
import { settleSoon } from '../teardown.ts';
import { AUTO_ANSWER_MS, REPLY_MS } from '../timing.ts';
import { restParty, type WireParty } from '../wire.ts';
import { type PartyContext, usableDevice } from './context.ts';

/** What can be done with a call that rings: answer, reject, ignore, reply. */

/** 200 does not mean answered: the device is called anew and answers by itself (FACTS 2.3 no. 20). */
export function answerCallParty({ pbx, party }: PartyContext, { deviceId }: Body<'answerCallParty'>): Reply {
  usableDevice(pbx, deviceId, party.extensionId ?? '');
  party.ringing?.cancelTimeout();
  party.to = { ...party.to, deviceId };
  pbx.later(party, AUTO_ANSWER_MS, () => {
    // Somebody may have been faster, or voicemail was.
    if (party.serves !== undefined && party.code !== 'VoiceMail') answer(pbx, party, deviceId);
  });
  return { status: 200, body: restParty(pbx, party) };
}

/** The caller stays: the voicemail takes over, in a queue the other agents (FACTS, trap 9). */
export function rejectParty({ pbx, party }: PartyContext): Reply {
  giveUp(pbx, party, 'Rejected');
  return { status: 204 };
}

export function ignoreCallInQueue(
  { pbx, party }: PartyContext,
  { deviceId }: Body<'ignoreCallInQueue'>,
): Reply {
  usableDevice(pbx, deviceId, party.extensionId ?? '');
  giveUp(pbx, party, 'Rejected');
  return { status: 204 };
}

/** Spoken to the caller, then the call ends; the answer still has the ringing status (FACTS 2.3 no. 13). */
export function replyParty({ pbx, party }: PartyContext, body: Body<'replyParty'>): Reply {
  exactlyOne({ replyWithText: body.replyWithText, replyWithPattern: body.replyWithPattern });
  const { replyWithPattern } = body;
  if (replyWithPattern?.time !== undefined && replyWithPattern.timeUnit === undefined) {
    throw missing('replyWithPattern.timeUnit');
  }
  stopRinging(party);
  for (const cancel of [...party.timers]) cancel();
  party.reason = 'CallReplied';
  pbx.later(party, REPLY_MS, () => {
    pbx.end(party, 'CallReplied');
    if (party.serves !== undefined) pbx.endLegsServing(party.serves);
    settleSoon(pbx, party.call);
  });
  return { status: 200, body: reduced(restParty(pbx, party)) };
}

/** The answer has no more than this of the party (FACTS 2.1, "reduced party"). */
function reduced({ id, status, muted, standAlone, from, to, owner, direction }: WireParty) {
  return { id, status, muted, standAlone, from, to, owner, direction };
}
