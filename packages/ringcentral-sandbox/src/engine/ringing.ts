import { recordAutomatically } from './call-recording.ts';
import { wrongState } from './errors.ts';
import { onlineDevices } from './identity.ts';
import type { Party, Reason, Ringing } from './model.ts';
import type { Pbx } from './pbx.ts';
import { noteReached } from './reached.ts';
import { hangUp } from './teardown.ts';
import { OTHER_SIDE_MS, PSTN_RING_MS, VOICEMAIL_MS } from './timing.ts';
import type { RingGroup } from './world.ts';

/**
 * A leg begins to ring: at its person's phones, group after group, or at those of `deviceIds`; `handlers` say what
 * happens for queues and flips. False, and nothing rings, where there is no phone that could.
 */
export function startRinging(
  pbx: Pbx,
  leg: Party,
  handlers: Pick<Ringing, 'onAnswer' | 'onGiveUp'> = {},
  deviceIds?: string[],
): boolean {
  const groups = deviceIds === undefined ? groupsOf(pbx, leg) : [ofAccount(pbx, deviceIds)];
  const [first, ...next] = groups;
  leg.ringing = { devices: new Set(), next, cancelTimeout: () => undefined, ...handlers };
  ringGroup(pbx, leg, leg.ringing, first ?? ofAccount(pbx, []));
  return first !== undefined && (leg.extensionId === undefined || first.phones.length > 0);
}

function ringGroup(pbx: Pbx, leg: Party, ringing: Ringing, { seconds, phones }: RingGroup): void {
  ringing.devices = new Set(phones);
  const cancelGiveUp = pbx.later(leg, seconds * 1000, () => nextGroup(pbx, leg, 'NoAnswer'));
  const cancelMailbox = outsideMailbox(pbx, leg, phones);
  ringing.cancelTimeout = () => {
    cancelGiveUp();
    cancelMailbox();
  };
  const ring = outsidePhone(leg) ?? phones;
  if (ring.length > 0) noteReached(pbx, leg, 'rings', ring);
}

/** The voicemail of an outside phone answers in time: to the platform it is a person. */
function outsideMailbox(pbx: Pbx, leg: Party, phones: string[]): () => void {
  const seconds = pbx.world.account.outsideVoicemailSeconds;
  const number = leg.extensionId === undefined ? undefined : phones.find(isNumber);
  if (seconds === null || (leg.extensionId !== undefined && number === undefined)) return () => undefined;
  return pbx.later(leg, seconds * 1000, () => mailboxAnswers(pbx, leg, number));
}

/** Groups that have a phone which can ring; for an outside party its own phone. */
function groupsOf(pbx: Pbx, leg: Party): RingGroup[] {
  if (leg.extensionId === undefined) return [{ seconds: PSTN_RING_MS / 1000, phones: [] }];
  const online = onlineDevices(pbx.world, leg.extensionId)
    .filter(({ whenCalled }) => whenCalled !== 'unreachable')
    .map(({ id }) => id);
  const groups = pbx.world.extensions.get(leg.extensionId)?.ringGroups ?? [];
  const usable = groups.map(({ seconds, phones }) => ({
    seconds,
    phones: phones.filter((phone) => isNumber(phone) || online.includes(phone)),
  }));
  return groups.length === 0 ? [ofAccount(pbx, online)] : usable.filter(({ phones }) => phones.length > 0);
}

function ofAccount(pbx: Pbx, phones: string[]): RingGroup {
  return { seconds: pbx.world.account.ringSeconds, phones };
}

/** The number of the phone that is an outside party's own. */
function outsidePhone(leg: Party): string[] | undefined {
  return leg.extensionId === undefined ? [leg.to.phoneNumber ?? ''] : undefined;
}

export function isNumber(phone: string): boolean {
  return phone.startsWith('+');
}

