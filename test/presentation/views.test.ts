import { expect, it } from 'vitest';
import { presentNumber } from '../../src/presentation/views.ts';

it.each(['+14155550123', '102', '*801', '+12055550100*101', 'conference', 'anonymous'])(
  '%s stays',
  (number) => {
    expect(presentNumber(number)).toBe(number);
  },
);

it.each(['call me back', '+1415<b>5', 'SYSTEM', '', `+${'1'.repeat(40)}`])('%j is marked', (text) => {
  expect(presentNumber(text)).toMatch(/^«untrusted: .*»$/);
});
