import { beforeEach, describe, expect, test } from 'vitest';
import type { Target } from '../../../../src/guard/action.ts';
import { inHouseNames, plain } from '../../../../src/guard/assessment/targets/account.ts';
import { resolveTarget } from '../../../../src/guard/assessment/targets/resolve-target.ts';
import { targetTools } from '../../../../src/guard/policy/impossible-rules.ts';
import type { AccountDirectory } from '../../../../src/guard/ports.ts';
import { Failure } from '../../../../src/shared/failure.ts';
import { failure } from '../../support/host.ts';

const one = (id: string, extensionNumber: string, type: string | undefined, more: object = {}) => ({
  ...{ id, extensionNumber, type, status: 'Enabled', name: `Name ${extensionNumber}`, ...more },
});

const account = [
  one('1', '101', 'User'),
  one('2', '102', 'User'),
  one('3', '200', 'Department'),
  one('4', '300', 'ParkLocation'),
  one('5', '400', 'IvrMenu'),
  one('6', '500', 'PagingOnly'),
  one('7', '600', 'Voicemail'),
  one('8', '112', 'User'),
  one('9', '110', 'User'),
  one('10', '2222', 'User'),
  one('11', '700', undefined),
  one('12', '701', 'SharedLinesGroup'),
];

let directory: AccountDirectory;
const unreadable = () => Promise.reject(new Failure('rate_limited', 'Later.'));
beforeEach(() => {
  directory = {
    identity: async () => ({ accountId: 'a', extensionId: '1', extensionNumber: '101' }),
    timeZone: async () => undefined,
    mainNumber: async () => '+12055550100',
    accountNumbers: async () => [
      { phoneNumber: '+12055550100' },
      { phoneNumber: '+12055550101', extensionId: '1' },
      { phoneNumber: '+12055550102', extensionId: '2' },
      { phoneNumber: '+442079460102', extensionId: '2' },
      { phoneNumber: '+12055550500', extensionId: '6' },
      { phoneNumber: '+12055552222', extensionId: '10' },
    ],
    extensions: async () => account as never,
    devices: async () => [{ id: 'd1', name: 'Desk' }] as never,
    flipNumbers: async () =>
      [
        { flipNumber: '1', phoneNumber: '+14155550123', label: 'My mobile' },
        { flipNumber: '2', phoneNumber: '+12055550101', device: { id: 'd1' } },
        { flipNumber: '3', phoneNumber: '(415) 555-0123' },
        { flipNumber: '4', phoneNumber: '+12055550102' },
        { flipNumber: '5', phoneNumber: '9005551234' },
      ] as never,
    queueMembers: async () => [{ id: '2', extensionNumber: '102' }],
  };
});

const resolve = (kind: Target['kind'], value: string, more: Partial<Target> = {}, resolving = plain) =>
  resolveTarget({ kind, value, ...more }, directory, resolving);

describe('one destination has one identity, whatever it is called', () => {
  test.each<[string, [Target['kind'], string][]]>([
    [
      'extension:2',
      [
        ['extensionNumber', '102'],
        ['extensionId', '2'],
        ['phoneNumber', '+12055550102'],
        ['phoneNumber', '+442079460102'],
        ['phoneNumber', '+12055550100*102'],
      ],
    ],
    ['mailbox:2', [['voicemail', '2']]],
    [
      'mailbox:7',
      [
        ['voicemail', '7'],
        ['extensionId', '7'],
        ['extensionNumber', '600'],
      ],
    ],
    [
      'park:4',
      [
        ['parkOrbit', '4'],
        ['extensionId', '4'],
        ['extensionNumber', '300'],
      ],
    ],
    ['number:+14155550123', [['phoneNumber', '+14155550123']]],
    [
      'flip:1:number:+14155550123',
      [
        ['callFlipId', '1'],
        ['callFlipId', '*1'],
      ],
    ],
    ['flip:2:extension:1', [['callFlipId', '2']]],
    ['flip:3:number:+14155550123', [['callFlipId', '3']]],
    ['flip:4:extension:2', [['callFlipId', '4']]],
  ])('%s', async (identity, names) => {
    for (const [kind, value] of names) {
      expect({ value, identity: (await resolve(kind, value)).identity }).toEqual({ value, identity });
    }
  });

  test('and all its numbers', async () => {
    const { numbers, extensionNumber, extensionId, reach } = await resolve('extensionId', '2');
    expect({ numbers, extensionNumber, extensionId, reach }).toEqual({
      numbers: [{ phoneNumber: '+12055550102' }, { phoneNumber: '+442079460102' }],
      ...{ extensionNumber: '102', extensionId: '2', reach: 'inside' },
    });
  });
});

