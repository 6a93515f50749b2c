import { Failure } from '../../../shared/failure.ts';
import { chargeOf } from './charges.ts';
import { isEmergencyNumber, isUnmistakable } from './emergency.ts';
import { bare, isParkCode, readExtension, readWritten, type Written } from './written-number.ts';

export interface DialledNumber {
  /** E.164; a special-service number as it is. */
  phoneNumber: string;
  /** ISO 3166; absent for numbers of no country or of no known range. */
  country?: string;
  /** Why a person is asked about it whatever the policy says. */
  unusual?: string;
}

/** What is known of the account that dials. */
export interface Home {
  /** Where it is: decides what special-service numbers (`411`) there are, and how national numbers are read. */
  countries(): Promise<readonly string[] | undefined>;
  /** E.164. */
  mainNumber?: string | undefined;
}

const nowhere: Home = { countries: async () => undefined };

/** Where an extension goes that was given as a number. */
export const forExtensions: Readonly<Record<string, string>> = {
  phoneNumber: 'extensionNumber',
  toPhoneNumber: 'toExtensionNumber',
};

/** Longer ones than this are no short codes (`12345`), which a network may charge or answer as it likes. */
const SHORT = 6;
/** North America's special services that are no emergency service: directory, repair, relay, diggers. */
const northAmerica = ['US', 'CA'];
const specialServices = ['411', '611', '711', '811'];

/** Kinds of numbers (libphonenumber's names) about which a person is asked. */
const unusualTypes: Readonly<Record<string, string>> = {
  SHARED_COST: 'This is a shared-cost number, which may cost more than an ordinary one.',
  PERSONAL_NUMBER: 'This is a personal number, which leads anywhere and may cost more than an ordinary one.',
  UAN: 'This is a universal access number, which may cost more than an ordinary one.',
  PAGER: 'This is the number of a pager.',
  VOICEMAIL: 'This is the number of a voicemail service.',
};

const refuse = (
  kind: 'denied' | 'invalid_input',
  parameter: string,
  message: string,
  next?: string[],
): Failure => new Failure(kind, message, { parameter, ...(next && { next }) });

/**
 * Judges a number that somebody wants dialled. No question is asked about a refused one, because nobody can say yes to
 * it here.
 * @throws Failure `denied` for star and park codes, emergency, short, unparsable, premium and satellite numbers, however written,
 * and `invalid_input` for words, and for one whose only fault is how it is written, with the right way where that is
 * certain.
 */
