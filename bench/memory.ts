import { compare } from './harness/compare.ts';
import type { Subject } from './harness/subject.ts';
import { type Sample, tabulate } from './harness/table.ts';
import { type EventReader, official } from './support/event-readers.ts';
import { changes } from './support/frames.ts';
import { heapInUse } from './support/garbage.ts';
import { ours } from './support/our-event-reader.ts';

/** Bytes of the heap that this many more calls take: what there is once (history, seen ids) is full before. */
function perCall(create: (live: number) => EventReader, fewer: number, more: number): Sample {
  const [one, other] = [fewer, more].map((live) => {
    const before = heapInUse();
    const reader = create(live);
    const bytes = heapInUse() - before;
    // Read afterwards, so that it is not collected before.
    return reader.state === undefined ? 0 : bytes;
  }) as [number, number];
  return { 'per live call, kB': (other - one) / (more - fewer) / 1_000 };
}

/** The heap after a tenth of so many events on the same thousand calls, and after all of them. */
function growth(events: number): Sample {
  const reader = ours(1_000);
  const texts = changes(1_000);
  const heapAfter = (count: number): number => {
    for (let taken = 0; taken < count; taken += 1) reader.take(texts.next().value);
    return heapInUse() / 1e6;
  };
  return { 'after a tenth, MB': heapAfter(events / 10), 'after all, MB': heapAfter((events * 9) / 10) };
}

export const subject: Subject = {
  about:
    'Heap of live calls of two parties, beside the official library `ringcentral-call-control`, and whether it stays flat while ' +
    'events come.',
  async run({ quick }) {
    const calls = await compare({
      title: 'Live calls',
      reference: 'official library',
      rounds: quick ? 1 : 5,
      warmUps: 0,
      contenders: {
        'official library': () => perCall(official, 5_000, 10_000),
        ours: () => perCall(ours, 10_000, 20_000),
      },
    });
    const events = quick ? 100_000 : 1_000_000;
    const title = `Heap over ${events.toLocaleString('en')} events on 1,000 calls`;
    return [calls, tabulate(title, new Map([['ours', [growth(events)]]]))];
  },
};
