import { expect, it } from 'vitest';
import { lasting, moment, momentAgo } from '../../src/shared/moment.ts';

const now = Date.parse('2026-01-05T09:00:00.000Z');
const minute = 60_000;
const hour = 60 * minute;

it.each([
  [-5, '0 s'],
  [59_999, '59 s'],
  [3 * minute + 5_000, '3 min'],
  [2 * hour, '2 h'],
  [27 * hour + 35 * minute, '1 day 3 h'],
  [49 * hour, '2 days 1 h'],
  [125 * minute, '2 h 5 min'],
])('%i ms is %s', (ms, words) => expect(lasting(ms)).toBe(words));

it('a moment of today has no date, one of another day has', () => {
  expect(moment(now - hour, now)).toBe('08:00:00 UTC');
  expect(momentAgo(now - 1655 * minute, now)).toBe('2026-01-04 05:25:00 UTC, 1 day 3 h ago');
});
