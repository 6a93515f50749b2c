import { describe, expect, test } from 'vitest';
import type { Change } from '../../../src/calls/store/views.ts';
import type { CallParty } from '../../../src/ringcentral/wire/session.ts';
import { colleague, event, inboundCall, me, reading, storeTestbed } from '../support/store-testbed.ts';

const codes = (parties: readonly { id: string; status: { code: string } }[] = []) =>
  parties.map(({ id, status }) => `${id} ${status.code}`);

describe('events', () => {
  test('merge by party id into one call', () => {
    const { calls, apply } = storeTestbed();
    apply(...inboundCall().slice(0, 7));
    const call = calls.session('s-a');
    expect(codes(call?.parties)).toEqual(['p-a-1 Answered', 'p-a-2 Disconnected', 'p-a-3 Answered']);
    expect(call).toMatchObject({ over: false, stale: false, source: 'event', yourPartyId: 'p-a-3' });
    expect(calls.active().map(({ id }) => id)).toEqual(['s-a']);
  });

  test('an equal sequence passes also when only its sound is different, and its repetition is told once', () => {
    const { calls, apply } = storeTestbed();
    const from = calls.history.newest;
    const answered = { party: 2, sequence: 5, code: 'Answered', extensionId: me };
    apply(event({ ...answered, muted: false }));
    apply(event({ ...answered, muted: true }));
    apply(event({ ...answered, muted: true }));
    expect(calls.party('s-a', 'p-a-2')).toMatchObject({ muted: true });
    const { entries } = calls.history.since(from);
    expect(entries.map(({ muted }) => muted)).toEqual([false, true]);
  });

  test('of two that say different things of the same moment the last one counts, until the platform was asked', () => {
    const { calls, apply } = storeTestbed();
    const doubts: string[] = [];
    calls.onReadNeeded((id, doubt) => doubts.push(`${id} ${doubt}`));
    const answered = { party: 2, sequence: 2, code: 'Answered', extensionId: me };
    const [silent, loud] = [event({ ...answered, muted: true }), event({ ...answered, muted: false })];
    apply(silent);
    expect(doubts).toEqual([]);
    apply(loud, structuredClone(silent));
    expect(calls.party('s-a', 'p-a-2')).toMatchObject({ muted: true });
    expect(doubts).toEqual(['s-a event against event', 's-a event against event']);
  });

  test('of which no party can be read ask for a reading of the call', () => {
    const { calls, apply } = storeTestbed();
    const doubts: string[] = [];
    calls.onReadNeeded((id, doubt) => doubts.push(`${id} ${doubt}`));
    apply({ ...event({ party: 2, sequence: 5, code: 'Answered' }), parties: [] });
    expect(doubts).toEqual(['s-a event without parties']);
  });

  test('that are silent about recordings do not make them forgotten, in whatever order they come', () => {
    const recorded = {
      party: 2,
      sequence: 5,
      code: 'Answered',
      extensionId: me,
      recordings: [{ id: '7', active: true }],
    };
    const events = [event(recorded), event({ party: 2, sequence: 6, code: 'Hold', extensionId: me })];
    for (const order of [events, events.toReversed()]) {
      const { calls, apply } = storeTestbed();
      apply(...order, ...order);
      expect(calls.party('s-a', 'p-a-2')).toMatchObject({
        status: { code: 'Hold' },
        recordings: [{ id: '7', active: true }],
      });
      expect(calls.counts.known).toBe(2);
    }
  });

  test('late ones change no state, and equal sequences pass', () => {
    const { calls, apply } = storeTestbed();
    apply(event({ party: 2, sequence: 8, code: 'Answered', extensionId: me }));
    apply(event({ party: 2, sequence: 7, code: 'Proceeding', extensionId: me }));
    expect(calls.party('s-a', 'p-a-2')?.status.code).toBe('Answered');
    apply(event({ party: 2, sequence: 8, code: 'Answered', extensionId: me, muted: true, at: 8001 }));
    expect(calls.party('s-a', 'p-a-2')?.muted).toBe(true);
  });

  test('a call whose every party has left is over, stays readable for a while, then goes', async () => {
    const { calls, clock, apply } = storeTestbed();
    apply(...inboundCall());
    expect(calls.active()).toEqual([]);
    expect(calls.session('s-a')).toMatchObject({ over: true, stale: false, yourPartyId: 'p-a-3' });
    await clock.advanceAsync(599_000);
    expect(calls.session('s-a')).toBeDefined();
    await clock.advanceAsync(2000);
    expect(calls.session('s-a')).toBeUndefined();
  });

  test('a call first seen ended is not listed but remembered, and an older event may bring it up', () => {
    const { calls, apply } = storeTestbed();
    const changes: Change[] = [];
    calls.onChange((change) => changes.push(change));
    apply(event({ party: 2, sequence: 9, code: 'Disconnected', extensionId: me }));
    expect(calls.active()).toEqual([]);
    expect(changes.map(({ listed }) => listed)).toEqual([false]);
    apply(event({ party: 2, sequence: 8, code: 'Answered', extensionId: me }));
    expect(calls.active()).toEqual([]);
    apply(event({ party: 1, sequence: 7, code: 'Answered' }));
    expect(calls.active()).toHaveLength(1);
    expect(changes.at(-1)).toMatchObject({ telephonySessionId: 's-a', listed: true });
  });

  test('one event is one change, which says whether the list changed', () => {
    const { calls, apply } = storeTestbed();
    const changes: Change[] = [];
    calls.onChange((change) => changes.push(change));
    const [setup, , answered] = inboundCall();
    if (!setup || !answered) throw new Error('flow');
    apply(setup, answered, answered);
    expect(changes).toEqual([
      { telephonySessionId: 's-a', partyIds: ['p-a-1'], listed: true },
      { telephonySessionId: 's-a', partyIds: ['p-a-1'], listed: false },
    ]);
    expect(calls.counts).toMatchObject({ events: 3, known: 1 });
  });

  test('a leg stays known as one that listens in, also where that is told late', () => {
    const { calls, apply } = storeTestbed();
    apply(event({ party: 3, sequence: 5, code: 'Hold', extensionId: me }));
    apply(event({ party: 3, sequence: 4, code: 'Answered', reason: 'Supervising', extensionId: me }));
    expect(calls.party('s-a', 'p-a-3')).toMatchObject({ status: { code: 'Hold' }, listens: true });
  });

  test('emergency calls stay known as such, and whose party it is, whatever later events leave out', () => {
    const { calls, apply } = storeTestbed();
    apply(
      event({
        party: 1,
        sequence: 2,
        code: 'Setup',
        extensionId: me,
        attributes: { emergencyCallback: true },
      }),
    );
    apply(event({ party: 1, sequence: 4, code: 'Answered' }));
    expect(calls.party('s-a', 'p-a-1')).toMatchObject({
      extensionId: me,
      attributes: { emergencyCallback: true },
    });
  });

  test('a call above the cap is not taken, is counted, and takes its place when there is room', () => {
    const { calls, apply } = storeTestbed({ maxLive: 1 });
    apply(...inboundCall('a').slice(0, 3), ...inboundCall('b').slice(0, 3));
    expect(calls.active().map(({ id }) => id)).toEqual(['s-a']);
    expect(calls.counts.noRoom).toBe(3);
    apply(...inboundCall('a').slice(3), ...inboundCall('b').slice(3, 7));
    expect(calls.active().map(({ id }) => id)).toEqual(['s-b']);
  });

  test('a call that was over does not come back above the cap', () => {
    const { calls, apply } = storeTestbed({ maxLive: 1 });
    apply(...inboundCall('a'), ...inboundCall('b').slice(0, 3));
    expect(calls.active().map(({ id }) => id)).toEqual(['s-b']);
    const back = event({ party: 4, sequence: 99, code: 'Answered', extensionId: me });
    apply(back);
    expect(calls.active().map(({ id }) => id)).toEqual(['s-b']);
    expect(calls.session('s-a')).toBeUndefined();
    expect(calls.counts.noRoom).toBe(1);
    apply(...inboundCall('b').slice(3), { ...back, sequence: 100 });
    expect(calls.active().map(({ id }) => id)).toEqual(['s-a']);
  });
});

