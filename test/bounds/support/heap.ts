// Run with a young generation that is larger than everything allocated here, so that nothing is collected between two
// looks at the heap. Prints JSON: bytes that an event allocates, and bytes that stay for each live call of two
// parties and for each event.

import { median } from '../../../bench/harness/statistics.ts';
import { changes, take } from '../../../bench/support/frames.ts';
import { collect, heapInUse } from '../../../bench/support/garbage.ts';
import { ours } from '../../../bench/support/our-event-reader.ts';

const live = 1_000;
const perRound = 2_000;
const reader = ours(live);
const texts = changes(live);

// Compiled code allocates less than code that is interpreted.
for (const text of take(texts, 40_000)) reader.take(text);

const allocated = Array.from({ length: 9 }, () => {
  const batch = take(texts, perRound);
  collect();
  const before = process.memoryUsage().heapUsed;
  for (const text of batch) reader.take(text);
  return (process.memoryUsage().heapUsed - before) / perRound;
});

const kept = heapInUse();
const many = 20_000;
for (let count = 0; count < many; count += 1) reader.take(texts.next().value);
const keptPerEvent = (heapInUse() - kept) / many;

// What there is once (history, ids that were seen) is full in both.
const [fewer, more] = [5_000, 10_000];
const [one, other] = [fewer, more].map((calls) => {
  const before = heapInUse();
  const { state } = ours(calls);
  const bytes = heapInUse() - before;
  return state === undefined ? 0 : bytes;
}) as [number, number];

process.stdout.write(
  JSON.stringify({
    allocatedPerEvent: median(allocated),
    keptPerEvent,
    keptPerCall: (other - one) / (more - fewer),
  }),
);