/** Somebody takes the call, at one of the ringing phones; also out of voicemail screening. */
export function answer(pbx: Pbx, leg: Party, phone?: string): void {
  const ringing = stopRinging(leg);
  const at = phone ?? ringing?.devices.values().next().value;
  const waiting = leg.serves;
  delete leg.serves;
  for (const cancel of [...leg.timers]) cancel();
  if (at !== undefined && isNumber(at)) leg.answeredAt = at;
  noteReached(pbx, leg, 'answers', outsidePhone(leg) ?? (at === undefined ? [] : [at]));
  pbx.change(leg, {
    code: 'Answered',
    missedCall: false,
    ...(leg.supervision === undefined ? {} : { reason: 'Supervising' as const }),
    ...(at === undefined || isNumber(at) ? {} : { to: { ...leg.to, deviceId: at } }),
  });
  ringing?.onAnswer?.();
  if (waiting?.call === leg.call && (waiting.code === 'Setup' || waiting.code === 'Proceeding')) {
    pbx.later(waiting, OTHER_SIDE_MS, () => pbx.change(waiting, { code: 'Answered' }));
  }
  recordAutomatically(pbx, leg.call);
}

/** The mailbox behind a phone takes the call: an outside phone's looks like a person, a user's is the platform's. */
export function mailboxAnswers(pbx: Pbx, leg: Party, phone?: string): void {
  if (leg.ringing === undefined) throw wrongState(leg.code);
  if (leg.extensionId !== undefined && phone === undefined) {
    giveUp(pbx, leg, 'NoAnswer');
    return;
  }
  leg.machine = true;
  answer(pbx, leg, phone);
}

/** A ringing phone is declined: the others go on, after the last the next group, then voicemail. */
export function decline(pbx: Pbx, leg: Party, reason: Reason, phone?: string): void {
  const { ringing } = leg;
  if (ringing === undefined) throw wrongState(leg.code);
  if (phone === undefined) giveUp(pbx, leg, reason);
  else if (ringing.devices.delete(phone) && ringing.devices.size === 0) nextGroup(pbx, leg, reason);
}

/**
 * Rejected by the API, which names no device: the phone that rings first of all stops (assumed), the others go on
 * (platform.md 2.3.17).
 */
export function reject(pbx: Pbx, leg: Party): void {
  const [first] = leg.ringing?.devices ?? [];
  // An agent who rejects a queue's call is out of it with all phones: the queue offers it to the next (assumed).
  if (first === undefined || leg.queueName !== undefined) giveUp(pbx, leg, 'Rejected');
  else decline(pbx, leg, 'Rejected', first);
}

/** Only this device rings any more, as long as a phone rings (platform.md 2.3.20). */
export function ringOnly(pbx: Pbx, leg: Party, deviceId: string): void {
  const { ringing } = leg;
  if (ringing === undefined) return;
  ringing.cancelTimeout();
  ringing.next = [];
  ringGroup(pbx, leg, ringing, ofAccount(pbx, [deviceId]));
}

function nextGroup(pbx: Pbx, leg: Party, reason: Reason): void {
  const group = leg.ringing?.next.shift();
  if (leg.ringing === undefined || group === undefined) {
    giveUp(pbx, leg, reason);
    return;
  }
  leg.ringing.cancelTimeout();
  ringGroup(pbx, leg, leg.ringing, group);
}

/** Nobody answers this leg: a user's voicemail takes over, an outside phone ends the call (platform.md 4.7). */
export function giveUp(pbx: Pbx, leg: Party, reason: Reason): void {
  const onGiveUp = leg.ringing?.onGiveUp;
  if (onGiveUp !== undefined) onGiveUp(reason);
  else if (leg.extensionId === undefined) hangUp(pbx, leg, reason);
  else toVoicemail(pbx, leg);
}

/** The mailbox answers on the leg. */
export function toVoicemail(pbx: Pbx, leg: Party): void {
  stopRinging(leg);
  const extension = pbx.world.extensions.get(leg.extensionId ?? '');
  const ownMailbox = leg.serves?.extensionId === leg.extensionId;
  noteReached(pbx, leg, 'voicemail');
  pbx.change(leg, {
    code: extension?.voicemailScreening && !ownMailbox ? 'VoiceMailScreening' : 'VoiceMail',
    missedCall: !ownMailbox,
  });
  pbx.later(leg, VOICEMAIL_MS, () => hangUp(pbx, leg));
}

export function stopRinging(leg: Party): Ringing | undefined {
  const { ringing } = leg;
  ringing?.cancelTimeout();
  delete leg.ringing;
  return ringing;
}
