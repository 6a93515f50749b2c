import { getCountries, getExampleNumber } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';
import { describe, expect, test } from 'vitest';
import { chargeOf } from '../../../../src/guard/assessment/numbers/charges.ts';
import { judgeNumber } from '../../../../src/guard/assessment/numbers/dialled-number.ts';
import { premiumPrefixes } from '../../../../src/guard/assessment/numbers/ranges-data.ts';
import { failure } from '../../support/host.ts';

const america = { countries: async () => ['US'] };
const judge = (number: string) => judgeNumber(number, 'phoneNumber', america);

test.each(['abc', 'Bob', 'Anne-Marie O. Brown'])(
  '%s is no number, which is a mistake and no ban',
  async (words) => {
    expect((await failure(judgeNumber(words, 'phoneNumber'))).kind).toBe('invalid_input');
  },
);

describe('denied', () => {
  test.each([
    ['North America, exchange 976', '+12129765555'],
    ['North America, 900 not in use', '+19001234567'],
    ['Canadian 600', '+16002001234'],
    ['Canadian 622', '+16222001234'],
    ['Australian 190', '+611902123456'],
    ['Australian 014', '+61147101234'],
    ['Australian 0145', '+61145001234'],
    ['British 09', '+449098790123'],
    ['British 070', '+447012345678'],
    ['British 0871', '+448712345678'],
    ['German 0900', '+499001234567'],
    ['German 0137', '+491371234567'],
    ['German 118', '+4911833'],
    ['Icelandic 90', '+3549071234'],
    ['Icelandic 909', '+3549091234'],
    ['Spanish 803', '+34803123456'],
    ['Spanish 807', '+34807123456'],
    ['Spanish 905', '+34905123456'],
    ['Spanish 907', '+34907123456'],
    ['Ukrainian 0900', '+380900123456'],
    ['French 089', '+33899123456'],
    ['Swiss 0900', '+41900123456'],
    ['Swiss 0906', '+41906123456'],
    ['Austrian 0930', '+43930123456'],
    ['Dutch 0909', '+31909123456'],
    ['Belgian 0903', '+3290312345'],
    ['Italian 899', '+39899123456'],
    ['Polish 70', '+48701234567'],
    ['Irish 15', '+3531550123456'],
    ['Japanese 0990', '+81990123456'],
    ['Brazilian 0900', '+55900123456'],
    ['Russian 809', '+78091234567'],
    ['Israeli 1900', '+9721900123456'],
    ['Inmarsat', '+870773111632'],
    ['Indonesian satellite', '+6286812345678'],
    ['Chinese satellite 1349', '+8613491234567'],
    ...[0, 1, 5, 9].map((digit) => ['Chinese satellite 174', `+86174${digit}1234567`] as [string, string]),
    ['Iridium', '+8816123456789'],
    ['a network of no country', '+882161234567'],
    ['a network of no country', '+883510001234567'],
    ['relief services', '+888123456789'],
    ['premium of no country', '+979123456789'],
  ])('%s: %s', async (_, number) => {
    expect((await failure(judge(number))).kind).toBe('denied');
  });

  test('every premium prefix of every country, whatever follows', () => {
    const missed = Object.entries(premiumPrefixes).flatMap(([code, prefixes]) =>
      prefixes
        .split(' ')
        .flatMap((prefix) => ['0000000', '1234567', '9999999'].map((tail) => `+${code}${prefix}${tail}`))
        .filter((number) => chargeOf(number) !== 'premium' && chargeOf(number) !== 'satellite'),
    );
    expect(missed).toEqual([]);
  });
});

test('an ordinary mobile number of every country is none of these', async () => {
  const numbers = getCountries().flatMap((country) => getExampleNumber(country, examples)?.number ?? []);
  expect(numbers.length).toBeGreaterThan(230);
  for (const number of numbers) {
    expect(await judge(number)).toMatchObject({ phoneNumber: number });
    expect((await judge(number)).unusual).toBeUndefined();
  }
});

describe('asked about, whatever the policy', () => {
  test.each([
    ['shared cost, Germany', '+4918012345678'],
    ['shared cost, Spain', '+34902123456'],
    ['shared cost, Italy', '+39848123456'],
    ['shared cost, Switzerland', '+41848123456'],
    ['shared cost, Australia', '+611300123456'],
    ['shared cost, Ireland', '+3531890123456'],
    ['shared cost of no country', '+80812345678'],
    ['personal, North America', '+15002345678'],
    ['personal, North America', '+15332345678'],
    ['personal, North America', '+15442345678'],
    ['personal, North America', '+15662345678'],
    ['personal, North America', '+15772345678'],
    ['personal, North America', '+15882345678'],
    ['personal, Germany', '+4970012345678'],
    ['universal access, United Kingdom', '+445512345678'],
    ['directory assistance', '+12125551212'],
    ['of no range in use', '+12995550199'],
    ...['411', '611', '711', '811'].map((number) => ['special service', number]),
  ] as [string, string][])('%s: %s', async (_, number) => {
    expect(await judge(number)).toMatchObject({
      phoneNumber: number,
      unusual: expect.stringMatching(/^[A-Z].*\.$/),
    });
  });

  test('a special service is one in North America only', async () => {
    for (const countries of [async () => ['DE'], async () => undefined]) {
      expect((await failure(judgeNumber('411', 'phoneNumber', { countries }))).kind).toBe('denied');
    }
  });

  test.each(['911', '988', '933', '211', '311', '511'])(
    '%s is not: somewhere in North America emergency services answer it',
    async (number) => {
      expect((await failure(judge(number))).message).toMatch(/^Emergency number/);
    },
  );
});
