import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEventTimeReader } from '../../../src/calls/store/event-time.ts';

const minute = fc.date({
  noInvalidDate: true,
  min: new Date('2026-01-01'),
  max: new Date('2026-01-01T00:01:00Z'),
});
const time = fc.oneof(
  minute.map((date) => date.toISOString()),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  minute.map((date) => date.toISOString().replace(/\.\d{3}Z/, 'Z')),
  minute.map((date) => date.toISOString().replace('Z', '+02:00')),
  minute.chain((date) =>
    fc
      .record({ index: fc.nat(23), by: fc.constantFrom('x', ' ', '9', '-', 'é') })
      .map(({ index, by }) => date.toISOString().replace(/./g, (one, at) => (at === index ? by : one))),
  ),
  fc.string(),
);

test('event times are read as Date.parse reads them, whatever came before', () => {
  fc.assert(
    fc.property(fc.array(time, { minLength: 1, maxLength: 20 }), (texts) => {
      const timeOf = createEventTimeReader();
      for (const text of texts) expect(timeOf(text)).toBe(Date.parse(text));
    }),
    { numRuns: 2_000 },
  );
});
