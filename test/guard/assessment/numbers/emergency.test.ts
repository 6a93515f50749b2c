import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isEmergencyCall,
  isEmergencyNumber,
  isHarmlessInEmergency,
} from '../../../../src/guard/assessment/numbers/emergency.ts';
import { emergencyNumbers } from '../../../../src/guard/assessment/numbers/emergency-data.ts';
import {
  crisisLines,
  helplines,
  missing,
  worldwide,
} from '../../../../src/guard/assessment/numbers/emergency-list.ts';
import { callingCodes } from '../../../../src/guard/assessment/numbers/ranges-data.ts';
import { own, party, session } from '../../support/fake-ports.ts';

const codes = new Map(
  Object.entries(callingCodes).flatMap(([code, regions]) =>
    regions.split(' ').map((region) => [region, code]),
  ),
);
/** Every emergency number of every country, by the data and by our own lists. */
const all = [emergencyNumbers, missing, helplines].flatMap((table) =>
  Object.entries(table).flatMap(([country, numbers]) =>
    numbers.split(' ').map((number) => ({ country, number, code: codes.get(country) })),
  ),
);
const numbers = [...new Set([...all.map(({ number }) => number), ...worldwide])];

/** An end that nothing but a number is known of. */
const end = (phoneNumber: string) => ({ phoneNumber });
const me = own.extensionId;
const outbound = (id: string, from: object, to?: object, owner?: string) =>
  ({ ...party(id, 'Outbound', 'Answered', from, owner), ...(to && { to }) }) as never;
const inbound = (id: string, to: object, from?: object, owner?: string) =>
  ({ ...party(id, 'Inbound', 'Answered', to, owner), ...(from && { from }) }) as never;
const mine = { phoneNumber: '+12055550101', extensionId: me };
const colleague = '62264013';

describe('every emergency number of every country', () => {
  test('the lists know the world', () => {
    expect(Object.keys(emergencyNumbers).length).toBeGreaterThan(230);
    expect(numbers.length).toBeGreaterThan(350);
  });

  test('is recognised as it is dialled', () => {
    const written = (number: string) => [
      ...['', '0', '9', '00', '011', '+', '*67', '#31#', 'tel:', ' '].map((prefix) => prefix + number),
      ...[
        number.split('').join('-'),
        number.split('').join(' '),
        `(${number})`,
        `${number},,1`,
        `${number};2`,
      ],
      number.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
    ];
    const missed = numbers.flatMap(written).filter((dialled) => !isEmergencyNumber(dialled));
    expect(missed).toEqual([]);
  });

  test('is recognised behind its country code', () => {
    const missed = all.flatMap(({ number, code }) =>
      code === undefined
        ? []
        : [`+${code}${number}`, `00${code}${number}`, `011${code}${number}`, `+${code} ${number}`].filter(
            (dialled) => !isEmergencyNumber(dialled),
          ),
    );
    expect(missed).toEqual([]);
  });

  const scenes: Record<string, (number: string) => never[]> = {
    caller: (number) => [outbound('p-1', end(number)), inbound('p-2', mine, end(number), me)],
    'caller, own leg alone': (number) => [inbound('p-2', mine, end(number), me)],
    called: (number) => [outbound('p-1', mine, end(number), me), inbound('p-2', end(number))],
    'called, own leg alone': (number) => [outbound('p-1', mine, end(number), me)],
    'called by a colleague': (number) => [
      outbound('p-1', { phoneNumber: '+12055550102' }, end(number), colleague),
      inbound('p-2', end(number)),
    ],
    'transferred to': (number) => [
      outbound('p-1', end('+14155550199')),
      inbound('p-3', end(number), end('+14155550199')),
    ],
    'transferred to by a colleague who was called': (number) => [
      outbound('p-1', mine, { phoneNumber: '102', extensionId: colleague }, me),
      inbound('p-3', end(number), end('101')),
    ],
    'calling back while a colleague listens': (number) => [
      inbound('p-2', mine, end(number), me),
      {
        ...(outbound('p-3', end('103'), end(number), colleague) as object),
        status: { code: 'Answered', reason: 'Supervising' },
      } as never,
    ],
  };
  test.each(Object.entries(scenes))('is on the call: %s', (_, parties) => {
    expect(numbers.filter((number) => !isEmergencyCall(session('s-1', parties(number))))).toEqual([]);
  });

  const colleagues: Record<string, (number: string) => never[]> = {
    'as caller, by the own leg': (number) => [
      inbound('p-2', mine, { phoneNumber: number, extensionId: colleague }, me),
    ],
    'as caller, by the other leg': (number) => [
      outbound('p-1', end('+12055550112'), undefined, colleague),
      inbound('p-2', mine, end(number), me),
    ],
    'as called, by the own leg': (number) => [
      outbound('p-1', mine, { phoneNumber: number, extensionId: colleague }, me),
    ],
    'as called, by the other leg': (number) => [
      outbound('p-1', mine, end(number), me),
      inbound('p-2', end(number), mine, colleague),
    ],
  };
  test.each(Object.entries(colleagues))('is a colleague where the reading says so: %s', (_, parties) => {
    expect(numbers.filter((number) => isEmergencyCall(session('s-1', parties(number))))).toEqual([]);
  });
});

