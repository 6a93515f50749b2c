import { wrongState } from './errors.ts';
import { onlineDevices } from './identity.ts';
import type { Party, Reason, Ringing } from './model.ts';
import type { Pbx } from './pbx.ts';
import { recordAutomatically } from './recordings.ts';
import { hangUp } from './teardown.ts';
import { OTHER_SIDE_MS, PSTN_RING_MS, VOICEMAIL_MS } from './timing.ts';

/** A leg begins to ring on the phones of its person; `handlers` say what happens for queues and flips. */
export function startRinging(
  pbx: Pbx,
  leg: Party,
  handlers: Pick<Ringing, 'onAnswer' | 'onGiveUp'> = {},
  deviceIds: string[] = phonesOf(pbx, leg),
): void {
  const ms = leg.extensionId === undefined ? PSTN_RING_MS : pbx.world.account.ringSeconds * 1000;
  leg.ringing = {
    devices: new Set(deviceIds),
    cancelTimeout: pbx.later(leg, ms, () => giveUp(pbx, leg, 'NoAnswer')),
    ...handlers,
  };
}

function phonesOf(pbx: Pbx, leg: Party): string[] {
  return leg.extensionId === undefined
    ? []
    : onlineDevices(pbx.world, leg.extensionId).map((device) => device.id);
}

/** Somebody takes the call, at one of the ringing phones; also out of voicemail screening. */
export function answer(pbx: Pbx, leg: Party, deviceId?: string): void {
  const ringing = stopRinging(leg);
  const device = deviceId ?? ringing?.devices.values().next().value;
  const waiting = leg.serves;
  delete leg.serves;
  for (const cancel of [...leg.timers]) cancel();
  pbx.change(leg, {
    code: 'Answered',
    missedCall: false,
    ...(leg.supervision === undefined ? {} : { reason: 'Supervising' as const }),
    ...(device === undefined ? {} : { to: { ...leg.to, deviceId: device } }),
  });
  ringing?.onAnswer?.();
  if (waiting?.call === leg.call && (waiting.code === 'Setup' || waiting.code === 'Proceeding')) {
    pbx.later(waiting, OTHER_SIDE_MS, () => pbx.change(waiting, { code: 'Answered' }));
  }
  recordAutomatically(pbx, leg.call);
}

/** A ringing phone is declined: the others go on, the last one sends the call on. */
export function decline(pbx: Pbx, leg: Party, reason: Reason, deviceId?: string): void {
  if (leg.ringing === undefined) throw wrongState(leg.code);
  if (deviceId !== undefined && leg.ringing.devices.delete(deviceId) && leg.ringing.devices.size > 0) return;
  giveUp(pbx, leg, reason);
}

/** Nobody answers this leg: a user's voicemail takes over, an outside phone ends the call (FACTS 4.7). */
export function giveUp(pbx: Pbx, leg: Party, reason: Reason): void {
  const onGiveUp = leg.ringing?.onGiveUp;
  if (onGiveUp !== undefined) onGiveUp(reason);
  else if (leg.extensionId === undefined) hangUp(pbx, leg, reason);
  else toVoicemail(pbx, leg);
}

/** The mailbox answers on the leg. */
export function toVoicemail(pbx: Pbx, leg: Party): void {
  stopRinging(leg);
  const screening =
    leg.extensionId !== undefined && pbx.world.extensions.get(leg.extensionId)?.voicemailScreening;
  pbx.change(leg, { code: screening ? 'VoiceMailScreening' : 'VoiceMail', missedCall: true });
  pbx.later(leg, VOICEMAIL_MS, () => hangUp(pbx, leg));
}

export function stopRinging(leg: Party): Ringing | undefined {
  const { ringing } = leg;
  ringing?.cancelTimeout();
  delete leg.ringing;
  return ringing;
}