describe('readings', () => {
  test('never overwrite a party that got an event after the request was sent', () => {
    const { calls, apply } = storeTestbed();
    apply(...inboundCall().slice(0, 7));
    const requestedAt = calls.stamp();
    apply(event({ party: 3, sequence: 9, code: 'Hold', extensionId: me }));
    calls.snapshot(
      reading('a', [
        [1, 'Answered'],
        [2, 'Disconnected', '400'],
        [3, 'Answered', me],
      ]),
      requestedAt,
    );
    expect(calls.party('s-a', 'p-a-3')).toMatchObject({ status: { code: 'Hold' }, source: 'event' });
    expect(calls.party('s-a', 'p-a-1')).toMatchObject({ source: 'api' });
  });

  test('win over an event that came in before, and over one that is older than those', () => {
    const { calls, apply } = storeTestbed();
    apply(event({ party: 3, sequence: 10, code: 'Answered', extensionId: me }));
    calls.snapshot(reading('a', [[3, 'Hold', me]]), calls.stamp());
    expect(calls.party('s-a', 'p-a-3')?.status.code).toBe('Hold');
    apply(event({ party: 3, sequence: 9, code: 'Proceeding', extensionId: me }));
    expect(calls.party('s-a', 'p-a-3')?.status.code).toBe('Hold');
    apply(event({ party: 3, sequence: 12, code: 'Answered', extensionId: me }));
    expect(calls.party('s-a', 'p-a-3')?.status.code).toBe('Answered');
  });

  test("win over an event that is older than another party's, which came in before the request", () => {
    const { calls, apply } = storeTestbed();
    apply(event({ party: 3, sequence: 7, code: 'Answered', extensionId: me }));
    apply(event({ party: 1, sequence: 10, code: 'Answered' }));
    calls.snapshot(
      reading('a', [
        [1, 'Answered'],
        [3, 'Answered', me],
      ]),
      calls.stamp(),
    );
    apply(event({ party: 3, sequence: 8, code: 'Hold', extensionId: me }));
    expect(calls.party('s-a', 'p-a-3')?.status.code).toBe('Answered');
  });

  test('that show nothing new are no change', () => {
    const { calls, apply } = storeTestbed();
    apply(
      event({
        party: 3,
        sequence: 2,
        code: 'Answered',
        extensionId: me,
        park: {},
        recordings: [],
        queueCall: true,
      }),
    );
    const changes: Change[] = [];
    calls.onChange((change) => changes.push(change));
    calls.snapshot(reading('a', [[3, 'Answered', me, { recordings: [] }]]), calls.stamp());
    expect(changes).toEqual([]);
    expect(calls.party('s-a', 'p-a-3')).toMatchObject({ source: 'api', queueCall: true });
  });

  test('a leg that has left for the platform is not brought back by an event on its way', () => {
    const { calls, apply } = storeTestbed();
    apply(...inboundCall().slice(0, 7));
    calls.snapshot(
      reading('a', [
        [1, 'Disconnected'],
        [3, 'Disconnected', me],
      ]),
      calls.stamp(),
    );
    const doubts: string[] = [];
    calls.onReadNeeded((id, doubt) => doubts.push(`${id} ${doubt}`));
    apply(event({ party: 3, sequence: 9, code: 'Hold', extensionId: me }));
    expect(calls.session('s-a')?.over).toBe(true);
    expect(doubts).toEqual(['s-a event against reading']);
  });

  test('a live party that the platform does not list any more has left', () => {
    const { calls, apply } = storeTestbed();
    apply(...inboundCall().slice(0, 7));
    calls.snapshot(reading('a', [[1, 'Answered']]), calls.stamp());
    expect(codes(calls.session('s-a')?.parties)).toEqual([
      'p-a-1 Answered',
      'p-a-2 Disconnected',
      'p-a-3 Disconnected',
    ]);
  });

  test('a call that the platform does not know is over, unless it was announced just now', async () => {
    const { calls, clock, apply } = storeTestbed();
    apply(...inboundCall().slice(0, 3));
    const doubts: string[] = [];
    calls.onReadNeeded((_, doubt) => doubts.push(doubt));
    calls.notFound('s-a', calls.stamp());
    expect(calls.session('s-a')?.over).toBe(false);
    expect(doubts).toEqual(['not found too early']);
    await clock.advanceAsync(6000);
    calls.notFound('s-a', calls.stamp());
    expect(calls.session('s-a')?.over).toBe(true);
  });

  test('a call that was not found, and is found again, is live again', async () => {
    const { calls, clock, apply } = storeTestbed();
    apply(...inboundCall().slice(0, 7));
    await clock.advanceAsync(6000);
    calls.notFound('s-a', calls.stamp());
    expect(calls.active()).toEqual([]);
    calls.snapshot(
      reading('a', [
        [1, 'Answered'],
        [3, 'Answered', me],
      ]),
      calls.stamp(),
    );
    expect(calls.active()).toMatchObject([{ id: 's-a', over: false, stale: false }]);
  });

  test('a call that the platform does not know is over at once when the own leg has just left it', () => {
    const { calls, apply } = storeTestbed({ scope: 'extension' });
    calls.snapshot(
      reading('a', [
        [1, 'Answered'],
        [3, 'Answered', me],
      ]),
      calls.stamp(),
    );
    apply(event({ party: 3, sequence: 11, code: 'Disconnected', extensionId: me }));
    expect(calls.session('s-a')?.over).toBe(false);
    calls.notFound('s-a', calls.stamp());
    expect(calls.active()).toEqual([]);
  });

  test('an empty conference is live until the platform has forgotten it', () => {
    const { calls } = storeTestbed();
    calls.snapshot(reading('c', [], { origin: { type: 'Conference' } }), calls.stamp());
    expect(calls.active()).toMatchObject([{ id: 's-c', over: false, parties: [] }]);
    calls.notFound('s-c', calls.stamp());
    expect(calls.active()).toEqual([]);
    expect(calls.session('s-c')?.over).toBe(true);
  });

  test('active calls come newest first, whatever order they became known in', () => {
    const { calls } = storeTestbed();
    const at = (minute: number) => ({ creationTime: `2026-01-05T09:0${minute}:00Z` });
    calls.snapshot(reading('b', [[1, 'Answered']], at(2)), calls.stamp());
    calls.snapshot(reading('a', [[1, 'Answered']], at(1)), calls.stamp());
    calls.snapshot(reading('c', [[1, 'Answered']], at(3)), calls.stamp());
    expect(calls.active().map(({ id }) => id)).toEqual(['s-c', 's-b', 's-a']);
    expect(calls.active({ offset: 1, limit: 1 }).map(({ id }) => id)).toEqual(['s-b']);
  });
});

