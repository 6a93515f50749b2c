import { Failure } from '../base/failure.ts';
import type { SessionView } from '../calls/view.ts';
import { hasLeft, isBroughtIn } from '../ringcentral/wire/session.ts';
import type { Action } from './action.ts';
import type { Guest, Scene } from './fingerprint.ts';
import { rings } from './fingerprint.ts';
import type { Calls } from './ports.ts';
import { isEmergencyCall, isHarmlessInEmergency } from './targets/emergency.ts';

/** Reads the calls of an act from the platform, to show them in a question. Throws what the platform answers. */
export async function look(action: Action, calls: Calls, signal?: AbortSignal): Promise<Scene> {
  const priority = action.risk === 'destructive' ? 'end' : 'action';
  const read = (telephonySessionId: string | undefined) =>
    telephonySessionId === undefined
      ? Promise.resolve(undefined)
      : calls.readFresh(telephonySessionId, signal, priority);
  const [call, other] = await Promise.all([
    read(action.telephonySessionId),
    read(action.other?.telephonySessionId),
  ]);
  const guests = call ? await readGuests(call, read) : [];
  if (call) mustBeThere(call, action.partyId, guests);
  if (other) mustBeThere(other, action.other?.partyId);
  const scene = { ...(call && { call }), ...(other && { other }), guests };
  refuseEmergency(action, scene);
  return scene;
}

/** A guest whose call is over has left the conference. */
async function readGuests(
  conference: SessionView,
  read: (telephonySessionId: string | undefined) => Promise<SessionView | undefined>,
): Promise<Guest[]> {
  const guests = conference.parties.filter(isBroughtIn).map(async ({ id: partyId, status }) => {
    const link = conference.links?.find((one) => one.partyId === status.peerId?.partyId);
    const call = await read(link?.telephonySessionId).catch((error: unknown) => {
      if (error instanceof Failure && error.kind === 'not_found') return null;
      throw error;
    });
    return call === null || call?.over ? [] : [{ partyId, ...(call && { call }) }];
  });
  return (await Promise.all(guests)).flat();
}

/** Reads them again after the yes, which is worth nothing if they cannot be read. */
export async function lookAgain(
  action: Action,
  calls: Calls,
  rang: boolean,
  signal?: AbortSignal,
): Promise<Scene> {
  const scene = await look(action, calls, signal).catch((error: unknown) => {
    if (!(error instanceof Failure)) throw error;
    if (error.kind === 'not_found') throw ended();
    if (error.kind === 'wrong_state' || error.kind === 'denied') throw error;
    throw new Failure(
      'unavailable',
      'The person said yes, but the call could not be read again to see that it is still the one they were shown. ' +
        `Nothing was done. ${error.message}`,
      error.details,
    );
  });
  if (rang && !rings(action, scene)) {
    throw new Failure(
      'wrong_state',
      'The phone stopped ringing before the person answered. Nothing was done.',
      {
        next: ['read_call_session_status'],
      },
    );
  }
  return scene;
}

/** A call with emergency services on it takes nothing but reads and what gives sound back (DESIGN "The guard"). */
export function refuseEmergency(action: Action, { call, other, guests }: Scene): void {
  if (isHarmlessInEmergency(action)) return;
  const touched = [call, other, ...guests.map((guest) => guest.call)];
  if (touched.some((one) => one && isEmergencyCall(one))) {
    throw new Failure(
      'denied',
      'Emergency services are on this call: an agent may only read, unmute and unhold.',
    );
  }
}

const ended = () =>
  new Failure('wrong_state', 'The call has ended. Nothing was done.', { next: ['list_active_calls'] });

function mustBeThere(call: SessionView, partyId: string | undefined, guests: readonly Guest[] = []): void {
  if (call.over && guests.length === 0) throw ended();
  if (partyId === undefined || guests.some((guest) => guest.partyId === partyId)) return;
  const party = call.parties.find(({ id }) => id === partyId);
  if (!party || hasLeft(party)) {
    throw new Failure('wrong_state', 'This party is no longer on the call. Nothing was done.', {
      next: ['read_call_session_status'],
    });
  }
}