describe('the kind of a target is that of its parameter', () => {
  test.each<[Target['kind'], string, string, RegExp]>([
    ['parkOrbit', '2', 'invalid_input', /a user, not a park location/],
    ['parkOrbit', '3', 'invalid_input', /a call queue, not a park location/],
    ['parkOrbit', '5', 'invalid_input', /a menu, not a park location/],
    ['parkOrbit', '300', 'invalid_input', /extension number.* is 4\./],
    ['voicemail', '4', 'invalid_input', /no mailbox/],
    ['voicemail', '5', 'invalid_input', /no mailbox/],
    ['voicemail', '6', 'invalid_input', /no mailbox/],
    ['voicemail', '102', 'invalid_input', /extension number.* is 2\./],
    ['extensionId', '102', 'invalid_input', /extension number.* is 2\./],
    ['extensionId', '999', 'not_found', /no extension with the id 999/],
    ['extensionId', '6', 'denied', /loudspeakers/],
    ['extensionNumber', '500', 'denied', /loudspeakers/],
    ['phoneNumber', '+12055550500', 'denied', /loudspeakers/],
    ['phoneNumber', '+12055550100*500', 'denied', /loudspeakers/],
    ['callFlipId', '5', 'denied', /Premium/],
  ])('%s %s: %s', async (kind, value, end, words) => {
    const refusal = await failure(resolve(kind, value));
    expect(refusal).toMatchObject({ kind: end, details: { parameter: kind } });
    expect(refusal.message).toMatch(words);
  });

  test('users, queues, park locations and mailboxes need no question, everything else does', async () => {
    const types = [
      ...['User', 'DigitalUser', 'VirtualUser', 'FlexibleUser', 'Department', 'Voicemail', 'ParkLocation'],
      ...['Announcement', 'FaxUser', 'SharedLinesGroup', 'DelegatedLinesGroup', 'GroupCallPickup', 'IvrMenu'],
      ...['ApplicationExtension', 'Limited', 'Bot', 'Site', 'Room', 'RoomConnector', 'ProxyAdmin', 'TieLine'],
      ...['Unknown', 'Something new', 'constructor'],
    ];
    const unasked: string[] = [];
    for (const type of types) {
      directory.extensions = async () => [one('20', '800', type)] as never;
      const { unusual, reach } = await resolve('extensionNumber', '800');
      expect(reach).toBe('inside');
      if (unusual === undefined) unasked.push(type);
      else expect(unusual).toMatch(/^Extension 800 is .*\.$/);
    }
    expect(unasked).toEqual(types.slice(0, 7));
  });

  test('what could not be looked up is outside, and is asked about', async () => {
    directory.extensions = unreadable;
    for (const [kind, value] of [
      ['parkOrbit', '4'],
      ['voicemail', '2'],
      ['extensionId', '6'],
      ['extensionNumber', '500'],
    ] as const) {
      expect(await resolve(kind, value)).toMatchObject({
        reach: 'outside',
        unknown: true,
        unusual: expect.any(String),
      });
    }
    expect(await resolve('phoneNumber', '+12055550500')).toMatchObject({ reach: 'outside', unknown: true });
  });

  test.each(['Disabled', 'Frozen', 'NotActivated', 'Unassigned'])(
    'an extension that is %s is nobody',
    async (status) => {
      directory.extensions = async () =>
        [one('1', '101', 'User'), one('2', '7002', 'User', { status })] as never;
      for (const [kind, value] of [
        ['extensionNumber', '7002'],
        ['extensionId', '2'],
        ['voicemail', '2'],
        ['phoneNumber', '+12055550102'],
        ['phoneNumber', '+12055550100*7002'],
        ['callFlipId', '4'],
      ] as const) {
        expect((await failure(resolve(kind, value))).kind).toBe('not_found');
      }
    },
  );
});

describe('where a call may go on to', () => {
  test('is said of people, queues and menus', async () => {
    for (const value of ['102', '200', '400']) {
      expect((await resolve('extensionNumber', value)).onward).toBe(
        `Where extension ${value} forwards its calls is not known here.`,
      );
    }
    for (const [kind, value] of [
      ['parkOrbit', '4'],
      ['voicemail', '2'],
    ] as const) {
      expect((await resolve(kind, value)).onward).toBeUndefined();
    }
  });

  test('behind the main number is not known', async () => {
    expect(await resolve('phoneNumber', '+12055550100')).toMatchObject({
      ...{ reach: 'inside', unusual: expect.any(String), onward: expect.any(String) },
    });
  });
});

