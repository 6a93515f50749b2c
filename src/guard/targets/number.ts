import { Failure } from '../../base/failure.ts';
import { isEmergencyNumber } from './emergency.ts';
import { chargeOf } from './ranges.ts';

export interface DialledNumber {
  /** E.164; a special-service number as it is. */
  phoneNumber: string;
  /** ISO 3166; absent for numbers of no country or of no known range. */
  country?: string;
  /** Why a person is asked about it whatever the policy says. */
  unusual?: string;
}

/** What stands between the digits of a number on paper. */
const punctuation = /[\s()./-]/g;
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

const refuse = (kind: 'denied' | 'invalid_input', parameter: string, message: string): Failure =>
  new Failure(kind, message, { parameter });

/**
 * Judges a number that somebody wants dialled. No question is asked about a refused one, because nobody can say yes to
 * it here.
 * @param countries tells where the account is, which decides what special-service numbers (`411`) there are.
 * @throws Failure `denied` for star codes, emergency, short, unparsable, premium and satellite numbers, and
 * `invalid_input` for one whose only fault is how it is written.
 */
export async function judgeNumber(
  dialled: string,
  parameter: string,
  countries: () => Promise<readonly string[] | undefined> = async () => undefined,
): Promise<DialledNumber> {
  const shown = /^[\d+*#]{1,20}$/.test(dialled) ? ` ${dialled}` : '';
  const deny = (message: string) => refuse('denied', parameter, message);
  const correct = (message: string) => refuse('invalid_input', parameter, message);
  if (isEmergencyNumber(dialled)) {
    throw deny(`Emergency number${shown}: dial it yourself. This server never places such a call.`);
  }
  if (/[*#]/.test(dialled)) throw deny(`Star code${shown}: only plain numbers can be dialled.`);
  const digits = dialled.replace(punctuation, '');
  if (!/^\+?\d+$/.test(digits)) throw deny(`Not a phone number${shown}. ${howTo}`);
  if (specialServices.includes(dialled) && (await countries())?.some((one) => northAmerica.includes(one))) {
    return { phoneNumber: dialled, unusual: 'This is a special-service number, which may be charged.' };
  }
  if (digits.replace('+', '').length <= SHORT) {
    throw deny(
      `Short number${shown}: not dialled. One of this account is an extension number, not a phone number.`,
    );
  }
  if (!/^\+[1-9]\d{1,14}$/.test(digits)) throw correct(`Not an E.164 number${shown}. ${howTo}`);
  const number = await parseNumber(digits);
  const charges = [chargeOf(digits), number && chargeOf(number.number)];
  if (charges.includes('satellite')) throw deny(`Satellite network${shown}: not dialled.`);
  if (!number) throw deny(`No country has this number${shown}.`);
  const type = number.getType();
  if (charges.includes('premium') || type === 'PREMIUM_RATE') {
    throw deny(`Premium-rate number${shown}: not dialled.`);
  }
  if (!number.isPossible()) throw correct(`No number of this length exists:${shown}. Check its digits.`);
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
