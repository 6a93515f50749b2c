import { setTimeout as pause } from 'node:timers/promises';
import type { Place } from './place.ts';

/**
 * Ends what rings, so that nothing happens by itself any more, and what no list of the platform tells of, so that who
 * reads everything anew can know it: calls in voicemail, and parked ones (platform.md 4.8).
 */
export async function calm(place: Place): Promise<void> {
  for (;;) {
    const { calls } = await place.truth();
    const ringing = calls.filter(({ parties }) =>
      parties.some(({ status }) => /Setup|Proceeding|VoiceMail|Parked/.test(status.code)),
    );
    if (ringing.length === 0) return;
    for (const { telephonySessionId } of ringing)
      await place.control.drop(telephonySessionId).catch(() => {});
    await pause(200);
  }
}

/** Sends SIGTERM to all replicas. Answers their exit codes by name. */
export async function stopAll({ seats }: Place): Promise<Map<string, number | null>> {
  const ended = new Map<string, number | null>();
  await Promise.all(seats.map(async (seat) => ended.set(seat.name, await seat.stop())));
  return ended;
}
