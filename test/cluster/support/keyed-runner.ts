import { redisGuardMemory } from '../../../src/cluster/guard/redis-guard-memory.ts';
import { createOnce } from '../../../src/guard/limits/idempotency.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { teamKey } from '../../../src/team/team-keys.ts';
import { openTestRedis } from '../../support/redis.ts';

/**
 * A replica that is killed while it runs a key: `URL PREFIX KEY sent|unsent`. It says `running`, or
 * `sent`, and then waits.
 */
const [url = '', prefix = '', key, until] = process.argv.slice(2);
const redis = await openTestRedis(url, prefix);
const keys = { current: teamKey(new Uint8Array(32).fill(7)) };
const { runs } = redisGuardMemory({ redis, line: 'rc:1:2', keys })({
  policyHash: 'policy',
  changed() {},
} as never);
const once = createOnce(runs, systemClock);
await once(
  { principal: 'ann', tool: 'create_call_out_call_session', key, args: { to: '102' } },
  async (leaving) => {
    if (until === 'sent') await leaving?.();
    process.stdout.write(until === 'sent' ? 'sent\n' : 'running\n');
    await new Promise(() => setInterval(() => {}, 1_000));
  },
  () => false,
);
