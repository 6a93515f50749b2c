import { describe, expect, test } from 'vitest';
import { statusCodes } from '../../../src/ringcentral/wire/session.ts';
import { conditionNames, WaitCondition } from '../../../src/tools/runtime/wait-condition.ts';
import { colleague, me, reading, storeTestbed } from '../../calls/support/store-testbed.ts';

/*
 * Whose state is meant where `until` is given and nobody is named: for each word and each way to be on a call, yours,
 * that of the other one, of either, or `already`: it is so from the start.
 */

type Whose = 'yours' | 'the other' | 'either' | 'nobody' | 'already';
type State = readonly [code: string, members?: object];
const answered: State = ['Answered'];
interface Parties {
  own?: State | undefined;
  other: State;
}

interface Situation {
  /** Before what is waited for. */
  before: (word: string) => Parties;
  read: (parties: Parties) => Parameters<typeof reading>;
}

/**
 * A state in which the word does not hold of you, while your phone rings, or of the other one, who talks or rings.
 */
const ringing = (word: string): State => [word === 'Proceeding' ? 'Setup' : 'Proceeding'];
const talking = (word: string): State => (word === 'Answered' ? ['Proceeding'] : ['Answered']);

const onCall =
  (mine: 'Outbound' | 'Inbound'): Situation['read'] =>
  ({ own: [code, members] = answered, other: [otherCode, otherMembers] }) => {
    const you = [code, me, { direction: mine, ...members }] as const;
    const they = [otherCode, undefined, { direction: opposite[mine], ...otherMembers }] as const;
    return [
      'a',
      mine === 'Outbound'
        ? [
            [1, ...you],
            [2, ...they],
          ]
        : [
            [1, ...they],
            [2, ...you],
          ],
    ];
  };
const opposite = { Outbound: 'Inbound', Inbound: 'Outbound' } as const;

const situations: Record<string, Situation> = {
  'you placed it': {
    before: (word) => ({ own: ['Answered'], other: talking(word) }),
    read: onCall('Outbound'),
  },
  'it rings at you': {
    before: (word) => ({ own: ringing(word), other: word === 'Answered' ? ['Setup'] : ['Answered'] }),
    read: onCall('Inbound'),
  },
  'you were called and talk': {
    before: (word) => ({ own: word === 'Answered' ? ['Hold'] : ['Answered'], other: talking(word) }),
    read: onCall('Inbound'),
  },
  'you have left': {
    before: (word) => ({ other: talking(word) }),
    read: ({ other: [code, members] }) => [
      'a',
      [
        [1, 'Answered', undefined, { direction: 'Outbound' }],
        [2, 'Disconnected', me, { direction: 'Inbound' }],
        [3, code, colleague, { direction: 'Inbound', ...members }],
      ],
    ],
  },
  'you are not on it': {
    before: (word) => ({ other: talking(word) }),
    read: ({ other: [code, members] }) => [
      'a',
      [
        [1, 'Answered', undefined, { direction: 'Outbound' }],
        [2, code, colleague, { direction: 'Inbound', ...members }],
      ],
    ],
  },
  'you host the conference': {
    before: (word) => ({ own: word === 'Answered' ? ['Hold'] : ['Answered'], other: talking(word) }),
    read: ({ own: [code, members] = answered, other: [otherCode, otherMembers] }) => [
      'a',
      [
        [1, code, me, { direction: 'Outbound', conferenceRole: 'Host', ...members }],
        [2, otherCode, undefined, { direction: 'Inbound', conferenceRole: 'Participant', ...otherMembers }],
      ],
      { origin: { type: 'Conference' } },
    ],
  },
};

const rows = ['you placed it', 'it rings at you', 'you were called and talk', 'you have left'] as const;
const rest = ['you are not on it', 'you host the conference'] as const;
type Row = (typeof rows)[number] | (typeof rest)[number];

const row = (...[placed, rings, talks, left, apart, hosts]: Whose[]): Record<Row, Whose | undefined> => ({
  'you placed it': placed,
  'it rings at you': rings,
  'you were called and talk': talks,
  'you have left': left,
  'you are not on it': apart,
  'you host the conference': hosts,
});

