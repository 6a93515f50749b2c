// From the text of a WebSocket frame to the picture: events a second beside JSON.parse alone on the same bytes and
// beside the official library's handling of the same events, at 1,000 and 10,000 live calls; bytes per live call;
// and whether memory stays flat. Contenders are interleaved; ratios count, milliseconds are for orientation.
// Run: npx tsx bench/events.ts [million events for the flat-memory run, default 1]
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { SDK } from '@ringcentral/sdk';
import { pino } from 'pino';
import { RingCentralCallControl } from 'ringcentral-call-control';
import { systemClock } from '../src/base/clock.ts';
import { LiveCalls } from '../src/calls/live-calls.ts';
import { createDelivery } from '../src/ringcentral/feed/delivery.ts';
import { readFrame } from '../src/ringcentral/feed/frames.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options?: { type: 'minor' }) => void;

const rounds = 101;
const millions = Number(process.argv[2] ?? 1);
const me = '403335064';
const startedAt = Date.now();
let uuids = 1_000_000_000_000_000_000n;
let listened = 0;

/** Party 1 is the caller outside, party 2 the user (platform.md 4.6.1, shortened). */
function frame(call: number, party: 1 | 2, sequence: number, code: string): string {
  const hex = call.toString(16).padStart(9, '0');
  const time = new Date(startedAt + sequence).toISOString();
  uuids += 1n;
  const owner = party === 2 ? { extensionId: me } : {};
  return JSON.stringify([
    { type: 'ServerNotification', messageId: String(uuids), status: 200 },
    {
      uuid: String(uuids),
      event: `/restapi/v1.0/account/403335063/extension/${me}/telephony/sessions`,
      timestamp: time,
      subscriptionId: 'aa2b9b8b-4d1e-4c1b-9e64-6a1a9e2e4b3a',
      ownerId: me,
      body: {
        sequence,
        sessionId: String(1_254_532_352_006 + call * 7),
        telephonySessionId: `s-a0d17${hex.slice(0, 8)}z19a8b7c6d5ez1${hex}`,
        serverId: '10.13.123.85.TAM',
        eventTime: time,
        origin: { type: 'Call' },
        parties: [
          {
            accountId: '403335063',
            ...owner,
            id: `p-a0d17${hex.slice(0, 8)}z19a8b7c6d5ez1${hex}-${party}`,
            direction: party === 1 ? 'Outbound' : 'Inbound',
            to: { phoneNumber: '+12055550101', name: 'Ann Agent', extensionId: me },
            from: {
              phoneNumber: `+1650555${String(call % 10_000).padStart(4, '0')}`,
              name: 'WIRELESS CALLER',
            },
            recordings: [],
            status: { code, rcc: false },
            missedCall: false,
            standAlone: false,
            muted: false,
            park: {},
            queueCall: false,
          },
        ],
      },
    },
  ]);
}

/** Both parties of each call, answered. */
const beginning = (calls: number): string[] =>
  Array.from({ length: calls }, (_, call) => [
    frame(call, 1, 2, 'Answered'),
    frame(call, 2, 3, 'Proceeding'),
    frame(call, 2, 4, 'Answered'),
  ]).flat();

/** Holds and takes back, on one call after the other. */
function* changes(calls: number): Generator<string> {
  for (let sequence = 5; ; sequence += 1) {
    for (let call = 0; call < calls; call += 1) {
      yield frame(call, 2, sequence, sequence % 2 === 1 ? 'Hold' : 'Answered');
    }
  }
}

interface Contender {
  take(text: string): void;
  /** What must not be collected while memory is measured. */
  state: unknown;
}

function ours(): Contender {
  const calls = new LiveCalls({ clock: systemClock, scope: 'account' });
  calls.setOwnExtension(me);
  calls.setConnected(true);
  calls.onChange(() => {
    listened += 1;
  });
  const delivery = createDelivery(pino({ level: 'silent' }));
  delivery.listen({
    event: (event, receivedAt) => calls.apply(event, receivedAt),
    presence: () => undefined,
    status: () => undefined,
    gap: () => undefined,
  });
  return {
    take: (text) => void delivery.deliver(readFrame(text)?.body, Date.now()),
    state: calls,
  };
}

function official(): Contender {
  const control = new RingCentralCallControl({
    sdk: {} as SDK,
    accountLevel: true,
    preloadSessions: false,
    preloadDevices: false,
    extensionInfo: { id: Number(me), account: { id: '403335063' } } as never,
  });
  const take = (text: string): void => {
    const [, envelope] = JSON.parse(text);
    control.onNotificationEvent(envelope);
  };
  return { take, state: control };
}

