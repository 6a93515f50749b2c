/** Dialling plan of a country: how a number is dialled there without its `+`. */
export interface Country {
  /** RingCentral's own id, as in `countryId`. Documented is 1; the others are assumed. */
  id: string;
  isoCode: string;
  name: string;
  callingCode: string;
  /** Before a foreign number. */
  international: string;
  /** A number of this country as it is dialled; the group is what follows the calling code. */
  national: RegExp;
}

const NORTH_AMERICAN = { callingCode: '1', international: '011', national: /^1?([2-9]\d{2}[2-9]\d{6})$/ };

/** The countries whose plans the sandbox knows (assumed beyond the first, platform.md 2.3.1). */
export const COUNTRIES: readonly Country[] = [
  { id: '1', isoCode: 'US', name: 'United States', ...NORTH_AMERICAN },
  { id: '39', isoCode: 'CA', name: 'Canada', ...NORTH_AMERICAN },
  {
    id: '224',
    isoCode: 'GB',
    name: 'United Kingdom',
    callingCode: '44',
    international: '00',
    national: /^0([1-9]\d{8,9})$/,
  },
  {
    id: '75',
    isoCode: 'FR',
    name: 'France',
    callingCode: '33',
    international: '00',
    national: /^0([1-9]\d{8})$/,
  },
  {
    id: '82',
    isoCode: 'DE',
    name: 'Germany',
    callingCode: '49',
    international: '00',
    national: /^0([1-9]\d{4,10})$/,
  },
];

export const E164 = /^\+[1-9]\d{6,14}$/;
/** What people write between the digits (assumed to be taken). */
const SEPARATORS = /[\s().-]/g;

export function countryOf(id: string): Country | undefined {
  return COUNTRIES.find((country) => country.id === id);
}

/** E.164 of a number as it is dialled in a country; undefined for what is no number there. */
export function toE164(dialled: string, country: Country): string | undefined {
  const number = dialled.replace(SEPARATORS, '');
  const candidates = [
    number.startsWith('+') ? number : undefined,
    number.startsWith(country.international) ? `+${number.slice(country.international.length)}` : undefined,
    asNational(number, country),
  ];
  return candidates.find((candidate) => candidate !== undefined && E164.test(candidate));
}

function asNational(number: string, { national, callingCode }: Country): string | undefined {
  const significant = national.exec(number)?.[1];
  return significant === undefined ? undefined : `+${callingCode}${significant}`;
}
