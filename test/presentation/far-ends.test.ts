import { describe, expect, it } from 'vitest';
import { farEndsOn } from '../../src/presentation/far-ends.ts';
import { areRinging } from '../../src/presentation/party-states.ts';
import type { CallParty } from '../../src/ringcentral/wire/session.ts';

const alice = { phoneNumber: '101', name: 'Alice Admin', extensionId: '1' };
const bob = { phoneNumber: '102', name: 'Bob Brown', extensionId: '2' };
const carol = { phoneNumber: '103', name: 'Carol Clark', extensionId: '3' };
const dave = { phoneNumber: '104', name: 'Dave Dunn', extensionId: '4' };
const queue = { phoneNumber: '300', name: 'Sales', extensionId: '30' };
const customer = { phoneNumber: '+14155550123', name: 'Ada' };

type End = typeof customer & { extensionId?: string };
let ids = 0;
function leg(direction: string, own: End, far: End, code = 'Answered', more: object = {}): CallParty {
  const [from, to] = direction === 'Inbound' ? [far, own] : [own, far];
  ids += 1;
  const { extensionId } = own;
  return { id: `p-${ids}`, direction, from, to, extensionId, status: { code }, ...more } as CallParty;
}
const to = (own: End, code?: string, more?: object) => leg('Inbound', own, alice, code, more);
const left = (reason: string) => ({ status: { code: 'Disconnected', reason } });
/** Those at the far end of the first leg, by number. */
const there = (...parties: CallParty[]) =>
  farEndsOn({ parties }, parties[0] as CallParty).map(({ phoneNumber }) => phoneNumber);

const called = () => leg('Inbound', alice, bob);
const placed = () => leg('Outbound', alice, bob);
const bobGone = () => leg('Outbound', bob, alice, 'Disconnected', left('BlindTransfer'));

describe('the far end stays', () => {
  it.each<[string, CallParty[], string]>([
    ['where nobody else is known', [called()], '102'],
    ['while it is there', [called(), leg('Outbound', bob, alice), to(carol)], '102'],
    ['where it has left and nobody came', [called(), bobGone()], '102'],
    [
      'where its leg was never seen',
      [leg('Inbound', alice, customer), to(carol, 'Proceeding')],
      '+14155550123',
    ],
    [
      'while a caller waits whom a colleague has sent to you',
      [
        leg('Inbound', alice, customer),
        leg('Outbound', customer, bob),
        to(bob, 'Disconnected', left('BlindTransfer')),
      ],
      '+14155550123',
    ],
    ['on another phone of theirs', [called(), bobGone(), leg('Inbound', bob, alice)], '102'],
    ['where only another phone of yours rings', [called(), bobGone(), to(alice, 'Proceeding')], '102'],
    ['where somebody listens in', [called(), bobGone(), to(carol, 'Answered', { listens: true })], '102'],
    [
      'once all have left, where it stayed to the end',
      [leg('Inbound', alice, bob, 'Disconnected'), leg('Outbound', bob, alice, 'Disconnected')],
      '102',
    ],
    ['in a conference', [{ ...placed(), conferenceRole: 'Host' }, bobGone(), to(carol)], '102'],
    [
      'while a queue rings at its agents',
      [leg('Outbound', alice, queue), to(bob, 'Proceeding'), to(carol, 'Proceeding')],
      '300',
    ],
  ])('%s', (_when, parties, number) => {
    expect(there(...parties)).toEqual([number]);
  });
});

describe('whoever took the call is there', () => {
  it.each<[string, CallParty[], string[]]>([
    ['to whom your caller sent you', [called(), bobGone(), to(carol)], ['103']],
    [
      'to whom the one you called sent you',
      [placed(), to(bob, 'Disconnected', left('BlindTransfer')), to(carol)],
      ['103'],
    ],
    [
      'who picked up what rang at the one you called',
      [placed(), to(bob, 'Gone', { status: { code: 'Gone', reason: 'Pickup' } }), to(carol)],
      ['103'],
    ],
    [
      'with whom your caller connected you',
      [called(), leg('Outbound', bob, alice, 'Gone', left('AttendedTransfer')), leg('Outbound', carol, bob)],
      ['103'],
    ],
    [
      'to whom the agent of a queue sent you',
      [leg('Outbound', alice, queue), to(bob, 'Disconnected', left('BlindTransfer')), to(carol)],
      ['103'],
    ],
    [
      'sent on twice',
      [called(), bobGone(), to(carol, 'Disconnected', left('BlindTransfer')), to(dave)],
      ['104'],
    ],
    ['outside', [called(), bobGone(), to(customer)], ['+14155550123']],
    [
      'though all have left since',
      [leg('Inbound', alice, bob, 'Disconnected'), bobGone(), to(carol, 'Disconnected')],
      ['103'],
    ],
    [
      'or rings, at several phones',
      [called(), bobGone(), to(carol, 'Proceeding'), to(dave, 'Proceeding')],
      ['103', '104'],
    ],
    [
      'whom you have sent on yourself',
      [leg('Inbound', alice, bob, 'Disconnected'), bobGone(), to(carol), to(dave, 'Proceeding')],
      ['103'],
    ],
  ])('%s', (_who, parties, numbers) => {
    expect(there(...parties)).toEqual(numbers);
  });
});

it('the other side rings while all to whom the call was sent do', () => {
  const own = called();
  const rings = (...others: CallParty[]) => areRinging(own, { parties: [own, ...others] });
  expect(rings(bobGone(), to(carol, 'Proceeding'))).toBe(true);
  expect(rings(bobGone(), to(carol))).toBe(false);
  expect(rings(bobGone())).toBe(false);
  expect(rings(leg('Outbound', bob, alice), to(carol, 'Proceeding'))).toBe(false);
  expect(rings(to(carol, 'Proceeding'))).toBe(false);
});
