import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeNumber } from '../../../../src/guard/assessment/numbers/dialled-number.ts';
import { presets } from '../../../../src/guard/policy/presets.ts';
import { action, inboundCall } from '../../support/fake-ports.ts';
import { guardTestbed } from '../../support/guard-testbed.ts';
import { createHost, failure, yes } from '../../support/host.ts';

/**
 * What comes of a transfer: the account is in the USA, its main number +12055550100, 102 a colleague, nobody has 103.
 */
async function refusal(value: string, kind: 'phoneNumber' | 'extensionNumber' = 'phoneNumber') {
  const { guard, ports } = guardTestbed({ policy: presets.trusted });
  ports.sessions.set('s-1', inboundCall('s-1'));
  const host = createHost('2025', guard);
  const act = action('transfer_call_party', 'redirect', {
    ...{ telephonySessionId: 's-1', partyId: 's-1-2' },
    targets: [{ kind, value }],
  });
  const found = await failure(host.authorize(act, yes));
  expect(host.shown).toEqual([]);
  return found;
}

describe('what is only formatting is corrected', () => {
  test.each([
    ...['tel:+14155550199', 'callto:+14155550199', 'TEL:+1-415-555-0199', 'tel://+14155550199'],
    ...['tel:%2B14155550199', 'sip:+14155550199@example.com', 'sip:+14155550199@192.0.2.1;user=phone'],
    ...['+1\u2011415\u2011555\u20110199', '+1\u2013415\u2013555\u20130199', '+1\u2212415\u2212555\u22120199'],
    ...[
      '+1\u2014415\u2014555\u20140199',
      '+1\u00a0415\u202f555 0199',
      '\u202a+14155550199\u202c',
      '+١٤١٥٥٥٥٠١٩٩',
      '+१४१५५५५०१९९',
      '+1415\u00ad5550199',
    ],
    ...['+1 415 555 0199', '+1.415.555.0199', '+1 (415) 555-0199', '(+1) 415 555 0199', '+1 415/555/0199'],
    ...['＋１４１５５５５０１９９', '+1415555019９', ' +14155550199 ', '+14155550199\n', '+1·415·555·0199'],
    ...['Tom <+14155550199>', '"+14155550199"', '«+14155550199»', '[+14155550199]', '“+14155550199”'],
    ...['Tom: +14155550199', '+14155550199 (mobile)', '"Tom Ng" <tel:+1-415-555-0199>', '+14155550199.'],
    ...['4155550199', '(415) 555-0199', '415-555-0199', '14155550199', '1 415 555 0199', 'tel:4155550199'],
    ...['01114155550199', '0014155550199'],
  ])('%j', async (value) => {
    const { kind, message } = await refusal(value);
    expect({ kind, message }).toEqual({
      kind: 'invalid_input',
      message: 'Not how this number is written: it is +14155550199.',
    });
  });

  test.each([
    ['00442079460958', 'US', '+442079460958'],
    ['011442079460958', 'US', '+442079460958'],
    ['00442079460958', 'GB', '+442079460958'],
    ['020 7946 0958', 'GB', '+442079460958'],
    ['+44 (0)20 7946 0958', 'US', '+442079460958'],
    ['030 901820', 'DE', '+4930901820'],
  ])('%j in the account’s country: %s', async (value, country, right) => {
    const home = { countries: async () => [country] };
    const { kind, message } = await failure(judgeNumber(value, 'phoneNumber', home));
    expect({ kind, message }).toEqual({
      kind: 'invalid_input',
      message: `Not how this number is written: it is ${right}.`,
    });
  });

  test.each(['4155550199', '020 7946 0958', '555-0199', '14155550199'])(
    '%j is not guessed at where the account is not known',
    async (value) => {
      const { kind, message } = await failure(judgeNumber(value, 'phoneNumber'));
      expect(kind).toBe('invalid_input');
      expect(message).toMatch(/^Not an E\.164 number/);
    },
  );
});

describe('an extension behind a number', () => {
  const ways = [
    ' ext 5',
    ' ext. 5',
    ' extension 5',
    'x5',
    ' x 5',
    ',,5',
    ', 5',
    ';ext=5',
    ',,5#',
    '#5',
    ';5',
    'w5',
    ' (ext 5)',
  ];
  test.each(
    ways.flatMap((way) => [`+14155550199${way}`, `tel:+1-415-555-0199${way}`, `(415) 555-0199${way}`]),
  )('%j cannot be dialled', async (value) => {
    const { kind, message } = await refusal(value);
    expect(kind).toBe('invalid_input');
    expect(message).toMatch(/^An extension behind a number cannot be dialled\..* give \+14155550199\.$/);
  });

  test.each([...ways, '*5'].map((way) => `+1 205 555 0100${way}`))(
    '%j has a way of its own',
    async (value) => {
      const { kind, message } = await refusal(value);
      expect(kind).toBe('invalid_input');
      expect(message).toContain('it is +12055550100*5, or give 5 as extensionNumber');
    },
  );

  test.each(['+12055550100 x911', '+1 205 555 0100*911', '(205) 555-0100 ext 112'])(
    '%j is denied',
    async (value) => {
      expect(await refusal(value)).toMatchObject({
        kind: 'denied',
        message: expect.stringMatching(/^Emergency/),
      });
    },
  );
});

