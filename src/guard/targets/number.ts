import { Failure } from '../../base/failure.ts';
import { isEmergencyNumber } from './emergency.ts';

export interface DialledNumber {
  /** E.164. */
  phoneNumber: string;
  /** ISO 3166; absent for numbers of no country or of no known range. */
  country?: string;
}

/** Calling codes that belong to no country: satellite and other networks whose minutes cost like satellite. */
const satellite = new Set(['870', '881', '882', '883', '878']);
const premium = new Set(['979']);
/** Blocks that are premium as a whole: the metadata tells it only of those numbers in them that are in use. */
const premiumBlocks = ['+1900', '+449', '+49900', '+3989', '+61190', '+4190', '+3190', '+34905', '+46900'];

/** What stands between the digits of a number on paper. */
const punctuation = /[\s()./-]/g;
/** Longer ones than this are no short codes (`411`, `12345`), which a network may charge or answer as it likes. */
const SHORT = 6;

const refuse = (kind: 'denied' | 'invalid_input', parameter: string, message: string): Failure =>
  new Failure(kind, message, { parameter });

/**
 * Judges a number that somebody wants dialled. No question is asked about a refused one, because nobody can say yes to
 * it here. Throws `denied` for star codes, emergency, short, unparsable, premium and satellite numbers, and
 * `invalid_input` for one whose only fault is how it is written.
 */
export async function judgeNumber(dialled: string, parameter: string): Promise<DialledNumber> {
  const shown = /^[\d+*#]{1,20}$/.test(dialled) ? ` ${dialled}` : '';
  const deny = (message: string) => refuse('denied', parameter, message);
  const correct = (message: string) => refuse('invalid_input', parameter, message);
  if (isEmergencyNumber(dialled)) {
    throw deny(`Emergency number${shown}: dial it yourself. This server never places such a call.`);
  }
  if (/[*#]/.test(dialled)) throw deny(`Star code${shown}: only plain numbers can be dialled.`);
  const digits = dialled.replace(punctuation, '');
  if (!/^\+?\d+$/.test(digits)) throw deny(`Not a phone number${shown}. ${howTo}`);
  if (digits.replace('+', '').length <= SHORT) {
    throw deny(
      `Short number${shown}: not dialled. One of this account is an extension number, not a phone number.`,
    );
  }
  if (!/^\+[1-9]\d{1,14}$/.test(digits)) throw correct(`Not an E.164 number${shown}. ${howTo}`);
  // Loaded with the first number: the metadata is the largest thing that the guard needs.
  const { parsePhoneNumberFromString } = await import('libphonenumber-js/max');
  const number = parsePhoneNumberFromString(digits);
  if (!number) throw deny(`No country has this number${shown}.`);
  if (satellite.has(number.countryCallingCode)) throw deny(`Satellite network${shown}: not dialled.`);
  if (
    premium.has(number.countryCallingCode) ||
    number.getType() === 'PREMIUM_RATE' ||
    premiumBlocks.some((block) => digits.startsWith(block) || number.number.startsWith(block))
  ) {
    throw deny(`Premium-rate number${shown}: not dialled.`);
  }
  if (!number.isPossible()) throw correct(`No number of this length exists:${shown}. Check its digits.`);
  // Parsing forgives a national prefix or a doubled country code; what is dialled is the text as it stands.
  if (number.number !== dialled) throw correct(`Not how this number is written: it is ${number.number}.`);
  return { phoneNumber: number.number, ...(number.country && { country: number.country }) };
}

const howTo = 'Write +, country code and number without spaces, such as +12055550102.';
