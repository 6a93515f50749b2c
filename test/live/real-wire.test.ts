import fc from 'fast-check';
import { createRandom } from 'ringcentral-sandbox/testing';
import { describe, expect, it, vi } from 'vitest';
import { longestTestMs, propertyRuns } from './property-runs.ts';
import { type Fault, type Step, startRealWireTestbed } from './real-wire-testbed.ts';

/** Longest back-off, a penalty, and what the feed reads then (feed/timing.ts, platform.md 7). */
const recoveryMs = 120_000 + 60_000 + 30_000;
/** Reconciling at account scope, and the readings that follow. */
const reconcileMs = 360_000;
/** What happens follows this soon upon each other. */
const paceMs = 250;

const index = fc.nat({ max: 100 });
const faults: Fault[] = [
  { kind: 'ws-lose', count: 2 },
  { kind: 'ws-duplicate', times: 3 },
  { kind: 'ws-shuffle', count: 3 },
  { kind: 'ws-close', code: 1001 },
  { kind: 'ws-close' },
  { kind: 'ws-freeze', ms: 8_000 },
  { kind: 'ws-freeze', ms: 40_000 },
  { kind: 'ws-refuse', times: 1 },
  { kind: 'ws-silent', times: 1 },
  { kind: 'ws-garbage', times: 1 },
  { kind: 'ws-recovery-fails', times: 1 },
  { kind: 'http', status: 429, retryAfterSeconds: 5, times: 1 },
  { kind: 'http', status: 503, times: 2 },
  { kind: 'http', pathPattern: '/telephony/sessions/', status: 500, times: 3 },
  { kind: 'http', pathPattern: '/subscription', status: 503, times: 1 },
  { kind: 'http', hang: true, times: 1 },
  { kind: 'http', applyThenDrop: true, times: 1 },
  { kind: 'expire-access-token' },
  { kind: 'expire-refresh-token' },
];
/** Not twice in a story: a second one within ten minutes is a final state (platform.md 1.6). */
const eviction: Step = { fault: { kind: 'revoke-session' } };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ dial: fc.tuple(index, index) }) },
  { weight: 12, arbitrary: fc.record({ act: fc.tuple(index, index, index) }) },
  { weight: 4, arbitrary: fc.record({ fault: fc.constantFrom(...faults) }) },
  { weight: 3, arbitrary: fc.record({ wait: fc.integer({ min: 500, max: 10_000 }) }) },
);
const steps = fc.array(step, { minLength: 15, maxLength: 50, size: 'max' });
const story = fc.oneof(
  { weight: 3, arbitrary: steps },
  {
    weight: 1,
    arbitrary: fc
      .tuple(steps, index)
      .map(([all, evictedAt]) => all.toSpliced(evictedAt % all.length, 0, eviction)),
  },
);
/** Talking when it all begins. */
const talks = 3;

/**
 * Slower than property.test.ts, because everything is real: HTTP, WebSocket, logins, rate limits. Only time is not.
 */
describe.each(['extension', 'account'] as const)('at %s scope', (scope) => {
  it(
    'the picture is true or says that it may not be, and a quiet wire makes it true',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat({ max: 1_000_000 }), story, async (seed, steps) => {
          // Jitter is chance too: a seed has to repeat it.
          vi.spyOn(Math, 'random').mockImplementation(createRandom(seed).next);
          const testbed = await startRealWireTestbed(scope, seed);
          try {
            testbed.open();
            await testbed.wind(2_000);
            for (let talk = 0; talk < talks; talk += 1) {
              await testbed.take({ dial: [5, talk] });
              await testbed.wind(1_000);
              await testbed.take({ act: [talk, 0, 0] });
            }
            for (const one of steps) {
              await testbed.take(one);
              await testbed.wind(paceMs);
              expect(await testbed.lies()).toEqual([]);
            }
            await testbed.heal();
            for (let left = recoveryMs + reconcileMs; left > 0; left -= 5_000) {
              await testbed.wind(5_000);
              expect(await testbed.lies()).toEqual([]);
            }
            expect(testbed.status()).toMatchObject({ state: 'live', stale: false });
            expect(testbed.picture()).toEqual(await testbed.truth());
          } finally {
            await testbed.close();
          }
        }),
        propertyRuns(10),
      );
    },
    longestTestMs,
  );
});
