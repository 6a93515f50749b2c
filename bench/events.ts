import { compare } from './harness/compare.ts';
import type { Subject } from './harness/subject.ts';
import type { Table } from './harness/table.ts';
import { asBuilt } from './support/as-built.ts';
import { type EventReader, official, parseOnly, plainReducer } from './support/event-readers.ts';
import { changes, take } from './support/frames.ts';
import { collect } from './support/garbage.ts';

const parse = 'JSON.parse alone';

function speed({ take }: EventReader, texts: readonly string[]): { 'events/s': number } {
  const begun = process.hrtime.bigint();
  for (const text of texts) take(text);
  return { 'events/s': (texts.length * 1e9) / Number(process.hrtime.bigint() - begun) };
}

async function beside(
  live: number,
  name: string,
  reader: EventReader,
  perRound: number,
  rounds: number,
): Promise<Table> {
  const texts = changes(live);
  const alone = parseOnly();
  let batch: string[] = [];
  return compare({
    title: `${live.toLocaleString('en')} live calls, ${name}`,
    reference: parse,
    rounds,
    prepare() {
      batch = take(texts, perRound);
      // Both find the same: texts that are warm, and that the garbage collector does not move any more.
      for (let times = 0; times < 2; times += 1) collect({ type: 'minor' });
      for (const text of batch) alone.take(text);
    },
    contenders: { [parse]: () => speed(alone, batch), [name]: () => speed(reader, batch) },
  });
}

export const subject: Subject = {
  about:
    'From the text of a WebSocket frame to the live calls and whoever listens, beside `JSON.parse` alone of the same bytes. ' +
    'The plain reducer keeps the latest of each party in maps. The official library is `ringcentral-call-control`. Ours is what the build makes of it.',
  async run({ quick }) {
    const rounds = quick ? 11 : 61;
    const { ours } = await asBuilt<typeof import('./support/our-event-reader.ts')>('our-event-reader');
    const tables: Table[] = [];
    for (const live of [1_000, 10_000]) tables.push(await beside(live, 'ours', ours(live), 5_000, rounds));
    for (const live of [1_000, 10_000])
      tables.push(await beside(live, 'plain reducer', plainReducer(live), 5_000, quick ? 5 : 21));
    // Afterwards, so that ours does not pay for its thousands of calls on the heap.
    for (const [live, perRound] of [
      [1_000, 50],
      [10_000, 4],
    ] as const)
      tables.push(await beside(live, 'official library', official(live), perRound, quick ? 3 : 15));
    return tables;
  },
};
