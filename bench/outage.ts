import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { startSandbox } from 'ringcentral-sandbox';
import { createRingCentral } from '../src/ringcentral/ringcentral.ts';
import { systemClock } from '../src/shared/clock.ts';
import { openBreakableLink } from '../test/support/breakable-link.ts';

import type { Subject } from './harness/subject.ts';
import { type Sample, tabulate } from './harness/table.ts';

/** For an outage with no end but the feed's return. */
const giveUpMs = 180_000;

type Lookup = (
  host: string,
  options: object,
  done: (error: Error | null, ...rest: unknown[]) => void,
) => void;
/** The one that `node:net` calls. */
const dns = createRequire(import.meta.url)('node:dns') as { lookup: Lookup };
const { lookup } = dns;

async function open() {
  const sandbox = await startSandbox({ rateLimits: 'platform' });
  const line = await openBreakableLink(sandbox.serverUrl);
  const ringcentral = createRingCentral({
    credentials: { ...sandbox, serverUrl: line.serverUrl.replace('127.0.0.1', 'localhost') },
    scope: 'extension',
    clock: systemClock,
    log: pino({ level: 'silent' }),
  });
  const { feed } = ringcentral;
  let changed = (): void => undefined;
  feed.listen({
    event() {},
    presence() {},
    status: () => changed(),
    gap: () => feed.resynced(),
  });
  const reaches = (isReached: () => boolean) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, giveUpMs);
      const look = (): void => {
        if (!isReached()) return;
        clearTimeout(timer);
        resolve();
      };
      changed = look;
      look();
    });
  feed.start();
  await reaches(() => feed.status.state === 'live');
  return {
    line,
    live: () => reaches(() => feed.status.state === 'live'),
    lost: () => reaches(() => feed.status.state !== 'live'),
    state: () => feed.status,
    async fault(fault: object) {
      const headers = { 'content-type': 'application/json' };
      await fetch(`${sandbox.controlUrl}/faults`, { method: 'POST', headers, body: JSON.stringify(fault) });
    },
    async close() {
      await ringcentral.close();
      await line.close();
      await sandbox.close();
    },
  };
}
type OutageTestbed = Awaited<ReturnType<typeof open>>;

/** Each begins the outage; the answer ends it. */
const kinds: Record<string, (testbed: OutageTestbed) => Promise<() => Promise<void>>> = {
  'connections refused': async ({ line }) => {
    await line.cut('refused');
    return line.mend;
  },
  'name not resolved': async ({ line }) => {
    dns.lookup = (_, __, done) =>
      void setImmediate(done, Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }));
    await line.cut('refused');
    return async () => {
      dns.lookup = lookup;
      await line.mend();
    };
  },
  'connections reset': async ({ line }) => {
    await line.cut('reset');
    return line.mend;
  },
  '503 to everything': async ({ line }) => {
    await line.cut('503');
    return line.mend;
  },
};

const measure = 'live again after, s';

/** Seconds since `begun`. @throws Error if the feed is not live */
function recovered({ state }: OutageTestbed, begun: number): Sample {
  const { state: end, reason } = state();
  if (end !== 'live') throw new Error(`still ${end} after ${giveUpMs / 1_000} s: ${reason}`);
  return { [measure]: (performance.now() - begun) / 1_000 };
}

async function away(begin: (typeof kinds)[string], seconds: number): Promise<Sample> {
  const testbed = await open();
  const end = await begin(testbed);
  await pause(seconds * 1_000);
  await end();
  const ended = performance.now();
  await testbed.live();
  const sample = recovered(testbed, ended);
  await testbed.close();
  return sample;
}

async function revoked(): Promise<Sample> {
  const testbed = await open();
  const begun = performance.now();
  await testbed.fault({ kind: 'revoke-session' });
  await testbed.lost();
  await testbed.live();
  const sample = recovered(testbed, begun);
  await testbed.close();
  return sample;
}

export const subject: Subject = {
  about:
    'The platform is away: from its return until events come again, with its rate limits and with the waits of production. ' +
    'Behind `--`: seconds of outage, 2 8 30 unless given.',
  async run({ quick, args }) {
    const outages = args.length > 0 ? args.map(Number) : quick ? [2] : [2, 8, 30];
    const samples = new Map<string, Sample[]>();
    for (const [what, begin] of Object.entries(kinds)) {
      for (const seconds of outages) samples.set(`${what}, ${seconds} s`, [await away(begin, seconds)]);
    }
    samples.set('login revoked', [await revoked()]);
    return [tabulate('Recovery', samples)];
  },
};