describe('a colleague’s extension, however marked', () => {
  const ways = [
    ...[
      '#102',
      '102#',
      'sip:102@x.ringcentral.com',
      '１０２',
      'x102',
      'ext 102',
      'ext. 102',
      'Ext.102',
      'extension 102',
    ],
    ...[
      '"102"',
      '<102>',
      'Bob <102>',
      'tel:102',
      ' 102 ',
      '1-0-2',
      '102.',
      'x 102',
      '＃102',
      'sip:102@10.0.0.1',
      'Bob (102)',
    ],
  ];
  test.each(ways)('%j', async (value) => {
    for (const parameter of ['phoneNumber', 'extensionNumber'] as const) {
      const { kind, message } = await refusal(value, parameter);
      expect({ parameter, kind }).toEqual({ parameter, kind: 'invalid_input' });
      expect(message).toContain('give 102 as extensionNumber');
      expect(message).not.toMatch(/emergency/i);
    }
  });
});

test.each([
  ...[
    'tel:911',
    '9-1-1',
    '+1 911',
    '１１２',
    '*67911',
    '"911"',
    '<911>',
    'x911',
    '#911',
    '911#',
    'ext 911',
    'call 911',
  ],
  ...[
    '911 ext 5',
    '911,,5',
    'sip:911@example.com',
    '9\u20111\u20111',
    '(911)',
    'tel:*67911',
    '"*67911"',
    '＊67911',
    'Tom <112>',
  ],
  ...[
    'tel:+1-911',
    '"+1911"',
    '9 911',
    '011 911',
    'tel:%2B1911',
    '*67 911',
    '9\u200b1\u200b1',
    '[988]',
    '9,911',
    '9w911',
    '١١٢',
    '+١٩١١',
  ],
])('%j may be an emergency number', async (value) => {
  for (const parameter of ['phoneNumber', 'extensionNumber'] as const) {
    const { kind, message } = await refusal(value, parameter);
    expect({ parameter, kind }).toEqual({ parameter, kind: 'denied' });
    expect(message).toMatch(/emergency number/i);
  }
});

test.each([
  ...[
    '+1 (900) 555-1234',
    'tel:+19005551234',
    '(900) 555-1234',
    '19005551234',
    '01119005551234',
    '0019005551234',
  ],
  ...[
    'Tom <+19005551234>',
    '+19005551234 ext 5',
    '9005551234',
    '＋１９００５５５１２３４',
    '+1\u2011900\u2011555\u20111234',
  ],
  ...[
    '00449098790123',
    '011 44 909 879 0123',
    'sip:+19005551234@example.com',
    '+19005551234,,5',
    '"+88 161 234-56789"',
  ],
  ...['00 86 174 0123 4567', '212-976-5555', '+19005551234*5', '448712345678'],
])('%j costs too much', async (value) => {
  expect(await refusal(value)).toMatchObject({
    kind: 'denied',
    message: expect.stringMatching(/^(Premium|Satellite)/),
  });
});

test.each([
  ...[
    '*67+14155550199',
    '#31#4155550199',
    '+14155550199*102',
    '*102',
    '+12055550100**67',
    '+12055550100*10*2',
  ],
  ...[
    '+1800FLOWERS',
    '1-800-FLOWERS',
    '+14155550199;+19005551234',
    '+14155550199 or +14155550177',
    'sip:bob@1.2.3.4',
  ],
  ...['+14155550199, 4155550177', '', '#', '103#', 'x103'],
])('%j is no formatting', async (value) => {
  expect((await refusal(value)).kind).toBe('denied');
});

test('nothing that is not exactly E.164 passes', async () => {
  const piece = fc.constantFrom(
    '+',
    '1',
    '415',
    '555',
    '0199',
    ' ',
    '-',
    '(',
    ')',
    '*',
    '#',
    ',',
    'x',
    'tel:',
    '00',
    '９',
    '"',
    '@',
  );
  const home = { countries: async () => ['US'], mainNumber: '+12055550100' };
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 9 }), async (pieces) => {
      const text = pieces.join('');
      const passed = await judgeNumber(text, 'phoneNumber', home).catch(() => undefined);
      if (passed) {
        expect(passed.phoneNumber).toBe(text);
        expect(text).toMatch(/^(?:\+[1-9]\d{6,14}|[4678]11)$/);
      }
    }),
    { numRuns: 500 },
  );
});