test('a party of another company is no colleague', () => {
  const foreign = { ...(inbound('p-2', end('112'), mine, colleague) as object), accountId: '1' } as never;
  expect(isEmergencyCall(session('s-1', [outbound('p-1', mine, end('112'), me), foreign]))).toBe(true);
});

test('whoever has left is not on the call', () => {
  const left = { ...(inbound('p-2', end('112')) as object), status: { code: 'Disconnected' } } as never;
  expect(isEmergencyCall(session('s-1', [left, inbound('p-3', end('+14155550199'))]))).toBe(false);
});

test('the in-house emergency extension is one, by its number, its id and its direct number', () => {
  const inHouse = new Set(['2222', '900', '+12055552222']);
  for (const to of [end('2222'), { phoneNumber: '+1', extensionId: '900' }, end('+12055552222')]) {
    const call = session('s-1', [outbound('p-1', mine, to, me)]);
    expect(isEmergencyCall(call, inHouse)).toBe(true);
    expect(isEmergencyCall(call)).toBe(false);
  }
  expect(isEmergencyCall(session('s-1', [inbound('p-2', end('1'), undefined, '900')]), inHouse)).toBe(true);
});

test('no ordinary number in E.164 is taken for one', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('+1415', '+4420', '+4930', '+3491', '+8190', '+6591'),
      fc.nat(9_999_999),
      (head, tail) => {
        expect(isEmergencyNumber(head + String(tail).padStart(7, '0'))).toBe(false);
      },
    ),
  );
  for (const number of ['411', '611', '711', '811', '200', '300', '7777', '', 'conference', 'anonymous']) {
    expect({ number, is: isEmergencyNumber(number) }).toEqual({ number, is: false });
  }
});

test('a park code is no emergency number, and hides none', () => {
  const codes = Array.from({ length: 99 }, (_, nth) => `*${801 + nth}`);
  for (const code of codes) {
    for (const dialled of [code, `tel:${code}`, code.replace('*', '＊')]) {
      expect({ dialled, is: isEmergencyNumber(dialled) }).toEqual({ dialled, is: false });
    }
    expect(isEmergencyCall(session('s-1', [outbound('p-1', mine, end(code), me)])), code).toBe(false);
  }
  const behind = codes.flatMap((code) => ['911', '112', '01'].map((number) => code + number));
  for (const dialled of [...behind, '*911', '*112', '*999', '*9911', '801', '*8 01', '**801', '#801']) {
    expect({ dialled, is: isEmergencyNumber(dialled) }).toEqual({ dialled, is: true });
  }
});

test('what helps on such a call is a short list', () => {
  const act = (tool: string, args: object = {}, risk = 'reversible') =>
    isHarmlessInEmergency({ tool, risk: risk as never, args: args as never });
  expect(act('read_call_session_status', {}, 'read')).toBe(true);
  expect(act('unhold_call_party')).toBe(true);
  expect(act('answer_call_party', {}, 'place-call')).toBe(true);
  expect(act('update_call_party', { muted: false })).toBe(true);
  for (const args of [{ muted: true }, { muted: false, standAlone: true }, {}]) {
    expect(act('update_call_party', args)).toBe(false);
  }
  for (const tool of ['hold_call_party', 'toString', 'constructor']) expect(act(tool)).toBe(false);
});

test('well-known crisis lines are recognised by their long numbers', () => {
  for (const number of crisisLines) expect(isEmergencyNumber(`+${number}`), number).toBe(true);
  expect(isEmergencyNumber('+18002738256')).toBe(false);
});
