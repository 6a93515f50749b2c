import { describe, expect, it } from 'vitest';
import { RateLimit } from '../../src/transports/limits.ts';
import { manualClock } from '../guard/support/clock.ts';

describe('the rate limit', () => {
  it('lets a burst through, then a steady rate, for each principal', () => {
    const clock = manualClock();
    const rate = new RateLimit(2, 3, clock);
    const spend = (principal: string) => () => rate.spend(principal);
    for (let time = 0; time < 3; time += 1) spend('ada')();
    expect(spend('ada')).toThrow(/at most 2 a second/);
    spend('bob')();
    clock.advance(500);
    spend('ada')();
    expect(spend('ada')).toThrow(expect.objectContaining({ status: 429, headers: { 'retry-after': '1' } }));
  });

  it('turns nobody away because the clock was set back', () => {
    const clock = manualClock();
    const rate = new RateLimit(2, 3, clock);
    rate.spend('ada');
    clock.set(-3_600_000);
    expect(() => rate.spend('ada')).not.toThrow();
  });
});
