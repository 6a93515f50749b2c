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

const deny = (parameter: string, message: string): Failure => new Failure('denied', message, { parameter });

/**
 * Judges a number that somebody wants dialled. Throws `denied` for star codes, emergency, short, unparsable, premium
 * and satellite numbers: no question is asked about these, because nobody can say yes to them here.
 */
export async function judgeNumber(dialled: string, parameter: string): Promise<DialledNumber> {
  const shown = /^[\d+*#]{1,20}$/.test(dialled) ? ` ${dialled}` : '';
  if (isEmergencyNumber(dialled)) {
    throw deny(
      parameter,
      `Emergency number${shown}: dial it yourself. This server never places such a call.`,
    );
  }
  if (/[*#]/.test(dialled)) throw deny(parameter, `Star code${shown}: only plain numbers can be dialled.`);
  if (!/^\+[1-9]\d{1,14}$/.test(dialled)) {
    throw deny(
      parameter,
      `Not an E.164 number${shown}: write +, country code and number without spaces, such as +12055550102. ` +
        'A short number of this account is an extension number.',
    );
  }
  // Loaded with the first number: the metadata is the largest thing that the guard needs.
  const { parsePhoneNumberFromString } = await import('libphonenumber-js/max');
  const number = parsePhoneNumberFromString(dialled);
  if (!number?.isPossible())
    throw deny(parameter, `No number of this length exists:${shown}. Check its digits.`);
  if (satellite.has(number.countryCallingCode))
    throw deny(parameter, `Satellite network${shown}: not dialled.`);
  if (
    premium.has(number.countryCallingCode) ||
    number.getType() === 'PREMIUM_RATE' ||
    premiumBlocks.some((block) => dialled.startsWith(block))
  ) {
    throw deny(parameter, `Premium-rate number${shown}: not dialled.`);
  }
  // Parsing forgives a national prefix or a doubled country code; what is dialled is the text as it stands.
  if (number.number !== dialled) {
    throw deny(parameter, `Not how this number is written:${shown}. It is ${number.number}.`);
  }
  return { phoneNumber: number.number, ...(number.country && { country: number.country }) };
}
