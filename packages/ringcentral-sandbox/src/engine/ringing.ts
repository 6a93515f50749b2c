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
 * Lets a leg ring.
 *
 * @param handlers what happens when it is answered, and when it will not be; see `Ringing`
 * @param deviceIds the devices that ring; absent: the phones of the party, in its ring groups
 * @returns false if no phone can ring
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

/** Lets the voicemail of an outside phone answer after the account's `outsideVoicemailSeconds`; returns cancel. */
function outsideMailbox(pbx: Pbx, leg: Party, phones: string[]): () => void {
  const seconds = pbx.world.account.outsideVoicemailSeconds;
  const number = leg.extensionId === undefined ? undefined : phones.find(isNumber);
  if (seconds === null || (leg.extensionId !== undefined && number === undefined)) return () => undefined;
  return pbx.later(leg, seconds * 1000, () => mailboxAnswers(pbx, leg, number));
}

/**
 * The ring groups of a party, reduced to phones that can ring, without empty ones; of an outside party one without
 * devices.
 */
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

/** The number of an outside party's phone; undefined for a party of the account. */
function outsidePhone(leg: Party): string[] | undefined {
  return leg.extensionId === undefined ? [leg.to.phoneNumber ?? ''] : undefined;
}

/** Whether that is the number of an outside phone, and no device id. */
export function isNumber(phone: string): boolean {
  return phone.startsWith('+');
}

/**
 * Answers a leg that rings, or one in voicemail screening.
 *
 * @param phone device id or outside number where it is answered; absent: the first that rings
 */
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

/**
 * The mailbox of a phone takes the call: an outside phone's answers the leg and looks like a person; of a user's
 * device the platform's voicemail takes it.
 *
 * @throws ApiError TAS-102 if the leg does not ring
 */
export function mailboxAnswers(pbx: Pbx, leg: Party, phone?: string): void {
  if (leg.ringing === undefined) throw wrongState(leg.code);
  if (leg.extensionId !== undefined && phone === undefined) {
    giveUp(pbx, leg, 'NoAnswer');
    return;
  }
  leg.machine = true;
  answer(pbx, leg, phone);
}

/**
 * Declines a call at one phone: the others ring on, after the last one the next group. Without `phone` the whole leg
 * gives up.
 *
 * @throws ApiError TAS-102 if the leg does not ring
 */
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

/** Lets only that device ring, if the leg rings (platform.md 2.3.20). */
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

/**
 * The leg will not be answered: `onGiveUp`, or voicemail of a user, or the end of an outside leg (platform.md 4.7).
 */
export function giveUp(pbx: Pbx, leg: Party, reason: Reason): void {
  const onGiveUp = leg.ringing?.onGiveUp;
  if (onGiveUp !== undefined) onGiveUp(reason);
  else if (leg.extensionId === undefined) hangUp(pbx, leg, reason);
  else toVoicemail(pbx, leg);
}

/** Voicemail of the leg's extension takes the call; it ends after the longest message. */
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

/** Stops every phone of the leg; returns what rang. */
export function stopRinging(leg: Party): Ringing | undefined {
  const { ringing } = leg;
  ringing?.cancelTimeout();
  delete leg.ringing;
  return ringing;
}
