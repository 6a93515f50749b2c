import { expect, test } from 'vitest';
import { event, me, reading, storeTestbed } from '../support/store-testbed.ts';

/** platform.md 10.3: two own legs, then both are Gone, each naming the other call. */
function bridge(...peers: [object | undefined, object | undefined]) {
  const { calls, apply } = storeTestbed({ scope: 'extension' });
  apply(event({ session: 'c', party: 2, sequence: 8, code: 'Hold', extensionId: me, legacyId: '700' }));
  apply(event({ session: 'k', party: 1, sequence: 6, code: 'Answered', extensionId: me, legacyId: '900' }));
  const gone = { code: 'Gone', reason: 'AttendedTransfer', extensionId: me };
  if (peers[0]) apply(event({ session: 'c', party: 2, sequence: 9, ...gone, peerId: peers[0] }));
  if (peers[1]) apply(event({ session: 'k', party: 1, sequence: 7, ...gone, peerId: peers[1] }));
  return { c: calls.session('s-c')?.links, k: calls.session('s-k')?.links };
}

const toK = { telephonySessionId: 's-k', partyId: 'p-k-1', reason: 'AttendedTransfer' };
const toC = { telephonySessionId: 's-c', partyId: 'p-c-2', reason: 'AttendedTransfer' };

test.each([
  ['its telephony session id', { telephonySessionId: 's-k', partyId: 'p-k-1' }],
  ['a session id that is one', { sessionId: 's-k', partyId: 'p-k-1' }],
  ['a legacy session id', { sessionId: '900', partyId: 'p-k-1' }],
  ['a session id that says nothing', { sessionId: '0', partyId: 'p-k-1' }],
])('one end that names the other by %s is enough for both', (_, peer) => {
  expect(bridge(peer, undefined)).toEqual({ c: [toK], k: [toC] });
});

test.each([
  ['a legacy session id that becomes known later', { sessionId: '900', partyId: 'p-k-1' }],
  ['a legacy session id alone', { sessionId: '900' }],
  ['a legacy number in the place of its telephony session id', { telephonySessionId: '900' }],
  ['a party id alone', { partyId: 'p-k-1' }],
  ['a session id that says nothing, twice', { telephonySessionId: '0', sessionId: '0', partyId: 'p-k-1' }],
])('a call that is not known yet and is named by %s is linked once it is known', (_, peerId) => {
  const { calls, apply } = storeTestbed({ scope: 'extension' });
  const doubts: string[] = [];
  calls.onReadNeeded((id, doubt) => doubts.push(`${id} ${doubt}`));
  const own = { session: 'c', party: 2, extensionId: me };
  apply(event({ ...own, sequence: 8, code: 'Hold' }));
  apply(event({ ...own, sequence: 9, code: 'Gone', reason: 'AttendedTransfer', peerId }));
  // Where the id can be guessed from the party's the call is read.
  if ('partyId' in peerId) expect(doubts).toContain('s-k linked call unknown');
  apply(event({ session: 'k', party: 1, sequence: 6, code: 'Answered', extensionId: me, legacyId: '900' }));
  expect(calls.session('s-c')?.links).toEqual([expect.objectContaining({ telephonySessionId: 's-k' })]);
  expect(calls.session('s-k')?.links).toEqual([toC]);
});

