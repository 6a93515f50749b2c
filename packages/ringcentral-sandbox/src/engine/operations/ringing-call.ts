import type { Reply } from '../api.ts';
import { type Body, exactlyOne } from '../bodies.ts';
import { whenCalled } from '../dialling.ts';
import { missing } from '../errors.ts';
import type { Party } from '../model.ts';
import type { Pbx } from '../pbx.ts';
import { answer, giveUp, reject, ringOnly, stopRinging } from '../ringing.ts';
import { settleSoon } from '../teardown.ts';
import { AUTO_ANSWER_MS, REPLY_MS } from '../timing.ts';
import { restParty, type WireParty } from '../wire.ts';
import { type PartyContext, usableDevice } from './context.ts';

/** Calls the device so that it answers by itself (platform.md 2.3.20). The answer, 200, comes before it does. */
export function answerCallParty({ pbx, party }: PartyContext, { deviceId }: Body<'answerCallParty'>): Reply {
  usableDevice(pbx, deviceId, party.extensionId ?? '');
  ringOnly(pbx, party, deviceId);
  party.to = { ...party.to, deviceId };
  pbx.later(party, AUTO_ANSWER_MS, () => {
    // By then another phone or voicemail may have answered.
    if (party.serves !== undefined && party.code !== 'VoiceMail') deviceDoes(pbx, party, deviceId);
  });
  return { status: 200, body: restParty(pbx, party) };
}

/** Does what the device's `whenCalled` says; a device that refuses ends the ringing (assumed). */
function deviceDoes(pbx: Pbx, party: Party, deviceId: string): void {
  const does = whenCalled(pbx, deviceId);
  if (does === 'answers') answer(pbx, party, deviceId);
  else if (party.ringing === undefined || does === 'rings') return;
  else if (does === 'unreachable') party.ringing.devices.clear();
  else giveUp(pbx, party, does === 'busy' ? 'TargetBusy' : 'Rejected');
}

/**
 * Stops a phone that rings. The caller stays: other phones ring on, then voicemail or other agents (platform.md
 * 2.3.17).
 */
export function rejectParty({ pbx, party }: PartyContext): Reply {
  reject(pbx, party);
  return { status: 204 };
}

/** Stops the phones of an agent; the queue goes on with other agents (platform.md 2.3.15). */
export function ignoreCallInQueue(
  { pbx, party }: PartyContext,
  { deviceId }: Body<'ignoreCallInQueue'>,
): Reply {
  usableDevice(pbx, deviceId, party.extensionId ?? '');
  giveUp(pbx, party, 'Rejected');
  return { status: 204 };
}

/**
 * Speaks a text to the caller, then ends the call (platform.md 2.3.13). Until then the party's state does not change.
 */
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

/**
 * The members of the party that the answer has, with the code `Setup`, as in RingCentral's mock (platform.md 2.3.13).
 */
function reduced({ id, status, muted, standAlone, from, to, owner, direction }: WireParty) {
  return { id, status: { ...status, code: 'Setup' }, muted, standAlone, from, to, owner, direction };
}