describe('what may be old says so', () => {
  test('after a loss everything is stale until an event or a reading says how it is', () => {
    const { calls, apply } = storeTestbed();
    apply(...inboundCall().slice(0, 7));
    calls.markStale();
    expect(calls.session('s-a')?.stale).toBe(true);
    apply(event({ party: 3, sequence: 9, code: 'Hold', extensionId: me }));
    expect(calls.party('s-a', 'p-a-3')?.stale).toBe(false);
    expect(calls.party('s-a', 'p-a-1')?.stale).toBe(true);
    calls.snapshot(
      reading('a', [
        [1, 'Answered'],
        [3, 'Hold', me],
      ]),
      calls.stamp(),
    );
    expect(calls.session('s-a')?.stale).toBe(false);
  });

  test('an empty conference is stale after thirty seconds, because no event tells of its end', async () => {
    const { calls, clock } = storeTestbed();
    calls.snapshot(reading('c', [], { origin: { type: 'Conference' } }), calls.stamp());
    expect(calls.session('s-c')?.stale).toBe(false);
    await clock.advanceAsync(31_000);
    expect(calls.session('s-c')?.stale).toBe(true);
  });

  test('a reading that was requested before the loss does not count', () => {
    const { calls, apply } = storeTestbed();
    apply(...inboundCall().slice(0, 7));
    const requestedAt = calls.stamp();
    calls.markStale();
    calls.snapshot(
      reading('a', [
        [1, 'Answered'],
        [3, 'Answered', me],
      ]),
      requestedAt,
    );
    expect(calls.session('s-a')?.stale).toBe(true);
  });

  test('while events do not come in, what came from them is stale, and fresh again when they do', () => {
    const { calls, apply } = storeTestbed();
    apply(...inboundCall().slice(0, 7));
    const changes: Change[] = [];
    calls.onChange((change) => changes.push(change));
    calls.setConnected(false);
    expect(calls.session('s-a')?.stale).toBe(true);
    expect(changes).toHaveLength(1);
    calls.setConnected(true);
    expect(calls.session('s-a')?.stale).toBe(false);
  });

  test('without a feed a reading is fresh for thirty seconds', async () => {
    const { calls, clock } = storeTestbed();
    calls.setConnected(false);
    calls.snapshot(
      reading('a', [
        [1, 'Answered'],
        [3, 'Answered', me],
      ]),
      calls.stamp(),
    );
    expect(calls.session('s-a')?.stale).toBe(false);
    await clock.advanceAsync(31_000);
    expect(calls.session('s-a')?.stale).toBe(true);
  });

  test('account scope: a gap makes the rest of the call stale and asks for a reading; filling it ends that', () => {
    const { calls, apply } = storeTestbed();
    const doubts: string[] = [];
    calls.onReadNeeded((id, doubt) => doubts.push(`${id} ${doubt}`));
    const flow = inboundCall();
    apply(...flow.slice(0, 5));
    const [proceeding, answered] = flow.slice(5, 7);
    if (!proceeding || !answered) throw new Error('flow');
    const run = calls.eventRun('s-a');
    expect(run).toBeDefined();
    apply(answered);
    expect(calls.eventRun('s-a')).not.toBe(run);
    expect(doubts).toEqual(['s-a sequence gap']);
    expect(calls.party('s-a', 'p-a-3')?.stale).toBe(false);
    expect(calls.party('s-a', 'p-a-1')?.stale).toBe(true);
    expect(calls.session('s-a')?.stale).toBe(true);
    apply(proceeding);
    expect(calls.session('s-a')?.stale).toBe(false);
  });

  test('account scope: a call of which only ends are known is not over for certain until it has been read', () => {
    const { calls, apply } = storeTestbed();
    apply(event({ party: 3, sequence: 7, code: 'Disconnected', extensionId: me }));
    expect(calls.session('s-a')).toMatchObject({ over: true, stale: true });
    const answer = reading('a', [
      [1, 'Answered'],
      [2, 'Setup', '102'],
      [3, 'Disconnected', me],
    ]);
    calls.snapshot(answer, calls.stamp());
    expect(calls.session('s-a')).toMatchObject({ over: false, stale: false });
  });

  test('account scope: a call first seen in the middle is stale until it has been read', () => {
    const { calls, apply } = storeTestbed();
    apply(event({ party: 3, sequence: 8, code: 'Answered', extensionId: me }));
    expect(calls.session('s-a')?.stale).toBe(true);
    calls.snapshot(
      reading('a', [
        [1, 'Answered'],
        [3, 'Answered', me],
      ]),
      calls.stamp(),
    );
    expect(calls.session('s-a')?.stale).toBe(false);
  });
});

