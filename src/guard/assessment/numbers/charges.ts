import { callingCodes, premiumPrefixes } from './ranges-data.ts';

/**
 * Ranges that are denied, beside those of ranges-data.ts: the metadata tells of numbers in use, a plan reserves whole
 * ranges. By calling code, prefixes of national numbers; `''` is the whole code. From the plans of the regulators.
 */
const premium: Readonly<Record<string, string>> = {
  1: '710',
  30: '14',
  33: '81 82',
  34: '11 802 804 805 808 809 905 907',
  41: '18',
  43: '118 828',
  44: '70 9',
  47: '18',
  48: '118',
  49: '118 12 137 138 190',
  51: '808',
  53: '900',
  54: '610',
  55: '303',
  56: '700 900',
  60: '600',
  63: '1900 900',
  81: '180',
  94: '1900 900',
  212: '900',
  234: '900',
  263: '900',
  358: '606',
  371: '81',
  377: '890',
  380: '703',
  382: '96',
  387: '82',
  389: '5',
  420: '14',
  421: '96',
  505: '900',
  591: '900',
  593: '1900 900',
  595: '900 9801',
  853: '900',
  856: '1900',
  880: '900',
  966: '700',
  971: '700',
  974: '900',
  975: '900',
  976: '1900',
  979: '',
  995: '90',
  996: '900',
};

/** Satellite networks, others whose minutes cost like theirs, and ranges of countries that lead there. */
const satellite: Readonly<Record<string, string>> = {
  1: '600 622 633 644 655 677 688',
  7: '954',
  61: '14',
  62: '868',
  86: '1349 174',
  870: '',
  878: '',
  881: '',
  882: '',
  883: '',
  888: '',
};

/** Ranges about which a person is asked: a call there costs more than it looks like, or follows somebody anywhere. */
const shared: Readonly<Record<string, string>> = {
  1: '500 521 522 523 524 525 526 527 528 529 532 533 544 566 577 588 700',
  30: '70 801 806 807',
  31: '67 84 87',
  32: '78',
  33: '884',
  34: '901 902',
  39: '178 199 84',
  41: '84 86 878',
  43: '810 820 821',
  46: '77',
  47: '81',
  48: '801',
  49: '115 13 18 31 700',
  55: '300 40',
  56: '600',
  61: '13',
  81: '570',
  91: '1860',
  351: '707 708 808 809 884',
  353: '700 818',
  358: '10 20 29 71 73 75',
  420: '700 81 83 84',
  421: '850',
  808: '',
  966: '920',
  971: '600',
};

export type Charge = 'premium' | 'satellite' | 'shared';

const tables: [Charge, Readonly<Record<string, string>>[]][] = [
  ['satellite', [satellite]],
  ['premium', [premium, premiumPrefixes]],
  ['shared', [shared]],
];

/**
 * Ranges that a prefix does not tell: exchanges that are the same in every North American area code (audiotext, directory
 * assistance), and Ireland's, which Dublin's shorter numbers begin like.
 */
const exchanges: [Charge, RegExp][] = [
  ['premium', /^1\d{3}976/],
  ['shared', /^1\d{3}5551212$/],
  ['shared', /^3531(?:850|890)\d{6}$/],
  ['premium', /^35315\d{8}$/],
];

/**
 * What a call to this number costs beyond an ordinary one, judged by its range, whether the number is in use or not.
 * @param phoneNumber E.164.
 */
export function chargeOf(phoneNumber: string): Charge | undefined {
  const digits = phoneNumber.slice(1);
  const exchange = exchanges.find(([, pattern]) => pattern.test(digits));
  if (exchange) return exchange[0];
  const code = [1, 2, 3]
    .map((length) => digits.slice(0, length))
    .find((one) => one in callingCodes || one in satellite);
  if (code === undefined) return undefined;
  const national = digits.slice(code.length);
  const isIn = (table: Readonly<Record<string, string>>) =>
    table[code]?.split(' ').some((prefix) => national.startsWith(prefix)) === true;
  return tables.find(([, of]) => of.some(isIn))?.[0];
}
