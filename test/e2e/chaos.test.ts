import { spawn } from 'node:child_process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hasRedis, withoutRedis } from '../support/redis.ts';

/**
 * The short form of `npm run chaos`. Without faults that nobody can know of at once (lost notifications) and those that
 * take Redis' memory, which have a run of their own.
 */
const short = '--minutes 0.4 --people 12 --fuzz 60 --fresh';
const forms = [
  `--seed 1 ${short} --faults kill,closes,503`,
  `--seed 2 ${short} --faults kill,closes,503 --sign-in`,
];

describe.skipIf(!hasRedis)(hasRedis ? 'a campaign' : withoutRedis, () => {
  it.each(forms)(
    'loses nothing: %s',
    async (flags) => {
      const campaign = spawn(process.execPath, [
        ...['--conditions=sandbox-source', '--import', 'tsx', 'chaos/run.ts'],
        ...flags.split(' '),
      ]);
      onTestFinished(() => void campaign.kill());
      let told = '';
      for (const stream of [campaign.stdout, campaign.stderr]) stream.on('data', (chunk) => (told += chunk));
      const code = await new Promise((resolve) => campaign.once('exit', resolve));
      expect({ code, told }).toEqual({ code: 0, told: expect.stringContaining('| must hold |') });
    },
    300_000,
  );
});