describe('extension scope', () => {
  const options = { scope: 'extension' } as const;

  test('a gap alone is not a loss, and an own event asks for one reading of the others', () => {
    const { calls, apply } = storeTestbed(options);
    const doubts: string[] = [];
    calls.onReadNeeded((id, doubt) => doubts.push(`${id} ${doubt}`));
    apply(event({ party: 3, sequence: 6, code: 'Setup', extensionId: me }));
    apply(event({ party: 3, sequence: 9, code: 'Answered', extensionId: me }));
    expect(doubts).toEqual(['s-a other parties unknown', 's-a other parties unknown']);
    expect(calls.party('s-a', 'p-a-3')?.stale).toBe(false);
  });

  test('a hold leaves the others doubtful, and asks for no reading of them unless it shows more than that', () => {
    const { calls, apply } = storeTestbed(options);
    const own = (sequence: number, code: string, members: object = {}) =>
      event({ party: 3, sequence, code, extensionId: me, from: { phoneNumber: '+16505550100' }, ...members });
    apply(own(8, 'Answered'));
    calls.snapshot(
      reading('a', [
        [1, 'Answered', colleague],
        [3, 'Answered', me, { from: { phoneNumber: '+16505550100' } }],
      ]),
      calls.stamp(),
    );
    const doubts: string[] = [];
    calls.onReadNeeded((id, doubt) => doubts.push(`${id} ${doubt}`));
    apply(own(9, 'Hold'), own(11, 'Answered'));
    expect(calls.party('s-a', 'p-a-1')?.stale).toBe(true);
    expect(doubts).toEqual([]);
    // An answer to an act, which comes before its event, does not make it look like nothing.
    calls.snapshotParty('s-a', own(12, 'Hold').parties[0] as CallParty, calls.stamp());
    apply(own(12, 'Hold'));
    expect(doubts).toEqual([]);
    apply(own(13, 'Answered', { from: { phoneNumber: '+16505550199' } }));
    expect(doubts).toEqual(['s-a other parties unknown']);
  });

  test('no other party stays fresh because the clock was set back', () => {
    const { clock } = storeTestbed();
    let back = 0;
    const { calls } = storeTestbed({ ...options, clock: { ...clock, now: () => clock.now() - back } });
    calls.snapshot(reading('a', [[1, 'Answered', colleague]]), calls.stamp());
    expect(calls.party('s-a', 'p-a-1')?.stale).toBe(false);
    back = 3_600_000;
    expect(calls.party('s-a', 'p-a-1')?.stale).toBe(true);
  });

  test('no other party is fresh after a newer event, nor after thirty seconds; the own one is', async () => {
    const { calls, clock, apply } = storeTestbed(options);
    apply(event({ party: 3, sequence: 8, code: 'Answered', extensionId: me }));
    const read = () =>
      calls.snapshot(
        reading('a', [
          [1, 'Answered', colleague],
          [3, 'Answered', me],
        ]),
        calls.stamp(),
      );
    read();
    expect(calls.party('s-a', 'p-a-1')).toMatchObject({ source: 'api', stale: false });
    expect(calls.session('s-a')?.stale).toBe(false);
    apply(event({ party: 3, sequence: 9, code: 'Hold', extensionId: me }));
    expect(calls.party('s-a', 'p-a-1')?.stale).toBe(true);
    expect(calls.party('s-a', 'p-a-3')?.stale).toBe(false);
    read();
    await clock.advanceAsync(31_000);
    expect(calls.party('s-a', 'p-a-1')?.stale).toBe(true);
    expect(calls.party('s-a', 'p-a-3')?.stale).toBe(false);
    expect(calls.session('s-a')?.stale).toBe(true);
  });
});

