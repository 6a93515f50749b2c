import { expect, test } from 'vitest';
import { HttpHeaders } from '../../../src/ringcentral/rest/http-headers.ts';
import { Skew } from '../../../src/ringcentral/rest/skew.ts';

const platformTime = Date.parse('2026-01-05T09:00:00.250Z');
const hour = 3_600_000;

/** An answer that was written at `platformTime + laterMs`, half-way of an exchange of `exchangeMs`. */
function answer(skew: Skew, hostAheadMs: number, { laterMs = 0, exchangeMs = 200, date = true } = {}) {
  const written = platformTime + laterMs;
  const headers = new HttpHeaders(date ? [['date', new Date(written).toUTCString()]] : []);
  const at = written + hostAheadMs;
  skew.note(headers, at - exchangeMs / 2, at + exchangeMs / 2);
}
const aheadOf = (skew: Skew) => skew.hostTime(platformTime) - platformTime;

test.each([3 * hour, -3 * hour, 6_000, -6_000])(
  'a clock that is %d ms ahead is found out to the second',
  (ms) => {
    const skew = new Skew();
    answer(skew, ms);
    expect(Math.abs(aheadOf(skew) - ms)).toBeLessThanOrEqual(500);
  },
);

test.each([0, 4_000, -4_000])('%d ms change nothing', (ms) => {
  const skew = new Skew();
  for (let laterMs = 0; laterMs < 2_000; laterMs += 100) answer(skew, ms, { laterMs });
  expect(aheadOf(skew)).toBe(0);
});

test('what was found out stays until it is another: the same moment must stay the same', () => {
  const skew = new Skew();
  answer(skew, 3 * hour);
  const found = aheadOf(skew);
  for (let laterMs = 0; laterMs < 2_000; laterMs += 100) answer(skew, 3 * hour + 1_000, { laterMs });
  expect(aheadOf(skew)).toBe(found);
  answer(skew, 300);
  expect(aheadOf(skew)).toBe(0);
});

test.each([
  ['without a Date', { date: false }],
  ['that took long', { exchangeMs: 9_000 }],
  ['during which the clock was set back', { exchangeMs: -hour }],
])('an answer %s says nothing', (_, options) => {
  const skew = new Skew();
  answer(skew, 3 * hour, options);
  expect(aheadOf(skew)).toBe(0);
});