describe('a colleague whose extension is an emergency number', () => {
  test('is sent to as an id, where that can be done', async () => {
    for (const [value, extensionId] of [
      ['112', '8'],
      ['110', '9'],
    ] as const) {
      expect(await resolve('extensionNumber', value)).toMatchObject({
        reach: 'inside',
        sendAs: { extensionId },
      });
    }
    expect((await resolve('extensionId', '8')).reach).toBe('inside');
    expect((await resolve('extensionNumber', '102')).sendAs).toBeUndefined();
  });

  test('is not dialled as a number', async () => {
    for (const [kind, value, parameter] of [
      ['extensionNumber', '112', 'toExtensionNumber'],
      ['extensionNumber', '110', 'toExtensionNumber'],
      ['phoneNumber', '+12055550100*112', 'phoneNumber'],
      ['phoneNumber', '112', 'phoneNumber'],
    ] as const) {
      expect((await failure(resolve(kind, value, { parameter }))).kind).toBe('denied');
    }
    // 102 calls the fire brigade in Israel, and a colleague here.
    expect((await resolve('extensionNumber', '102', { parameter: 'toExtensionNumber' })).reach).toBe(
      'inside',
    );
  });

  test('by the countries of the main number and of the own direct numbers', async () => {
    const dial = () => resolve('extensionNumber', '102', { parameter: 'toExtensionNumber' });
    directory.mainNumber = async () => '+97221234567';
    expect((await failure(dial())).message).toMatch(/emergency number too.*toPhoneNumber/);
    directory.mainNumber = async () => undefined;
    directory.accountNumbers = async () => [{ phoneNumber: '+97221234567', extensionId: '1' }];
    expect((await failure(dial())).kind).toBe('denied');
    directory.accountNumbers = unreadable;
    expect((await failure(dial())).kind).toBe('denied');
  });

  test('who is disabled is none', async () => {
    directory.extensions = async () =>
      [one('1', '101', 'User'), one('8', '112', 'User', { status: 'Disabled' })] as never;
    expect((await failure(resolve('extensionNumber', '112'))).message).toMatch(/emergency number/);
  });
});

test('an in-house emergency extension is no target, by any of its names', async () => {
  const resolving = { ...plain, inHouse: new Set(['2222']) };
  for (const [kind, value] of [
    ['extensionNumber', '2222'],
    ['extensionId', '10'],
    ['voicemail', '10'],
    ['phoneNumber', '+12055552222'],
    ['phoneNumber', '+12055550100*2222'],
  ] as const) {
    expect((await failure(resolve(kind, value, {}, resolving))).kind).toBe('denied');
  }
  expect([...(await inHouseNames([{ extension: '2222' }], directory))].sort()).toEqual([
    '+12055552222',
    '10',
    '2222',
  ]);
  directory.extensions = unreadable;
  expect([...(await inHouseNames([{ extension: '2222' }], directory))]).toEqual(['2222']);
});

test('the operator’s word for a number stands beside it', async () => {
  const resolving = { ...plain, labels: new Map([['+14155550123', 'on-call mobile']]) };
  expect((await resolve('phoneNumber', '+14155550123', {}, resolving)).shown).toBe(
    'on-call mobile, +14155550123 (United States)',
  );
  expect((await resolve('callFlipId', '1', {}, resolving)).shown).toContain('on-call mobile, +14155550123');
});

test('the dialling plan that was asked for is told, and asked about where it matters', async () => {
  const number = await resolve('phoneNumber', '+14155550123', { parameter: 'toPhoneNumber', countryId: 224 });
  expect(number).toMatchObject({ plan: expect.stringContaining('224'), identity: 'number:+14155550123' });
  expect(number.unusual).toBeUndefined();
  const extension = await resolve('extensionNumber', '102', {
    parameter: 'toExtensionNumber',
    countryId: 224,
  });
  expect(extension).toMatchObject({
    identity: 'extension:2 by plan 224',
    unusual: expect.stringContaining('224'),
  });
});

test('the tools that send a call somewhere are known to the policy', async () => {
  const { tools } = await import('../../../../src/tools/index.ts');
  const named = ['toPhoneNumber', 'phoneNumber', 'callFlipId'];
  const sending = tools.filter(({ input }) => named.some((name) => name in input().shape));
  expect(sending.map(({ name }) => name).sort()).toEqual([...targetTools].sort());
});
