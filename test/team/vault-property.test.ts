import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { pino } from 'pino';
import { startSandbox } from 'ringcentral-sandbox';
import { expect, test } from 'vitest';
import { Failure } from '../../src/shared/failure.ts';
import { createRingCentralOAuth, newAuthorizationSecrets } from '../../src/team/ringcentral-oauth.ts';
import { createSealer } from '../../src/team/seal.ts';
import { teamKey } from '../../src/team/team-keys.ts';
import { Vault } from '../../src/team/vault.ts';
import { createMemoryStore } from '../../src/team/vault-store.ts';
import { Control } from '../e2e/support/control.ts';
import { manualClock } from '../support/clock.ts';
import { signInAtRingCentral } from './support/sign-in-page.ts';

const numRuns = Number(process.env.PROPERTY_RUNS ?? 40);
const people = ['101', '102', '103'] as const;
const person = fc.constantFrom(...people);

type Step =
  | { do: 'sign in' | 'revoke'; who: string }
  | { do: 'use'; who: string; times: number; process: number }
  | { do: 'end at RingCentral'; who: string }
  | { do: 'wait'; minutes: number }
  | { do: 'fail'; status: number }
  | { do: 'recover' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('sign in' as const), who: person }) },
  {
    weight: 6,
    arbitrary: fc.record({
      ...{ do: fc.constant('use' as const), who: person },
      ...{ times: fc.integer({ min: 1, max: 5 }), process: fc.nat({ max: 1 }) },
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.constantFrom(1, 30, 61, 600) }),
  },
  fc.record({ do: fc.constantFrom('revoke' as const, 'end at RingCentral' as const), who: person }),
  fc.record({ do: fc.constant('fail' as const), status: fc.constantFrom(429, 500, 503) }),
  fc.record({ do: fc.constant('recover' as const) }),
);

test('whatever happens, a token is the person’s own and works, or the reason is told truly', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
      const sandbox = await startSandbox({ rateLimits: 'off', manualClock: true });
      const control = new Control(sandbox.controlUrl);
      const clock = manualClock();
      const { serverUrl, clientId, clientSecret } = sandbox;
      const redirectUri = 'http://127.0.0.1:9999/callback';
      const ringcentral = createRingCentralOAuth({ serverUrl, clientId, clientSecret, redirectUri, clock });
      const store = createMemoryStore();
      const sealer = createSealer({ current: teamKey(randomBytes(32)) });
      const log = pino({ level: 'silent' });
      // Two processes that share the store, but not the lock.
      const vaults = [0, 1].map(() => new Vault({ store, sealer, ringcentral, clock, log }));
      const vault = (index: number) => vaults[index] as Vault;
      /** Who has signed in and not been ended by anybody, and whether RingCentral fails now. */
      const alive = new Set<string>();
      let failing = false;

      const use = async (who: string, index: number): Promise<void> => {
        try {
          const token = await vault(index).accessToken(who);
          const found = await ringcentral.whoIs(token).catch(() => undefined);
          if (!alive.has(who)) return expect(found).toBeUndefined();
          expect(found?.extensionNumber).toBe(who);
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          if (error.kind === 'forbidden') expect(alive.has(who)).toBe(false);
          else expect(['unavailable', 'rate_limited']).toContain(error.kind);
        }
      };
      const acts: { [Act in Step['do']]: (step: Extract<Step, { do: Act }>) => Promise<unknown> } = {
        async 'sign in'({ who }) {
          if (failing) return;
          const secrets = newAuthorizationSecrets();
          const answer = await signInAtRingCentral(await ringcentral.authorizationUrl(secrets), who);
          const pair = await ringcentral.redeem(answer.searchParams, secrets);
          const kept = await vault(0).signIn(who, pair, { name: who, extensionNumber: who });
          alive.add(who);
          if (!kept) await ringcentral.revoke(pair.accessToken);
        },
        use: ({ who, times, process }) => Promise.all(Array.from({ length: times }, () => use(who, process))),
        async revoke({ who }) {
          await vault(1).revoke(who);
          alive.delete(who);
        },
        async 'end at RingCentral'({ who }) {
          await control.fault({ kind: 'revoke-session', extensionNumber: who });
          alive.delete(who);
        },
        async wait({ minutes }) {
          clock.advance(minutes * 60_000);
          await fetch(`${sandbox.controlUrl}/clock`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ advanceMs: minutes * 60_000 }),
          });
        },
        async fail({ status }) {
          failing = true;
          await control.fault({ kind: 'http', pathPattern: '/restapi/oauth/token', status });
        },
        async recover() {
          failing = false;
          await control.clearFaults();
          clock.advance(30_000);
        },
      };
      for (const one of steps) await (acts[one.do] as (step: Step) => Promise<unknown>)(one);
      // When all is well again, whoever is signed in can go on.
      await acts.recover({ do: 'recover' });
      for (const who of alive) {
        const { extensionNumber } = await ringcentral.whoIs(await vault(0).accessToken(who));
        expect(extensionNumber).toBe(who);
      }
      await sandbox.close();
    }),
    { numRuns },
  );
});
