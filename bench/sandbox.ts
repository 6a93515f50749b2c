// What the sandbox's call center holds: live calls, events a second that reach a subscriber over a real WebSocket,
// and the sandbox's memory. Run: npx tsx bench/sandbox.ts [calls, default 10000] [events a second, 2000] [seconds, 60]
import { execFileSync } from 'node:child_process';
import { pino } from 'pino';
import { systemClock } from '../src/base/clock.ts';
import { createRingCentral } from '../src/ringcentral/ringcentral.ts';
import { startSandboxProcess } from '../test/e2e/support/process.ts';

const [calls = 10_000, rate = 2_000, seconds = 60] = process.argv.slice(2).map(Number);
const stepSeconds = 5;

const { address, child, stop } = await startSandboxProcess(
  ...['--scenario', 'call-center', '--calls', String(calls), '--rate', String(rate), '--rate-limits', 'off'],
);
const ringcentral = createRingCentral({
  credentials: address,
  scope: 'account',
  clock: systemClock,
  log: pino({ level: 'silent' }),
});
const live = new Map<string, Set<string>>();
let events = 0;
let gaps = 0;
ringcentral.feed.listen({
  event({ telephonySessionId, parties }) {
    events += 1;
    for (const { id, status } of parties) {
      const legs = live.get(telephonySessionId) ?? new Set();
      if (status.code === 'Disconnected' || status.code === 'Gone') legs.delete(id);
      else legs.add(id);
      if (legs.size > 0) live.set(telephonySessionId, legs);
      else live.delete(telephonySessionId);
    }
  },
  presence() {},
  status({ state }) {
    if (state === 'resyncing') ringcentral.feed.resynced();
  },
  gap() {
    gaps += 1;
  },
});
ringcentral.feed.start();

const memory = () => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(child.pid)])) / 1024;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

console.log(`call-center, ${calls} calls at ${rate} events a second:`);
for (let second = 0; second < seconds; second += stepSeconds) {
  events = 0;
  const begun = performance.now();
  await pause(stepSeconds * 1000);
  const perSecond = events / ((performance.now() - begun) / 1000);
  console.log(
    `${String(second + stepSeconds).padStart(4)} s  ${live.size} live calls seen  ${Math.round(perSecond)} events/s  ` +
      `sandbox ${Math.round(memory())} MiB`,
  );
}
console.log(`gaps signalled: ${gaps - 1} after the first subscription`);
await ringcentral.close();
await stop();