// Who is called.
const called = row('the other', 'yours', 'either', 'the other', 'the other', 'either');
// What one does to one's own side of a call.
const ownSide = row('yours', 'yours', 'yours', 'nobody', 'the other', 'yours');
// What becomes of the call, whoever did it.
const ofTheCall = row('either', 'either', 'either', 'the other', 'the other', 'either');
// The end of it, for you.
const end = row('yours', 'yours', 'yours', 'already', 'the other', 'either');

const table: Record<string, Record<Row, Whose | undefined>> = {
  Setup: called,
  Proceeding: called,
  VoiceMail: called,
  VoiceMailScreening: called,
  FaxReceive: called,
  // Who was called answers; in a conference you, because others are in it as `Gone` (platform.md 2.3.5).
  Answered: row('the other', 'yours', 'yours', 'the other', 'the other', 'yours'),
  Hold: ownSide,
  muted: ownSide,
  unmuted: ownSide,
  Parked: ofTheCall,
  recording: { ...ofTheCall, 'you have left': 'nobody' },
  Disconnected: end,
  // You are `Disconnected`.
  Gone: { ...end, 'you have left': 'the other' },
  left: end,
};

/** That somebody else has left is told when it happens; who left before does not end a wait. */
const only: Partial<Record<Row, Whose>> = {
  'you are not on it': 'nobody',
  'you host the conference': 'yours',
};
const so: Record<string, Partial<Record<Row, Whose>>> = {
  Disconnected: only,
  Gone: { ...only, 'you have left': 'nobody' },
  left: only,
};

function reached(word: string, state: State): State {
  const [code] = state;
  if (word === 'left') return ['Disconnected'];
  if (word === 'muted') return [code, { muted: true }];
  if (word === 'unmuted') return [code, { muted: false }];
  if (word === 'recording') return [code, { recordings: [{ id: 'r', active: true }] }];
  return [word];
}

const started = (word: string, [code]: State): State => [code, { muted: word === 'unmuted' }];

/**
 * Whether the wait ends, by what happens and by what is so, when one of them, or nobody, comes to be what is waited
 * for.
 */
function ends(situation: Situation, word: string, whose: 'own' | 'other' | undefined) {
  const { calls } = storeTestbed();
  const { own, other } = situation.before(word);
  const before = { own: own && started(word, own), other: started(word, other) };
  const show = (parties: Parties) => calls.snapshot(reading(...situation.read(parties)), calls.stamp());
  show(before);
  const from = calls.history.newest;
  const changing = whose && before[whose];
  if (whose && changing) show({ ...before, [whose]: reached(word, changing) });
  const until = new WaitCondition(word, undefined);
  const call = calls.session('s-a');
  if (!call) throw new Error('no call');
  return {
    happens: calls.history
      .since(from)
      .entries.some((entry) => until.isReachedBy(entry, (id) => calls.session(id))),
    holds: until.holds(call),
  };
}

function whose(situation: Situation, word: string, by: 'happens' | 'holds'): Whose {
  if (ends(situation, word, undefined).holds) return 'already';
  const yours = situation.before(word).own !== undefined && ends(situation, word, 'own')[by];
  const others = ends(situation, word, 'other')[by];
  if (yours) return others ? 'either' : 'yours';
  return others ? 'the other' : 'nobody';
}

test('each word is in the table', () => {
  expect(Object.keys(table).sort()).toEqual([...statusCodes, ...conditionNames].sort());
});

describe.each(Object.entries(table))('until %s', (word, expected) => {
  test.each([...rows, ...rest])('where %s', (name) => {
    const situation = situations[name] as Situation;
    expect(whose(situation, word, 'happens')).toBe(expected[name]);
    expect(whose(situation, word, 'holds')).toBe(so[word]?.[name] ?? expected[name]);
  });
});

test('a call that is not yours and is over has been left by everybody', () => {
  const { calls } = storeTestbed();
  const left = reading('a', [
    [1, 'Disconnected'],
    [2, 'Gone', colleague],
  ]);
  calls.snapshot(left, calls.stamp());
  const call = calls.session('s-a');
  expect(call && new WaitCondition('left', undefined).holds(call)).toBe(true);
});
