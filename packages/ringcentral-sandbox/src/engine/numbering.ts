/** The dialling plan of a country: how numbers are dialled there without `+`. */
export interface Country {
  /** RingCentral's id, as in `countryId`. 1 is documented, the others are assumed. */
  id: string;
  isoCode: string;
  name: string;
  callingCode: string;
  /** The prefix of international numbers. */
  international: string;
  /** Matches a national number as it is dialled; its group is what follows the calling code. */
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

/** Matches a number in E.164 form. */
export const E164 = /^\+[1-9]\d{6,14}$/;
/** Characters between the digits, which are left out (assumed). */
const SEPARATORS = /[\s().-]/g;

/** The country with that RingCentral id. */
export function countryOf(id: string): Country | undefined {
  return COUNTRIES.find((country) => country.id === id);
}

/** The E.164 form of a number that is dialled in that country; undefined for what is no number there. */
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