test.each([
  ['both ends', { telephonySessionId: 's-a', partyId: 'p-a-2' }, { sessionId: '0', partyId: 'p-conf-2' }],
  ['its leg alone, by the session', { sessionId: 's-a' }, undefined],
  ['its leg alone, by a legacy number', { sessionId: '700', partyId: 'p-a-2' }, undefined],
  ['its leg alone, by the party', { sessionId: '0', partyId: 'p-a-2' }, undefined],
  ['your leg alone', undefined, { sessionId: '0', partyId: 'p-conf-2' }],
])('who was brought into a conference is a member of it, as %s say', (_, toCall, toConference) => {
  const { calls, apply } = storeTestbed({ scope: 'extension' });
  const own = { session: 'a', party: 2, extensionId: me, legacyId: '700' };
  apply(event({ ...own, sequence: 5, code: 'Answered' }));
  calls.snapshot(
    reading('a', [
      [1, 'Answered', undefined, { from: { phoneNumber: '+14155550123' } }],
      [2, 'Answered', me],
    ]),
    calls.stamp(),
  );
  const conference = (code: string, peerId?: object) =>
    reading(
      'conf',
      [
        [1, 'Answered', me, { conferenceRole: 'Host' }],
        [2, code, undefined, { conferenceRole: 'Participant', status: { code, peerId } }],
      ],
      { origin: { type: 'Conference' } },
    );
  calls.snapshot(conference('Setup'), calls.stamp());
  expect(calls.session('s-conf')?.members).toMatchObject([{ partyId: 'p-conf-2', state: 'joining' }]);
  if (toConference) {
    apply(event({ ...own, sequence: 6, code: 'Gone', reason: 'Conference', peerId: toConference }));
  }
  if (toCall) calls.snapshot(conference('Gone', toCall), calls.stamp());
  expect(calls.session('s-conf')?.members).toMatchObject([
    { partyId: 'p-conf-2', state: 'joined', telephonySessionId: 's-a', people: [{ id: 'p-a-1' }] },
  ]);
  expect(calls.session('s-a')?.memberOf).toMatchObject({ telephonySessionId: 's-conf', state: 'joined' });
  expect(calls.active({ withoutJoined: true }).map(({ id }) => id)).toEqual(['s-conf']);
  expect(calls.activeCount - calls.joinedCount).toBe(1);
  calls.snapshot(reading('a', [[1, 'Answered']]), calls.stamp());
  expect(calls.session('s-a')?.stale).toBe(false);
  const wanted: string[] = [];
  calls.onReadNeeded((id, why) => wanted.push(`${id} ${why}`));
  const told: string[] = [];
  calls.onChange(({ telephonySessionId }) => told.push(telephonySessionId));
  calls.notFound('s-conf', calls.stamp());
  expect(told).toContain('s-a');
  // Its people have left with it, or talk on: nobody knows until it is read.
  expect(calls.session('s-a')?.stale).toBe(true);
  expect(wanted).toEqual(['s-a linked call ended']);
  calls.snapshot(reading('a', [[1, 'Answered']]), calls.stamp());
  expect(calls.session('s-a')?.stale).toBe(false);
});

test('a call is doubted, too, where an answer tells that its conference has ended', () => {
  const { calls } = storeTestbed({ scope: 'extension' });
  const host = [1, 'Answered', me, { conferenceRole: 'Host' }] as const;
  const leg = [2, 'Gone', undefined, { conferenceRole: 'Participant' }] as const;
  calls.snapshot(reading('conf', [host, leg], { origin: { type: 'Conference' } }), calls.stamp());
  calls.snapshot(reading('a', [[1, 'Answered']]), calls.stamp());
  calls.bringIn(
    { telephonySessionId: 's-conf', partyId: 'p-conf-2' },
    { telephonySessionId: 's-a', partyId: 'p-a-2' },
  );
  expect(calls.session('s-a')?.stale).toBe(false);
  const [left] = reading('conf', [[1, 'Disconnected', me]]).parties;
  if (left) calls.snapshotParty('s-conf', left, calls.stamp());
  expect(calls.session('s-a')?.stale).toBe(true);
});

test('both ends that say the same make one link each', () => {
  expect(
    bridge({ telephonySessionId: 's-k', partyId: 'p-k-1' }, { sessionId: 's-c', partyId: 'p-c-2' }),
  ).toEqual({
    c: [toK],
    k: [toC],
  });
});

