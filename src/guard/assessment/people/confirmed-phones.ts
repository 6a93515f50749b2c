import { type Device, isNamedPhone } from '../../../ringcentral/wire/lookups.ts';
import { BoundedMap } from '../../../shared/bounded.ts';
import type { Clock } from '../../../shared/clock.ts';
import { clean } from '../../../shared/untrusted.ts';
import type { Action } from '../../action.ts';

/** How long, in ms, a person's yes for a phone holds. */
export const CONFIRMED_MS = 8 * 60 * 60_000;
/** Phones of one login times its principals: more than there are. */
const LIMIT = 1_000;

/** Tools that open a phone's microphone by themselves, so that whoever is in the room is heard. */
export const opensMicrophone: ReadonlySet<string> = new Set([
  ...['answer_call_party', 'pickup_call_party', 'create_call_out_call_session', 'consult_and_transfer'],
]);

/** Id or name of a phone, or what gives it now: a person can choose another. Null: none; undefined: not said. */
export type NamedPhone = string | (() => string | null | undefined);

export interface ConfirmedPhonesOptions {
  /**
   * The phone that is confirmed without a question (`RC_MCP_PHONE`, or what a person has chosen).
   */
  phone?: NamedPhone;
  /** The sandbox, where without `phone` the desk phones are confirmed. */
  sandbox: boolean;
  consents: PhoneConsents;
}

/** Remembers the yes of principals' persons to phones for `CONFIRMED_MS`. */
export interface PhoneConsents {
  confirm(principal: string, deviceId: string): Promise<void>;
  isConfirmed(principal: string, deviceId: string): Promise<boolean>;
}

/**
 * Knows on which phones agents may open the microphone: the only phone that RingCentral lists may stand in an empty
 * room, and answering there takes the call from the app.
 */
export interface ConfirmedPhones {
  isConfirmed(device: Device, principal: string): Promise<boolean>;
  /**
   * That the phone which was named for agents is none of the login's, as a clause; undefined where it is one, or none was
   * named.
   * @param own all phones of the login
   */
  missing(own: readonly Device[]): string | undefined;
  /**
   * Why a person is asked before this act opens a microphone; undefined where it opens none, or a confirmed phone's.
   * @param devices the phones of the act
   * @param own all phones of the login
   */
  reason(action: Action, devices: readonly Device[], own: readonly Device[]): Promise<string | undefined>;
  /** A person said yes to this act: the phones whose microphones it opens are confirmed for eight hours. */
  confirm(action: Action): Promise<void>;
}

export function createConfirmedPhones({ phone, sandbox, consents }: ConfirmedPhonesOptions): ConfirmedPhones {
  const namedNow = () => (typeof phone === 'function' ? phone() : phone);
  const isNamed = (device: Device): boolean => {
    const named = namedNow();
    if (named === undefined) return sandbox && device.type === 'HardPhone';
    return named !== null && isNamedPhone(device, named);
  };
  const isConfirmed = async (device: Device, principal: string): Promise<boolean> =>
    isNamed(device) || (await consents.isConfirmed(principal, device.id));

  const missing = (own: readonly Device[]): string | undefined => {
    const named = namedNow();
    if (!named || own.some((device) => isNamedPhone(device, named))) return undefined;
    return typeof phone === 'function'
      ? 'the phone that you chose for agents is none of yours any more'
      : `RC_MCP_PHONE is "${clean(named)}", which is none of your phones`;
  };

  return {
    isConfirmed,
    missing,
    async reason({ tool, principal }, devices, own) {
      if (!opensMicrophone.has(tool)) return undefined;
      const confirmed = await Promise.all(devices.map((device) => isConfirmed(device, principal)));
      if (confirmed.every(Boolean)) return undefined;
      const why = 'nobody has confirmed this phone for agents yet; a yes confirms it for eight hours';
      return [missing(own), why].filter(Boolean).join('; ');
    },
    async confirm({ tool, principal, deviceIds }) {
      if (!opensMicrophone.has(tool)) return;
      await Promise.all(deviceIds.map((id) => consents.confirm(principal, id)));
    },
  };
}

/** In memory. */
export function createPhoneConsents(clock: Clock): PhoneConsents {
  /** Until when each principal's yes to a phone holds. */
  const until = new BoundedMap<string, number>(LIMIT);
  const keyOf = (principal: string, deviceId: string) => `${deviceId} ${principal}`;
  return {
    async confirm(principal, deviceId) {
      const key = keyOf(principal, deviceId);
      const end = clock.now() + CONFIRMED_MS;
      until.set(key, end);
      // Time passes even where somebody sets the clock back. A later yes has an end of its own.
      clock.after(CONFIRMED_MS, () => until.get(key) === end && until.delete(key));
    },
    isConfirmed: async (principal, deviceId) => (until.get(keyOf(principal, deviceId)) ?? 0) > clock.now(),
  };
}
