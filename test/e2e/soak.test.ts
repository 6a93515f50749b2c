import { spawn } from 'node:child_process';
import { expect, it, onTestFinished } from 'vitest';

/**
 * The short form of an hour of `npm run bench soak`: real processes, the platform's limits, one request in fifty
 * fails.
 */
const flags =
  '--minutes 0.25 --calls 20 --rate 20 --chaos 0.02 --rate-limits light=1000,heavy=100 --calm 8 --fresh';

it('a call center through faults ends with a picture that is true', async () => {
  const soak = spawn(process.execPath, [
    '--conditions=sandbox-source',
    '--import',
    'tsx',
    'bench/run.ts',
    'soak',
    '--',
    ...flags.split(' '),
  ]);
  onTestFinished(() => void soak.kill());
  let told = '';
  for (const stream of [soak.stdout, soak.stderr]) stream.on('data', (chunk) => (told += chunk));
  const code = await new Promise((resolve) => soak.once('exit', resolve));
  expect({ code, told }).toEqual({ code: 0, told: expect.stringContaining('the picture is true') });
}, 180_000);
