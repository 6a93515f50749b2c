import type { Clock } from '../base/clock.ts';
import type { SessionView } from '../calls/view.ts';
import type { CallParty } from '../ringcentral/wire/session.ts';
import type { Action } from './action.ts';
import type { Scene } from './fingerprint.ts';
import { isRinging, people } from './people.ts';
import type { Calls, Directory } from './ports.ts';
import { isEnabled, known } from './targets/account.ts';

/** Dispatchers call back, from ordinary numbers, for about this long. */
const CALL_BACK_MS = 60 * 60_000;
/** Signs that are remembered. */
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
  wereRecent(): Promise<boolean>;
  /** This act would send away what may be emergency services calling back. */
  mayBeCallBack(action: Action, scene: Scene): Promise<boolean>;
}

interface Sign {
  /** Whose line; undefined where nobody's leg is known. */
  extensionId: string | undefined;
  at: number;
  /** Numbers that mean emergency services unless they are a colleague's extension: only the own leg was seen. */
  unless?: readonly string[];
}

/** `isEmergency`: whether emergency services are on a call. */
export function watchEmergencyCalls(
  calls: Calls,
  directory: Directory,
  clock: Clock,
  isEmergency: (call: SessionView) => boolean,
): EmergencyCalls {
  /** The newest of each line and numbers: a colleague who was called next takes nothing back. */
  const signs = new Map<string, Sign>();

  const keep = (sign: Sign): void => {
    const key = [sign.extensionId, ...(sign.unless ?? [])].join(' ');
    signs.delete(key);
    signs.set(key, sign);
    const [oldest] = signs.keys();
    if (signs.size > LIMIT && oldest !== undefined) signs.delete(oldest);
  };

  calls.onParty((telephonySessionId, party) => {
    if (!hasSign(party)) return;
    const call = calls.call(telephonySessionId);
    if (!call || !isEmergency(call)) return;
    const isCertain = call.parties.length > 1 || party.attributes?.emergencyCallback === true;
    const unless = isCertain ? undefined : shortNumbers(party);
    const extensions = call.parties.flatMap(({ extensionId }) => (extensionId ? [extensionId] : []));
    for (const extensionId of extensions.length > 0 ? extensions : [undefined]) {
      keep({ extensionId, at: clock.now(), ...(unless && { unless }) });
    }
  });

  async function anyRecent(isMeant: (sign: Sign) => boolean = () => true): Promise<boolean> {
    const recent = [...signs.values()].filter(
      (sign) => clock.now() - sign.at < CALL_BACK_MS && isMeant(sign),
    );
    if (recent.length === 0 || recent.some(({ unless }) => unless === undefined)) return recent.length > 0;
    const extensions = await known(directory.extensions());
    const isColleague = (number: string) =>
      extensions?.some((one) => one.extensionNumber === number && isEnabled(one)) === true;
    return !recent.every(({ unless = [] }) => unless.every(isColleague));
  }

  return {
    wereRecent: () => anyRecent(),
    async mayBeCallBack(action, { call }) {
      if (!call || signs.size === 0 || !sendsAway.has(action.tool)) return false;
      const rung = call.parties.filter(isRinging);
      if (rung.length === 0) return false;
      const callers = people(call).filter(({ you, caller }) => !you && caller !== false);
      if (callers.length > 0 && callers.every(({ extensionId }) => extensionId !== undefined)) return false;
      const lines = new Set([undefined, ...rung.map(({ extensionId }) => extensionId)]);
      return anyRecent(({ extensionId }) => lines.has(extensionId));
    },
  };
}

/** Cheap, because every state of every party is looked at. */
const hasSign = ({ attributes, from, to }: CallParty): boolean =>
  attributes?.emergencyCallback === true || isShort(from?.phoneNumber) || isShort(to?.phoneNumber);

const isShort = (phoneNumber: string | undefined): phoneNumber is string =>
  phoneNumber !== undefined && phoneNumber.length <= LONGEST;

const shortNumbers = ({ from, to }: CallParty): string[] =>
  [from?.phoneNumber, to?.phoneNumber].filter(isShort);
