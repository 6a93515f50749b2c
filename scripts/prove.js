// `npm run prove`: every seeded campaign and property at length, one after the other. Takes about half an hour.
import { spawnSync } from 'node:child_process';
import { ensureBuilt, ensureInstalled } from './lib/ensure.js';

const vitest = ['node_modules/vitest/vitest.mjs', 'run'];
const campaigns = [
  {
    name: 'verdicts, on the truth at the moment of sending',
    env: { TRUTH_RUNS: '5000' },
    args: [...vitest, 'test/guard/truth-property.test.ts'],
  },
  {
    name: 'yes and grants, on the request log',
    env: { PROPERTY_RUNS: '1000' },
    args: [...vitest, 'test/guard/wire-property.test.ts'],
  },
  {
    name: 'people on one server, each with a line of their own',
    env: { ISOLATION_RUNS: '1000' },
    args: [...vitest, 'test/lines/isolation-property.test.ts'],
  },
  {
    name: 'people on one server, who sign in and whose apps come and go',
    env: { ISOLATION_RUNS: '500' },
    args: [...vitest, 'test/lines/signed-in-isolation-property.test.ts'],
  },
  {
    name: 'plans, in each step, in bad moments',
    env: { PLAN_CELLS: '.' },
    args: [...vitest, 'test/e2e/plans-bad-moments.test.ts', '--maxConcurrency', '10'],
  },
  {
    name: 'one call, its events in any order',
    env: { PROPERTY_RUNS: '5000' },
    args: [...vitest, 'test/calls/store/properties.test.ts'],
  },
  {
    name: 'the calls shown, through losses and faults',
    env: { PROPERTY_RUNS: '1000' },
    args: [...vitest, 'test/live/property.test.ts'],
  },
  {
    name: 'the calls shown, over real HTTP and WebSocket',
    env: { PROPERTY_RUNS: '100' },
    args: [...vitest, 'test/live/real-wire.test.ts'],
  },
  {
    name: 'a call center for ten minutes, through faults',
    env: {},
    args: [
      '--conditions=sandbox-source',
      '--import',
      'tsx',
      'bench/run.ts',
      'soak',
      '--',
      '--minutes',
      '10',
      '--calls',
      '20',
      '--rate',
      '5',
      '--chaos',
      '0.01',
    ],
  },
  {
    name: 'pictures of replicas, whoever wrote what',
    env: { PROPERTY_RUNS: '500' },
    args: [...vitest, 'test/cluster/shared-picture.test.ts', '--testTimeout', '900000'],
  },
  ...[
    '--seed 1 --minutes 5 --people 200 --rate 10 --fresh --fuzz 10000',
    '--seed 2 --minutes 2 --people 12 --fresh --sign-in',
    '--seed 3 --minutes 1 --fresh --sentinel',
    '--seed 4 --minutes 1 --fresh --replicas 1',
  ].map((flags) => ({
    name: `chaos ${flags}`,
    env: {},
    args: ['--conditions=sandbox-source', '--import', 'tsx', 'chaos/run.ts', ...flags.split(' ')],
  })),
];

ensureInstalled();
ensureBuilt();
let failed = 0;
for (const { name, env, args } of campaigns) {
  console.log(`\n── ${name}`);
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  console.log(`${name}: ${status === 0 ? 'held' : 'FAILED'}`);
  if (status !== 0) failed += 1;
}
process.exit(failed);
