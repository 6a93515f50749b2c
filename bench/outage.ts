// After an outage of the platform: how long until events come again, beyond the outage itself. At the platform's
// rate limits, with the waits of production. Run: npx tsx bench/outage.ts [seconds of outage …, default 2 8 30]
import { createRequire } from 'node:module';
import { pino } from 'pino';
import { systemClock } from '../src/base/clock.ts';
import { createRingCentral } from '../src/ringcentral/ringcentral.ts';
import { startSandbox } from '../src/sandbox/sandbox.ts';
import { layLine } from '../test/support/line.ts';

const asked = process.argv.slice(2).map(Number);
const outages = asked.length > 0 ? asked : [2, 8, 30];
/** For an outage with no end but the feed's return. */
const giveUpMs = 180_000;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
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
  const line = await layLine(sandbox.serverUrl);
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
type World = Awaited<ReturnType<typeof open>>;

/** Each begins the outage; the answer ends it. */
const kinds: Record<string, (world: World) => Promise<() => Promise<void>>> = {
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

const report = ({ state }: World, what: string, outage: number, ms: number) => {
  const { state: end, reason } = state();
  const seconds = (ms / 1000).toFixed(1).padStart(5);
  const how = end === 'live' ? `live ${seconds} s later` : `still ${end} after ${seconds} s: ${reason}`;
  console.log(`  ${what.padEnd(24)} ${outage > 0 ? `${String(outage).padStart(3)} s` : '  at once'}  ${how}`);
};

console.log('The platform is away; seconds from its return until events come again:');
for (const [what, begin] of Object.entries(kinds)) {
  for (const outage of outages) {
    const world = await open();
    const end = await begin(world);
    await pause(outage * 1000);
    await end();
    const ended = performance.now();
    await world.live();
    report(world, what, outage, performance.now() - ended);
    await world.close();
  }
}
const world = await open();
const begun = performance.now();
await world.fault({ kind: 'revoke-session' });
await world.lost();
await world.live();
report(world, 'login revoked', 0, performance.now() - begun);
await world.close();
