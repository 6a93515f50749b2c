import type { Clock } from '../base/clock.ts';
import type { SessionView } from '../calls/view.ts';
import type { CallParty } from '../ringcentral/wire/session.ts';
import type { Action } from './action.ts';
import type { Scene } from './fingerprint.ts';
import { rings } from './fingerprint.ts';
import { people } from './people.ts';
import type { Calls } from './ports.ts';
import { isUnmistakable } from './targets/emergency.ts';

/** Dispatchers call back, from ordinary numbers, for about this long. */
const CALL_BACK_MS = 60 * 60_000;
/** Extensions that are remembered. */
const LIMIT = 10_000;
/** Longer numbers are no emergency numbers, in-house ones and those behind a country code included. */
const LONGEST = 10;

/** What sends a ringing call away or ends it. */
const sendsAway: ReadonlySet<string> = new Set([
  ...['reject_party', 'ignore_call_in_queue', 'forward_call_party', 'reply_party'],
  ...['delete_call_session', 'delete_call_party'],
]);

/** Remembers on whose line there was an emergency call: what rings there within the hour may be the call back. */
export interface EmergencyCalls {
  /** There was one within the last hour, on whosever line. */
  wereRecent(): boolean;
  /** This act would send away what may be emergency services calling back. */
  mayBeCallBack(action: Action, scene: Scene): boolean;
}

/** `isEmergency`: whether emergency services are on a call. */
export function watchEmergencyCalls(
  calls: Calls,
  clock: Clock,
  isEmergency: (call: SessionView) => boolean,
): EmergencyCalls {
  /** Clock time of the last sign of such a call, by extension id; under `undefined` where nobody's leg is known. */
  const seen = new Map<string | undefined, number>();

  calls.onParty((telephonySessionId, party) => {
    if (!hasSign(party)) return;
    const call = calls.call(telephonySessionId);
    if (!call || !isCertain(party, call) || !isEmergency(call)) return;
    const extensions = call.parties.flatMap(({ extensionId }) => (extensionId ? [extensionId] : []));
    for (const extension of extensions.length > 0 ? extensions : [undefined]) {
      seen.delete(extension);
      seen.set(extension, clock.now());
      const [oldest] = seen.keys();
      if (seen.size > LIMIT) seen.delete(oldest);
    }
  });

  const isYoung = (at: number | undefined): boolean => at !== undefined && clock.now() - at < CALL_BACK_MS;
  const isRecent = (extensionId: string | undefined): boolean => isYoung(seen.get(extensionId));

  return {
    wereRecent: () => [...seen.values()].some(isYoung),
    mayBeCallBack(action, scene) {
      const { call } = scene;
      if (!call || seen.size === 0 || !sendsAway.has(action.tool) || !rings(action, scene)) return false;
      const callers = people(call).filter(({ you, caller }) => !you && caller !== false);
      if (callers.length > 0 && callers.every(({ extensionId }) => extensionId !== undefined)) return false;
      const rung = call.parties.filter(({ direction }) => direction === 'Inbound');
      return isRecent(undefined) || rung.some(({ extensionId }) => isRecent(extensionId));
    },
  };
}

/** Cheap, because every state of every party is looked at. */
const hasSign = ({ attributes, from, to }: CallParty): boolean =>
  attributes?.emergencyCallback === true || isShort(from?.phoneNumber) || isShort(to?.phoneNumber);

/**
 * Of a call that has just begun only the own leg is known: `102` is a colleague's extension then, sooner than an
 * ambulance in India. Once it has been read, the other side is there.
 */
const isCertain = ({ attributes, from, to }: CallParty, { parties }: SessionView): boolean =>
  parties.length > 1 ||
  attributes?.emergencyCallback === true ||
  [from, to].some((end) => end?.phoneNumber !== undefined && isUnmistakable(end.phoneNumber));

const isShort = (phoneNumber: string | undefined): boolean =>
  phoneNumber !== undefined && phoneNumber.length <= LONGEST;
