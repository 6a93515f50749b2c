import { pino } from 'pino';
import { createDelivery } from '../src/ringcentral/feed/delivery.ts';
import { readFrame } from '../src/ringcentral/feed/frames.ts';
import { telephonyEvent } from '../src/ringcentral/wire/event.ts';
import { readTelephonyEvent } from '../src/ringcentral/wire/read-event.ts';
import { compare } from './harness/compare.ts';
import type { Subject } from './harness/subject.ts';
import { changes, take } from './support/frames.ts';
import { collect } from './support/garbage.ts';

const count = 5_000;

const readers: Record<string, () => (text: string) => unknown> = {
  'JSON.parse alone': () => (text) => JSON.parse(text),
  'and zod': () => (text) => telephonyEvent.parse(JSON.parse(text)[1].body),
  'and the reader by hand': () => (text) => readTelephonyEvent(JSON.parse(text)[1].body),
  "the feed's whole way": () => {
    const delivery = createDelivery(pino({ level: 'silent' }));
    const noop = () => undefined;
    delivery.listen({ event: noop, presence: noop, status: noop, gap: noop });
    return (text) => delivery.deliver(readFrame(text)?.body, 0);
  },
};

export const subject: Subject = {
  about: 'From the bytes on the wire to a typed event.',
  run: async ({ quick }) => {
    const frames = take(changes(count), count);
    const timed = (create: () => (text: string) => unknown) => () => {
      const read = create();
      // Or one contender pays for another's garbage.
      collect();
      const begun = performance.now();
      for (const text of frames) read(text);
      return { 'per event, µs': ((performance.now() - begun) * 1_000) / count };
    };
    const contenders = Object.fromEntries(
      Object.entries(readers).map(([name, create]) => [name, timed(create)]),
    );
    const [reference] = Object.keys(readers);
    return [await compare({ title: 'Readers', reference, rounds: quick ? 5 : 15, contenders })];
  },
};
