import { ownParty } from '../../../calls/store/own-party.ts';
import type { PartyView, SessionView } from '../../../calls/store/views.ts';
import type { Endpoint } from '../../../ringcentral/wire/session.ts';
import { hasLeft, listensIn } from '../../../ringcentral/wire/session.ts';
import { lazy } from '../../../shared/lazy.ts';
import type { Action } from '../../action.ts';
import { emergencyNumbers } from './emergency-data.ts';
import { crisisLines, helplines, missing, unmistakable, worldwide } from './emergency-list.ts';
import { callingCodes } from './ranges-data.ts';
import { isParkCode } from './written-number.ts';

const listed = (...texts: (string | undefined)[]): string[] =>
  texts.flatMap((text) => text?.split(' ') ?? []);

/** What is dialled in front of a number: a line out of the house, a trunk prefix, or both. */
const prefixes = ['0', '1', '8', '9', '00', '90', '99'];
/** What is dialled in front of a country code. */
const international = ['00', '011', '0011', '010', '810', '9011', '900', '000'];
/** Longer numbers are emergency numbers in their own country only: elsewhere they are somebody's. */
const SHORT = 3;

/** Made of the tables with the first number that is looked at: most servers never look at one. */
const tables = lazy(() => {
  const everywhere = [...worldwide, ...listed(helplines['001'])];
  const every = new Set([
    ...everywhere,
    ...[emergencyNumbers, missing, helplines].flatMap((table) => listed(...Object.values(table))),
  ]);
  const behind = (heads: readonly string[], numbers: Iterable<string>) =>
    new Set([...numbers].flatMap((number) => heads.map((head) => head + number)));
  const ofRegions = (regions: string) =>
    regions.split(' ').flatMap((region) => [emergencyNumbers, missing, helplines].map((one) => one[region]));
  return {
    every,
    withPrefix: behind(['', ...prefixes], every),
    unmistakable: behind(['', '0', '9'], unmistakable),
    byCallingCode: new Map(
      Object.entries(callingCodes).map(([code, regions]) => [
        code,
        new Set([...everywhere, ...listed(...ofRegions(regions))]),
      ]),
    ),
  };
});

/**
 * Whether this is a number of emergency services or of a crisis line, of whatever country, as somebody may dial it:
 * with punctuation, behind a prefix for an outside line, behind a country code, behind a star code. It may be an
 * extension all the same: whoever knows that asks `winsOverExtension`. A park code is none.
 */
export const isEmergencyNumber = (dialled: string): boolean =>
  !isParkCode(dialled) &&
  readings(dialled).some(({ digits, abroad }) => (abroad ? meansAbroad(digits) : meansHere(digits)));