export async function judgeNumber(
  dialled: string,
  parameter: string,
  home: Home = nowhere,
): Promise<DialledNumber> {
  const shown = /^[\d+*#]{1,20}$/.test(dialled) ? ` ${dialled}` : '';
  const deny = (message: string) => refuse('denied', parameter, message);
  const correct = (message: string) => refuse('invalid_input', parameter, message);
  const written = readWritten(dialled);
  if (mayBeEmergency(dialled)) {
    throw deny(`Emergency number${shown}: dial it yourself. This server never places such a call.`);
  }
  if (isParkCode(dialled)) {
    throw refuse(
      'denied',
      parameter,
      `Park code${shown}: only plain numbers can be dialled. Take a parked call with pickup_call_party, or dial the ` +
        'code on your phone.',
      ['pickup_call_party'],
    );
  }
  if (!written) {
    const isStar = /[*#]/.test(dialled.normalize('NFKC'));
    if (isWords(dialled)) throw correct(`Not a phone number. ${howTo}`);
    throw deny(
      isStar
        ? `Star code${shown}: only plain numbers can be dialled.`
        : `Not a phone number${shown}. ${howTo}`,
    );
  }
  if (
    specialServices.includes(dialled) &&
    (await home.countries())?.some((one) => northAmerica.includes(one))
  ) {
    return { phoneNumber: dialled, unusual: 'This is a special-service number, which may be charged.' };
  }
  if (written.number.replace('+', '').length <= SHORT) {
    throw deny(
      `Short number${shown}: not dialled. One of this account is an extension number, not a phone number.`,
    );
  }
  const digits = await inFull(written.number, home, deny);
  if (!digits || !/^\+[1-9]\d{1,14}$/.test(digits)) throw correct(`Not an E.164 number${shown}. ${howTo}`);
  const number = await parseNumber(digits);
  const charges = [chargeOf(digits), number && chargeOf(number.number)];
  if (charges.includes('satellite')) throw deny(`Satellite network${shown}: not dialled.`);
  if (!number) throw deny(`No country has this number${shown}.`);
  const type = number.getType();
  if (charges.includes('premium') || type === 'PREMIUM_RATE') {
    throw deny(`Premium-rate number${shown}: not dialled.`);
  }
  if (written.star && number.number !== home.mainNumber) {
    throw deny(`Star code${shown}: only plain numbers can be dialled.`);
  }
  if (!number.isPossible()) throw correct(`No number of this length exists:${shown}. Check its digits.`);
  if (written.extension !== undefined) {
    const { number: main } = number;
    if (main === home.mainNumber && isUnmistakable(written.extension)) {
      throw deny(
        `Emergency number ${written.extension}: dial it yourself. This server never places such a call.`,
      );
    }
    throw correct(behindNumber(main, written, parameter, main === home.mainNumber));
  }
  // Parsing forgives a national prefix or a doubled country code; what is dialled is the text as it stands.
  if (number.number !== dialled) throw correct(`Not how this number is written: it is ${number.number}.`);
  const unusual =
    (type && unusualTypes[type]) ??
    (charges.includes('shared') ? unusualTypes.SHARED_COST : undefined) ??
    (number.isValid() ? undefined : 'This number is of no range that is known to be in use.');
  return {
    phoneNumber: number.number,
    ...(number.country && { country: number.country }),
    ...(unusual && { unusual }),
  };
}

/** A name, or another word in place of a number. */
const isWords = (text: string): boolean => /^[\p{L}\p{M}\s.'-]+$/u.test(text) && /\p{L}/u.test(text);

/** Whether this is an emergency number as it stands, or once it is freed of how it is written. */
export function mayBeEmergency(dialled: string): boolean {
  const { number, extension = '' } = readWritten(dialled) ?? {};
  // `9,911`: an outside line, a pause, and then it.
  const behindPrefix = number !== undefined && number.length <= 2 ? number + extension : undefined;
  return [dialled, bare(dialled), number, readExtension(dialled), behindPrefix].some(
    (one) => one !== undefined && isEmergencyNumber(one),
  );
}

const behindNumber = (number: string, { extension }: Written, parameter: string, isMain: boolean): string =>
  isMain
    ? `Not how an extension behind the main number is written: it is ${number}*${extension}, or give ${extension} as ` +
      `${forExtensions[parameter] ?? 'extensionNumber'}.`
    : `An extension behind a number cannot be dialled. The number without it is E.164: give ${number}.`;

/**
 * A number with its country code: one without is read by the account's countries, or behind an international prefix.
 * Undefined where more than one reading makes sense, or none.
 * @throws Failure where a reading is one that is never dialled.
 */
async function inFull(
  number: string,
  home: Home,
  deny: (message: string) => Failure,
): Promise<string | undefined> {
  if (number.startsWith('+')) return number;
  const countries = (await home.countries()) ?? [];
  const [, behindPrefix] = /^(?:00|011)([1-9]\d+)$/.exec(number) ?? [];
  const abroad = behindPrefix === undefined ? [] : [await parseNumber(`+${behindPrefix}`)];
  const national = await Promise.all(countries.map((country) => parseNumber(number, country)));
  const all = [...national, ...abroad, await parseNumber(`+${number}`)];
  const valid = (of: typeof all) => new Set(of.flatMap((one) => (one?.isValid() ? [one.number] : [])));
  const [certain, ...others] = [valid(national), valid(abroad)].find(({ size }) => size > 0) ?? [];
  if (certain !== undefined && others.length === 0) return certain;
  const possible = all.flatMap((one) => (one?.isPossible() ? [one] : []));
  const charges = possible.map((one) => chargeOf(one.number));
  if (charges.includes('satellite')) throw deny('Satellite network: not dialled.');
  if (charges.includes('premium') || possible.some((one) => one.getType() === 'PREMIUM_RATE')) {
    throw deny('Premium-rate number: not dialled.');
  }
  return undefined;
}

/**
 * A number of any way of writing, where it can be read: one with `+` as it is, another by the rules of `country`.
 * The metadata is the largest thing that the guard needs: it is loaded with the first number.
 */
export async function parseNumber(text: string, country?: string) {
  const { isSupportedCountry, parsePhoneNumberFromString } = await import('libphonenumber-js/max');
  return country && isSupportedCountry(country)
    ? parsePhoneNumberFromString(text, country)
    : parsePhoneNumberFromString(text);
}

/** ISO 3166 code of the country that a number in E.164 belongs to. */
export const countryOf = async (phoneNumber: string): Promise<string | undefined> =>
  (await parseNumber(phoneNumber))?.country;

const howTo = 'Write +, country code and number without spaces, such as +12055550102.';