const parseOnly = (): Contender => ({ take: (text) => void JSON.parse(text), state: undefined });

/** Events a second. */
function speed(contender: Contender, texts: readonly string[]): number {
  const begun = process.hrtime.bigint();
  for (const text of texts) contender.take(text);
  return (texts.length * 1e9) / Number(process.hrtime.bigint() - begun);
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const take = (texts: Iterator<string>, count: number): string[] =>
  Array.from({ length: count }, () => texts.next().value ?? '');

/** Heap that so many live calls take, in bytes. */
function heapOf(create: () => Contender, live: number): number {
  collect();
  const before = process.memoryUsage().heapUsed;
  const contender = create();
  for (const text of beginning(live)) contender.take(text);
  collect();
  const bytes = process.memoryUsage().heapUsed - before;
  held.push(contender.state);
  held.length = 0;
  return bytes;
}
const held: unknown[] = [];

console.log(`frame: ${frame(1, 2, 5, 'Hold').length} bytes, Node ${process.version}`);
const rows = [];
for (const [live, officialEvents] of [
  [1_000, 50],
  [10_000, 4],
] as const) {
  const one = ours();
  for (const text of beginning(live)) one.take(text);
  const texts = changes(live);
  const perRound = 5_000;
  const parse = parseOnly();
  for (const contender of [one, parse]) speed(contender, take(texts, perRound));
  const figures = { parse: [] as number[], ours: [] as number[], official: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    const batch = take(texts, perRound);
    // Both find the same: texts that are warm, and that the garbage collector does not move any more.
    for (let times = 0; times < 2; times += 1) collect({ type: 'minor' });
    for (const text of batch) parse.take(text);
    for (const name of round % 2 === 0 ? (['parse', 'ours'] as const) : (['ours', 'parse'] as const)) {
      figures[name].push(speed(name === 'ours' ? one : parse, batch));
    }
  }
  // Afterwards, so that ours does not pay for its thousands of calls on the heap.
  const other = official();
  seed(other, live);
  for (let round = 0; round < rounds; round += 1)
    figures.official.push(speed(other, take(texts, officialEvents)));
  const ratio = (name: 'ours' | 'official') =>
    median(figures[name].map((value, round) => value / (figures.parse[round] ?? 1)));
  rows.push({
    'live calls': live,
    'JSON.parse/s': Math.round(median(figures.parse)),
    'ours/s': Math.round(median(figures.ours)),
    'ours ÷ parse': ratio('ours').toFixed(3),
    'official/s': Math.round(median(figures.official)),
    'official ÷ parse': ratio('official').toFixed(4),
  });
}
console.table(rows);

/** Two parties a call. The official library would need minutes to get there by events: it looks at all for each. */
function seed({ state }: Contender, live: number): void {
  const control = state as Pick<RingCentralCallControl, 'restoreSessions'> & {
    _eventSequenceMap: Record<string, object>;
  };
  const bodies = beginning(live).map((text) => JSON.parse(text)[1].body);
  const sessions = new Map<string, { id: string; parties: { id: string }[] }>();
  for (const { telephonySessionId: id, sequence, parties, ...head } of bodies) {
    const session = sessions.get(id) ?? { ...head, id, extensionId: me, accountId: '403335063', parties: [] };
    session.parties = [
      ...session.parties.filter((party: { id: string }) => party.id !== parties[0].id),
      ...parties,
    ];
    sessions.set(id, session);
    control._eventSequenceMap[parties[0].id] = { sequence, telephonySessionId: id, updatedAt: Date.now() };
  }
  control.restoreSessions([...sessions.values()] as never);
}

// What ten thousand more calls take: what there is once (the history, the ids seen) is full in both.
const [fewer, more] = [heapOf(ours, 10_000), heapOf(ours, 20_000)];
console.log(`memory per live call of two parties: ${((more - fewer) / 10_000 / 1000).toFixed(2)} kB`);

const flat = ours();
for (const text of beginning(1_000)) flat.take(text);
const stream = changes(1_000);
const heap: string[] = [];
for (let step = 0; step <= 10; step += 1) {
  if (step > 0)
    for (let count = 0; count < millions * 100_000; count += 1) flat.take(stream.next().value ?? '');
  collect();
  heap.push((process.memoryUsage().heapUsed / 1e6).toFixed(1));
}
console.log(`heap in MB over ${millions} million events on 1,000 calls: ${heap.join(' ')}`);
console.log(`changes told: ${listened}`);
