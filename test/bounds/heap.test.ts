import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

/** Bytes: what Node 20 shows (3,600, none and 1,800), and a sixth more, because engines differ. */
const most = { allocatedPerEvent: 4_200, keptPerEvent: 10, keptPerCall: 2_100 };

test('an event and a live call take no more memory than they did', { timeout: 120_000 }, () => {
  const flags = [
    '--min-semi-space-size=64',
    '--max-semi-space-size=64',
    '--conditions=sandbox-source',
    '--import',
    'tsx',
  ];
  const printed = execFileSync(process.execPath, [...flags, 'test/bounds/support/heap.ts'], {
    encoding: 'utf8',
  });
  const bytes: typeof most = JSON.parse(printed);
  expect(bytes.allocatedPerEvent, 'allocated per event').toBeLessThanOrEqual(most.allocatedPerEvent);
  expect(bytes.keptPerEvent, 'kept per event').toBeLessThanOrEqual(most.keptPerEvent);
  expect(bytes.keptPerCall, 'kept per call').toBeLessThanOrEqual(most.keptPerCall);
});
