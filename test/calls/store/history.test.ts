import { describe, expect, it, test } from 'vitest';
import { History } from '../../../src/calls/store/history.ts';
import type { HistoryEntry } from '../../../src/calls/store/views.ts';
import { callParty } from '../../../src/ringcentral/wire/session.ts';
import { event, inboundCall, me, positionsFrom, reading, storeTestbed } from '../support/store-testbed.ts';

const add = (
  history: History,
  telephonySessionId: string,
  code: string,
  partyId = `${telephonySessionId}-1`,
) => history.add(telephonySessionId, callParty.parse({ id: partyId, status: { code } }), 0, false);
const statuses = (entries: readonly HistoryEntry[]) => entries.map(({ status }) => status);

test('a call is told once, in order, over as many questions as it takes', () => {
  const { calls, apply } = storeTestbed();
  const { history } = calls;
  let cursor = history.newest;
  const told: string[] = [];
  for (const each of inboundCall()) {
    apply(each, each);
    const slice = history.since(cursor);
    told.push(...slice.entries.map(({ partyId, status }) => `${partyId} ${status}`));
    cursor = slice.next;
  }
  expect(told).toEqual(
    inboundCall().flatMap(({ parties }) => parties.map(({ id, status }) => `${id} ${status.code}`)),
  );
  expect(history.since(cursor)).toEqual({ entries: [], next: cursor });
});

test('a limit gives the oldest first and goes on where it stopped', () => {
  const history = new History(positionsFrom(0));
  for (const status of ['Setup', 'Proceeding', 'Answered']) add(history, 's-a', status);
  const first = history.since(0, {}, 2);
  expect(statuses(first.entries)).toEqual(['Setup', 'Proceeding']);
  expect(statuses(history.since(first.next, {}, 2).entries)).toEqual(['Answered']);
});

test('what fell out of the bounded history is said to be lost, and so is a cursor of another run', () => {
  const history = new History(positionsFrom(100), 3);
  for (const status of ['1', '2', '3', '4']) add(history, 's-a', status);
  expect(history.since(100)).toMatchObject({ lost: true, next: 104 });
  expect(statuses(history.since(100).entries)).toEqual(['2', '3', '4']);
  expect(history.since(101).lost).toBeUndefined();
  expect(history.since(17).lost).toBe(true);
  expect(history.since(4711).lost).toBe(true);
});

test('a filter passes one call, or one party', () => {
  const history = new History(positionsFrom(0));
  add(history, 's-a', 'Setup');
  add(history, 's-b', 'Setup');
  add(history, 's-a', 'Answered', 's-a-2');
  expect(statuses(history.since(0, { telephonySessionId: 's-a' }).entries)).toEqual(['Setup', 'Answered']);
  expect(history.since(0, { partyId: 's-a-2' })).toMatchObject({ next: 3 });
});

test('waiting ends with the first entry that passes, or with what `until` asks for', async () => {
  const history = new History(positionsFrom(0));
  const { signal } = new AbortController();
  const any = history.wait(0, { telephonySessionId: 's-a' }, { signal });
  const answered = history.wait(0, {}, { signal, until: ({ status }) => status === 'Answered' });
  add(history, 's-b', 'Setup');
  add(history, 's-a', 'Setup');
  add(history, 's-a', 'Answered');
  expect(statuses((await any).entries)).toEqual(['Setup', 'Answered']);
  expect(statuses((await answered).entries)).toEqual(['Setup', 'Setup', 'Answered']);
});

test('waiting that is aborted answers what there is', async () => {
  const history = new History(positionsFrom(0));
  const abort = new AbortController();
  const waiting = history.wait(0, {}, { signal: abort.signal, until: () => false });
  add(history, 's-a', 'Setup');
  abort.abort();
  expect(await waiting).toMatchObject({ entries: [{ status: 'Setup' }], next: 1 });
  expect(await history.wait(1, {}, { signal: abort.signal })).toEqual({ entries: [], next: 1 });
});

test('too many who wait are told so', async () => {
  const history = new History(positionsFrom(0));
  const { signal } = new AbortController();
  const waiting = Array.from({ length: 1000 }, () =>
    history.wait(0, {}, { signal: AbortSignal.any([signal]) }),
  );
  await expect(history.wait(0, {}, { signal })).rejects.toMatchObject({ kind: 'rate_limited' });
  add(history, 's-a', 'Setup');
  await Promise.all(waiting);
  expect(await history.wait(0, {}, { signal })).toMatchObject({ next: 1 });
});

test('what a reading shows is told, and not told again by the event that comes after', () => {
  const { calls, apply } = storeTestbed();
  apply(event({ party: 2, sequence: 2, code: 'Proceeding', extensionId: me }));
  const from = calls.history.newest;
  calls.snapshot(reading('a', [[2, 'Answered', me]]), calls.stamp());
  apply(event({ party: 2, sequence: 3, code: 'Answered', extensionId: me }));
  expect(statuses(calls.history.since(from).entries)).toEqual(['Answered']);
});

test('a late event is told as late', () => {
  const { calls, apply } = storeTestbed();
  const from = calls.history.newest;
  apply(event({ party: 2, sequence: 4, code: 'Answered', extensionId: me }));
  apply(event({ party: 2, sequence: 3, code: 'Hold', extensionId: me }));
  const { entries } = calls.history.since(from);
  expect(entries.map(({ status, late }) => [status, late])).toEqual([
    ['Answered', undefined],
    ['Hold', true],
  ]);
});

describe('a loss of events', () => {
  const answered = callParty.parse({ id: 'p-1', status: { code: 'Answered' } });
  const setUp = () => {
    const history = new History(positionsFrom(1_000), 10);
    const before = history.newest;
    history.add('s-a', answered, 0, false);
    history.noteLoss();
    history.add('s-a', answered, 0, false);
    return { history, before };
  };

  it('is told once, to whoever asks from before it', () => {
    const { history, before } = setUp();
    const told = history.since(before);
    expect(told).toMatchObject({ lost: true, entries: [{}, {}] });
    expect(history.since(told.next)).toMatchObject({ entries: [] });
    expect(history.since(told.next).lost).toBeUndefined();
  });

  it('is told with what came right before it, however little is asked for at a time', () => {
    const { history, before } = setUp();
    const first = history.since(before, {}, 1);
    const second = history.since(first.next, {}, 1);
    expect([first.lost, second.lost].filter(Boolean)).toEqual([true]);
    expect(history.since(second.next).lost).toBeUndefined();
  });

  it('is told where nothing came after it', () => {
    const { history } = setUp();
    const { newest } = history;
    history.noteLoss();
    expect(history.since(newest)).toMatchObject({ entries: [], lost: true });
    expect(history.since(history.newest).lost).toBeUndefined();
  });

  it('ends a wait', async () => {
    const { history } = setUp();
    const waiting = history.wait(history.newest, {}, { signal: new AbortController().signal });
    history.noteLoss();
    expect(await waiting).toMatchObject({ entries: [], lost: true });
  });
});
