import { describe, expect, it } from 'vitest';
import { Quota, RateLimit } from '../../../src/transports/http/limits.ts';
import { manualClock } from '../../support/clock.ts';

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

  it('counts many at once as many, and says when so many are welcome', () => {
    const clock = manualClock();
    const rate = new RateLimit(2, 10, clock);
    rate.spend('ada', 8);
    expect(() => rate.spend('ada', 8)).toThrow(
      expect.objectContaining({ status: 429, headers: { 'retry-after': '3' } }),
    );
  });

  it('turns nobody away because the clock was set back', () => {
    const clock = manualClock();
    const rate = new RateLimit(2, 3, clock);
    rate.spend('ada');
    clock.set(-3_600_000);
    expect(() => rate.spend('ada')).not.toThrow();
  });
});

describe('a quota', () => {
  it('is taken by many at once, and given back once', () => {
    const quota = new Quota('bytes', 10, 6);
    const release = quota.take('ada', 5);
    expect(() => quota.take('ada', 2)).toThrow(/too many bytes open \(limit 6\)/);
    quota.take('bob', 5);
    expect(() => quota.take('eve')).toThrow(/no more room for bytes \(limit 10\)/);
    release();
    release();
    expect(quota.size).toBe(5);
    quota.take('ada', 5);
  });
});
