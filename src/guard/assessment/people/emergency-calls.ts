import type { SessionView } from '../../../calls/store/views.ts';
import type { CallParty } from '../../../ringcentral/wire/session.ts';
import { BoundedMap } from '../../../shared/bounded.ts';
import type { Clock } from '../../../shared/clock.ts';
import type { Action } from '../../action.ts';
import type { AccountDirectory, CallsPort } from '../../ports.ts';
import type { CallSnapshot } from '../call-snapshot.ts';
import { isEnabled, known } from '../targets/account.ts';
import { participantsOn, ringsAtThem } from './participants.ts';

/** How long, in ms, dispatchers may call back, and from ordinary numbers. */
const CALL_BACK_MS = 60 * 60_000;
/** Signs that are kept; the oldest go first. */
const LIMIT = 10_000;
/** The longest emergency number, in characters, with a country code and in-house numbers included. */
const LONGEST = 10;

/** Tools that send a ringing call away or end it. */
export const sendsAway: ReadonlySet<string> = new Set([
  ...['reject_party', 'ignore_call_in_queue', 'forward_call_party', 'reply_party'],
  ...['delete_call_session', 'delete_call_party'],
]);

/** Remembers which extensions had an emergency call: what rings there within the next hour may be the call back. */
export interface EmergencyCalls {
  /** Notes that emergency services are on these calls, which one act touches: whoever else is on them talks to them. */
  note(touched: readonly SessionView[]): void;
  /** Whether there was an emergency call within the last hour, on any extension. */
  wereRecent(): Promise<boolean>;
  /** Whether this act would send away a ringing call that may be emergency services calling back. */
  mayBeCallBack(action: Action, snapshot: CallSnapshot): Promise<boolean>;
}

interface Sign {
  /** The extension that had the call; undefined where no leg of an extension is known. */
  extensionId: string | undefined;
  at: number;
  /** Numbers that mean emergency services unless they are a colleague's extension: only the own leg was seen. */
  unless?: readonly string[];
}

/** @param isEmergency whether emergency services are on a call */
export function trackEmergencyCalls(
  calls: CallsPort,
  directory: AccountDirectory,
  clock: Clock,
  isEmergency: (call: SessionView) => boolean,
): EmergencyCalls {
  /**
   * The newest sign by extension and numbers: a later call to a colleague must not replace that of an emergency call.
   */
  const signs = new BoundedMap<string, Sign>(LIMIT);

  const keep = (sign: Sign): void => {
    signs.set([sign.extensionId, ...(sign.unless ?? [])].join(' '), sign);
  };

  calls.onParty((telephonySessionId, party) => {
    if (!hasSign(party)) return;
    const call = calls.call(telephonySessionId);
    if (!call || !isEmergency(call)) return;
    const isCertain = call.parties.length > 1 || party.attributes?.emergencyCallback === true;
    const unless = isCertain ? undefined : shortNumbers(party);
    const extensions = extensionsOn(call);
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
    note(touched) {
      for (const extensionId of touched.flatMap(extensionsOn)) keep({ extensionId, at: clock.now() });
    },
    wereRecent: () => anyRecent(),
    async mayBeCallBack(action, { call }) {
      if (!call || signs.size === 0 || !sendsAway.has(action.tool)) return false;
      const rung = call.parties.filter(ringsAtThem);
      if (rung.length === 0) return false;
      const callers = participantsOn(call).filter(({ you, caller }) => !you && caller !== false);
      if (callers.length > 0 && callers.every(({ extensionId }) => extensionId !== undefined)) return false;
      const lines = new Set([undefined, ...rung.map(({ extensionId }) => extensionId)]);
      return anyRecent(({ extensionId }) => lines.has(extensionId));
    },
  };
}

/**
 * Whether a party may show an emergency call. A cheap first test, because it runs for every state of every party.
 */
const hasSign = ({ attributes, from, to }: CallParty): boolean =>
  attributes?.emergencyCallback === true || isShort(from?.phoneNumber) || isShort(to?.phoneNumber);

const extensionsOn = (call: SessionView): string[] =>
  call.parties.flatMap(({ extensionId }) => (extensionId ? [extensionId] : []));

const isShort = (phoneNumber: string | undefined): phoneNumber is string =>
  phoneNumber !== undefined && phoneNumber.length <= LONGEST;

const shortNumbers = ({ from, to }: CallParty): string[] =>
  [from?.phoneNumber, to?.phoneNumber].filter(isShort);
