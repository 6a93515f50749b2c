import pino from 'pino';
import { LogTail } from '../../../src/cluster/redis/log-tail.ts';
import type { OpenRedis } from '../../../src/cluster/redis/redis.ts';
import { openSharedTeam } from '../../../src/cluster/team/shared-team.ts';
import type { Sealer } from '../../../src/team/seal.ts';
import type { SharedTeam } from '../../../src/team/team.ts';

/** What a replica shares of sign-in, over a connection of the test's own. */
export async function openTestTeam(redis: OpenRedis, sealer: Sealer): Promise<SharedTeam> {
  const log = pino({ level: 'silent' });
  const tail = new LogTail(redis, log);
  const shared = await openSharedTeam({ redis, tail, sealer, log });
  return {
    ...shared,
    async close() {
      await shared.close();
      tail.close();
    },
  };
}