/** The ways to read what was dialled: digits alone count, up to a pause, and without the star code in front. Words are none. */
function readings(dialled: string): { digits: string; abroad: boolean }[] {
  const plain = dialled
    .normalize('NFKC')
    .replace(/^\s*(?:tel|sips?):|@.*$/gi, '')
    .trim();
  const heads = [plain, plain.split(/[,;pwx]/i)[0] ?? ''].filter((head) => !/[\p{L},;]/u.test(head));
  const texts = heads.flatMap((head) =>
    /^[*#]/.test(head) ? [head, ...[2, 3].map((length) => head.replace(/^[*#]+/, '').slice(length))] : [head],
  );
  return texts.map((text) => ({ digits: text.replace(/\D/g, ''), abroad: text.startsWith('+') }));
}

const meansHere = (digits: string): boolean =>
  tables().withPrefix.has(digits) ||
  international.some((prefix) => digits.startsWith(prefix) && meansAbroad(digits.slice(prefix.length)));

/** `+1911` means 911 too: with a country code in front it is no valid number. */
function meansAbroad(digits: string): boolean {
  const { every, byCallingCode } = tables();
  if (every.has(digits) || crisisLines.has(digits)) return true;
  return [1, 2, 3].some((length) => {
    const own = byCallingCode.get(digits.slice(0, length));
    const rest = digits.slice(length);
    if (!own) return false;
    return own.has(rest) || (rest.startsWith('0') && own.has(rest.slice(1))) || isShortEmergency(rest);
  });
}

const isShortEmergency = (digits: string): boolean => digits.length <= SHORT && tables().every.has(digits);

/**
 * Whether the platform may put emergency services through where this is dialled as a number, although a colleague has
 * the same extension: numbers that phones take for one everywhere, and those of the given countries.
 * @param countries ISO 3166 codes of the account's and the login's own numbers; absent where they could not be read.
 */
export function winsOverExtension(dialled: string, countries: readonly string[] | undefined): boolean {
  if (countries === undefined) return isEmergencyNumber(dialled);
  const digits = dialled.replace(/\D/g, '');
  const national = countries.flatMap((country) => listed(emergencyNumbers[country], missing[country]));
  return tables().unmistakable.has(digits) || worldwide.includes(digits) || national.includes(digits);
}

/** Nobody who gives this as a phone number means a colleague. */
export const isUnmistakable = (dialled: string): boolean =>
  tables().unmistakable.has(dialled.replace(/\D/g, ''));

type Call = Pick<SessionView, 'parties' | 'yourPartyId'>;
const none: ReadonlySet<string> = new Set();

/**
 * Emergency services are on this call: somebody dialled them, was transferred to them, or they call back. Judged by
 * each live party's own end and by its far end, which is all that is known where events tell of the own party only.
 * An end that the reading shows as an extension of this account is a colleague, whatever the number.
 * @param inHouse extension numbers, direct numbers and ids of the in-house emergency extensions (`inHouseNames`).
 */
export function isEmergencyCall(call: Call, inHouse: ReadonlySet<string> = none): boolean {
  return call.parties.some((party) => {
    if (hasLeft(party)) return false;
    if (party.attributes?.emergencyCallback === true) return true;
    if (party.extensionId !== undefined && inHouse.has(party.extensionId)) return true;
    return [party.from, party.to].some(
      (end) => end !== undefined && (isInHouse(end, inHouse) || isOutsideEmergency(end, party, call)),
    );
  });
}

const isInHouse = ({ phoneNumber, extensionId }: Endpoint, inHouse: ReadonlySet<string>): boolean =>
  [phoneNumber, extensionId].some((name) => name !== undefined && inHouse.has(name));

function isOutsideEmergency(end: Endpoint, party: PartyView, call: Call): boolean {
  if (end.phoneNumber === undefined || end.extensionId !== undefined) return false;
  return isEmergencyNumber(end.phoneNumber) && !isColleague(end, party, call);
}

/** The reading shows whose end this is, here or at the party on the other side. */
function isColleague(end: Endpoint, party: PartyView, call: Call): boolean {
  const ownEnd = party.direction === 'Outbound' ? party.from : party.to;
  if (end === ownEnd) return isOfThisAccount(party, call);
  return call.parties.some((other) => {
    if (other.direction === party.direction || !isOfThisAccount(other, call)) return false;
    // A called colleague is known by the number. A caller shows the direct number, and the extension to others
    // (platform.md 4.6.2).
    if (other.direction === 'Inbound') return other.to?.phoneNumber === end.phoneNumber;
    return !hasLeft(other) && !listensIn(other) && other.status.reason !== 'Pickup';
  });
}

function isOfThisAccount({ extensionId, accountId }: PartyView, call: Call): boolean {
  const account = ownParty(call)?.accountId;
  return (
    extensionId !== undefined && (accountId === undefined || account === undefined || accountId === account)
  );
}

/** Tools that help somebody who talks to emergency services, each with what its arguments must be. */
const harmless: Readonly<Record<string, (args: Action['args']) => boolean>> = {
  unhold_call_party: () => true,
  update_call_party: ({ muted, standAlone }) => muted === false && standAlone === undefined,
  answer_call_party: () => true,
};

/** All that may be done on such a call: looking, answering it, and giving sound back. */
export const isHarmlessInEmergency = ({
  tool,
  risk,
  args,
}: Pick<Action, 'tool' | 'risk' | 'args'>): boolean =>
  risk === 'read' || (Object.hasOwn(harmless, tool) && harmless[tool]?.(args) === true);