describe('your party', () => {
  test('is the connected one, else the one still there, else the last', () => {
    const { calls, apply } = storeTestbed();
    apply(event({ party: 2, sequence: 2, code: 'Answered', extensionId: me }));
    apply(event({ party: 3, sequence: 3, code: 'Proceeding', extensionId: me }));
    expect(calls.session('s-a')?.yourPartyId).toBe('p-a-2');
    apply(event({ party: 2, sequence: 4, code: 'Disconnected', extensionId: me }));
    expect(calls.session('s-a')?.yourPartyId).toBe('p-a-3');
    apply(event({ party: 3, sequence: 5, code: 'Disconnected', extensionId: me }));
    expect(calls.session('s-a')?.yourPartyId).toBe('p-a-3');
  });
});

describe('a conference that waits', () => {
  const conference = { origin: { type: 'Conference' } };

  test('is known until somebody joins it, also by a picture that begins with this one', () => {
    const { calls } = storeTestbed();
    calls.snapshot(reading('talk', [[1, 'Answered', me]]), calls.stamp());
    expect(calls.waitingConference()).toBeUndefined();
    calls.snapshot(reading('a', [], conference), calls.stamp());
    expect(calls.waitingConference()?.id).toBe('s-a');
    const { calls: copy } = storeTestbed();
    copy.load(
      calls.dump(),
      calls.knownIds().flatMap((id) => calls.dumpSession(id) ?? []),
      [],
    );
    expect(copy.waitingConference()?.id).toBe('s-a');
    calls.snapshot(reading('a', [[1, 'Answered', me]], conference), calls.stamp());
    expect(calls.waitingConference()).toBeUndefined();
  });

  test('is none once the platform knows it no more', () => {
    const { calls } = storeTestbed();
    calls.snapshot(reading('a', [], conference), calls.stamp());
    calls.notFound('s-a', calls.stamp());
    expect(calls.waitingConference()).toBeUndefined();
  });

  test('is the one that was opened last, where there are several', () => {
    const { calls } = storeTestbed();
    const opened = (creationTime: string) => ({ ...conference, creationTime });
    calls.snapshot(reading('first', [], opened('2026-01-05T09:10:00Z')), calls.stamp());
    calls.snapshot(reading('last', [], opened('2026-01-05T09:20:00Z')), calls.stamp());
    calls.snapshot(reading('first', [], opened('2026-01-05T09:10:00Z')), calls.stamp());
    expect(calls.waitingConference()?.id).toBe('s-last');
  });
});
