// What the guard costs an act that it allows: microseconds a call, median of rounds, with and without the audit log.
// Run: npx tsx bench/guard.ts [rounds]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { systemClock } from '../src/base/clock.ts';
import type { Action } from '../src/guard/action.ts';
import { openAudit } from '../src/guard/audit/log.ts';
import type { Asker, Guard } from '../src/guard/contract.ts';
import { createGuard } from '../src/guard/guard.ts';
import { presets } from '../src/guard/policy/presets.ts';
import { prepareNothing } from '../test/guard/support/host.ts';
import { createWorld, hold, inboundCall, transfer } from '../test/guard/support/world.ts';

const rounds = Number(process.argv[2] ?? 15);
const count = 200;
const folder = mkdtempSync(join(tmpdir(), 'bench-'));

const world = createWorld(Date.now);
world.sessions.set('s-1', inboundCall('s-1'));
const { calls, directory } = world;
const guarded = (audit?: Awaited<ReturnType<typeof openAudit>>) =>
  createGuard({
    ...{ policy: presets.standard, readOnly: false, allowUnconfirmed: [], sandbox: false, calls, directory },
    ...{ clock: systemClock, log: pino({ level: 'silent' }), ...(audit && { audit }) },
  });
const asker = {
  capabilities: undefined,
  context: { mcpReq: { signal: new AbortController().signal, requestState: () => undefined } },
} as unknown as Asker;

const plain = guarded();
const audit = await openAudit({
  file: join(folder, 'audit.log'),
  key: 'a key of sixteen characters',
  clock: systemClock,
});
const audited = guarded(audit);
const act = (guard: Guard, action: Action) =>
  guard.run<object, undefined>(action, asker, {
    prepare: prepareNothing,
    async execute({ send }) {
      await send(undefined);
      return { result: undefined, outcome: { result: 'observed' } };
    },
  });
const contenders = {
  'hold, own party': () => act(plain, hold('s-1')),
  'transfer to a number of the account': () => act(plain, transfer('s-1', '+12055550102')),
  'hold, own party, with an audit log': () => act(audited, hold('s-1')),
};

const times = new Map(Object.keys(contenders).map((name) => [name, [] as number[]]));
for (let round = 0; round <= rounds; round += 1) {
  for (const [name, run] of Object.entries(contenders)) {
    const start = performance.now();
    for (let call = 0; call < count; call += 1) await run();
    // The first round loads and warms.
    if (round > 0) times.get(name)?.push(((performance.now() - start) * 1_000) / count);
  }
}
audit.close();
rmSync(folder, { recursive: true });
for (const [name, all] of times) {
  const median = all.sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;
  console.log(`${name.padEnd(40)} ${median.toFixed(1).padStart(8)} µs`);
}