test('a link to a call that is not known yet waits for its party', () => {
  const { calls, apply } = storeTestbed();
  apply(event({ session: 'a', party: 2, sequence: 5, code: 'Answered', extensionId: me }));
  apply(
    event({
      session: 'a',
      party: 2,
      sequence: 6,
      code: 'Gone',
      reason: 'Conference',
      extensionId: me,
      peerId: { sessionId: '0', partyId: 'p-conf-2' },
    }),
  );
  expect(calls.session('s-a')?.links).toBeUndefined();
  calls.snapshot(
    reading('conf', [
      [1, 'Answered', me],
      [2, 'Answered'],
    ]),
    calls.stamp(),
  );
  expect(calls.session('s-a')?.links).toEqual([
    { telephonySessionId: 's-conf', partyId: 'p-conf-2', reason: 'Conference' },
  ]);
  expect(calls.session('s-conf')?.links).toEqual([
    { telephonySessionId: 's-a', partyId: 'p-a-2', reason: 'Conference' },
  ]);
});

test('a linked call that is not known is asked for, and readers of a known one are told', () => {
  const { calls, apply } = storeTestbed();
  const doubts: string[] = [];
  calls.onReadNeeded((id, doubt) => doubts.push(`${id} ${doubt}`));
  const changes: string[] = [];
  apply(event({ session: 'a', party: 2, sequence: 2, code: 'Answered', extensionId: me }));
  calls.onChange(({ telephonySessionId }) => changes.push(telephonySessionId));
  const gone = { session: 'a', party: 2, code: 'Gone', reason: 'Pickup', extensionId: me };
  apply(event({ ...gone, sequence: 3, peerId: { telephonySessionId: 's-x', partyId: 'p-x-1' } }));
  expect(doubts).toEqual(['s-x linked call unknown']);
  calls.snapshot(reading('x', [[1, 'Answered']]), calls.stamp());
  expect(calls.session('s-x')?.links).toMatchObject([{ telephonySessionId: 's-a', reason: 'Pickup' }]);
  expect(changes).toEqual(['s-a', 's-x']);
});

test('the answer of the bridge itself links both calls', () => {
  const { calls, apply } = storeTestbed({ scope: 'extension' });
  apply(event({ session: 'c', party: 2, sequence: 8, code: 'Hold', extensionId: me }));
  apply(event({ session: 'k', party: 1, sequence: 6, code: 'Answered', extensionId: me }));
  const [party] = reading('c', [
    [2, 'Gone', me, { status: { code: 'Gone', reason: 'AttendedTransfer', peerId: { sessionId: 's-k' } } }],
  ]).parties;
  if (!party) throw new Error('party');
  calls.snapshotParty('s-c', party, calls.stamp());
  expect(calls.session('s-k')?.links).toMatchObject([{ telephonySessionId: 's-c', partyId: 'p-c-2' }]);
});

const numbers = (from: string, to: string) => ({ from: { phoneNumber: from }, to: { phoneNumber: to } });
const ringOut = { origin: 'RingOut', sequence: 2, party: 1, code: 'Setup', extensionId: me };
const outward = {
  ...ringOut,
  session: 'out',
  legacyId: '1000000',
  direction: 'Outbound',
  ...numbers('101', '+16505550123'),
};
const inward = {
  ...ringOut,
  session: 'in',
  legacyId: '1002000',
  direction: 'Inbound',
  ...numbers('+16505550123', '101'),
};

test.each([
  ['first', [outward, inward]],
  ['second', [inward, outward]],
])('RingOut is shown once, the session that was seen %s', (_, order) => {
  const { calls, apply } = storeTestbed({ scope: 'extension' });
  const from = calls.history.newest;
  apply(...order.map(event));
  expect(calls.active().map(({ id }) => id)).toEqual(['s-out']);
  expect(calls.activeCount).toBe(1);
  apply(event({ ...inward, sequence: 3, code: 'Answered' }));
  const told = calls.history.since(from).entries.filter(({ status }) => status === 'Answered');
  expect(told).toEqual([]);
});

test('calls that only look like a RingOut are all shown', () => {
  const { calls, apply } = storeTestbed({ scope: 'extension' });
  apply(event({ ...outward, origin: 'Call' }), event({ ...inward, origin: 'Call' }));
  expect(calls.activeCount).toBe(2);
  const other = storeTestbed({ scope: 'extension' });
  other.apply(event(outward), event({ ...inward, ...numbers('+16505550199', '101') }));
  expect(other.calls.activeCount).toBe(2);
});
