import { setTimeout as pause } from 'node:timers/promises';
import type { Control } from '../../test/e2e/support/control.ts';
import type { Leg } from '../../test/e2e/support/operations.ts';
import { inGroups } from './in-groups.ts';

const atOnce = 8;
const pollMs = 100;
const patienceMs = 180_000;

/** Where one of the calls is: at this phone, of the person whom the server lets in with these headers. */
export interface Seat {
  extensionNumber: string;
  extensionId: string;
  deviceId: string;
  headers: Record<string, string>;
}

/** Seats of one person, whom the server lets in without headers. */
export async function seatsOf(control: Control, extensionNumber: string, count: number): Promise<Seat[]> {
  const seat = {
    extensionNumber,
    extensionId: await control.extensionId(extensionNumber),
    deviceId: await control.deviceId(extensionNumber),
    headers: {},
  };
  return Array(count).fill(seat);
}

/** An outsider calls each seat, and is talked with; answers the own legs, in the order of the seats. */
export async function layCalls(control: Control, seats: readonly Seat[]): Promise<Leg[]> {
  // Nobody is to end in voicemail while the others are dialled.
  await control.patch('/account', { ringSeconds: 300 });
  const ids = await inGroups(atOnce, seats, ({ extensionNumber }, nth) =>
    control.dial({ phoneNumber: `+1415555${String(nth).padStart(4, '0')}` }, { extensionNumber }),
  );
  const legs = await legsOf(control, seats, ids, 'Proceeding');
  await inGroups(atOnce, legs, ({ telephonySessionId, partyId }, nth) =>
    control.act(telephonySessionId, partyId, 'answer', { deviceId: seats[nth]?.deviceId }),
  );
  return legsOf(control, seats, ids, 'Answered');
}

/** Waits until the own party of each call is so. */
async function legsOf(
  control: Control,
  seats: readonly Seat[],
  ids: readonly string[],
  code: string,
): Promise<Leg[]> {
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await pause(pollMs)) {
    const calls = new Map((await control.state()).calls.map((call) => [call.telephonySessionId, call]));
    const legs = ids.flatMap((telephonySessionId, nth) => {
      const own = calls
        .get(telephonySessionId)
        ?.parties.find(
          ({ extensionId, status }) =>
            String(extensionId) === seats[nth]?.extensionId && status.code === code,
        );
      return own ? [{ telephonySessionId, partyId: own.id }] : [];
    });
    if (legs.length === ids.length) return legs;
  }
  throw new Error(`not all ${ids.length} calls became ${code}`);
}
