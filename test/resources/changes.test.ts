import { expect, it } from 'vitest';
import type { Line } from '../../src/app/line.ts';
import { CallStore } from '../../src/calls/store/call-store.ts';
import { forwardChanges, type Sink } from '../../src/resources/changes.ts';
import { uris } from '../../src/resources/uris.ts';
import type { TelephonyEvent } from '../../src/ringcentral/wire/event.ts';
import { systemClock } from '../../src/shared/clock.ts';

const silent = { onStatus: () => () => {}, onChange: () => () => {} };

/** The picture alone: feed and guard have nothing to say here. */
function start(sink: Sink) {
  const calls = new CallStore({ clock: systemClock, scope: 'account' });
  const stop = forwardChanges({ calls, sync: silent, guard: silent, plans: silent } as unknown as Line, sink);
  return { calls, stop };
}

let sequence = 1;
const event = (session: string, code: string): TelephonyEvent => {
  sequence += 1;
  return {
    sequence,
    telephonySessionId: session,
    sessionId: undefined,
    eventTime: new Date(sequence).toISOString(),
    origin: undefined,
    parties: [{ id: `${session}-1`, status: { code } } as TelephonyEvent['parties'][number]],
  };
};

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('tells once what changed many times within one turn', async () => {
  const told: string[] = [];
  const { calls } = start({
    wants: () => true,
    updated: (uri) => void told.push(uri),
    listChanged: () => void told.push('list'),
  });
  for (const code of ['Setup', 'Proceeding', 'Answered', 'Hold']) calls.apply(event('s-1', code), 1);
  await turn();
  expect(told.sort()).toEqual(
    ['list', uris.party('s-1', 's-1-1'), uris.session('s-1'), uris.sessions].sort(),
  );
});

it('keeps at most one news per resource for a client that does not read, and nothing that it does not watch', async () => {
  const told: string[] = [];
  let read: () => void = () => {};
  const watched = new Set([uris.session('s-1'), uris.session('s-2')]);
  const { calls } = start({
    wants: (uri) => watched.has(uri),
    updated: (uri) => {
      told.push(uri);
      return new Promise<void>((resolve) => {
        read = resolve;
      });
    },
    listChanged: () => {},
  });
  const quick: string[] = [];
  const stopQuick = forwardChanges({ calls, sync: silent, guard: silent, plans: silent } as unknown as Line, {
    wants: (uri) => uri === uris.session('s-1'),
    updated: (uri) => void quick.push(uri),
    listChanged: () => {},
  });
  for (let round = 0; round < 50; round += 1) {
    for (const session of ['s-1', 's-2', 's-3'])
      calls.apply(event(session, round % 2 ? 'Hold' : 'Answered'), 1);
    await turn();
  }
  expect(told).toEqual([uris.session('s-1')]);
  expect(quick).toHaveLength(50);
  for (let round = 0; round < 10; round += 1) {
    read();
    await turn();
  }
  expect(told.slice(1).sort()).toEqual([uris.session('s-1'), uris.session('s-2')]);
  stopQuick();
});

it('goes on after a client that fails, and says nothing once stopped', async () => {
  const told: string[] = [];
  const { calls, stop } = start({
    wants: () => true,
    updated: async (uri) => {
      told.push(uri);
      throw new Error('connection is closing');
    },
    listChanged: () => {},
  });
  calls.apply(event('s-1', 'Answered'), 1);
  await turn();
  await turn();
  expect(told).toHaveLength(3);
  stop();
  calls.apply(event('s-1', 'Hold'), 1);
  await turn();
  expect(told).toHaveLength(3);
});
