import { pino } from 'pino';
import { openRedis } from '../../../src/cluster/redis/redis.ts';
import { SharedRateLimiter } from '../../../src/cluster/rest/shared-rate-limiter.ts';
import { readRedis } from '../../../src/config/redis.ts';
import type { Credentials } from '../../../src/ringcentral/auth/credentials.ts';
import { MemoryRateLimiter } from '../../../src/ringcentral/rest/memory-rate-limiter.ts';
import { createRestClient } from '../../../src/ringcentral/rest/rest-client.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { Failure } from '../../../src/shared/failure.ts';

/** What the process is told, as JSON in its first argument. */
export interface RequestingReplica {
  redisUrl: string;
  prefix: string;
  credentials: Credentials;
  /** So many requests are under way at once. */
  atOnce: number;
  /** Each counts for itself: to see that the test fails then. */
  alone?: boolean;
}

const { redisUrl, prefix, credentials, atOnce, alone } = JSON.parse(
  process.argv[2] ?? '',
) as RequestingReplica;
const address = readRedis(redisUrl, {});
if (!address) throw new Error('no address');
const log = pino({ level: 'silent' });
const redis = await openRedis({ address, prefix, log });
const rateLimiter = alone
  ? new MemoryRateLimiter(systemClock, 0)
  : new SharedRateLimiter({ redis, login: 'shared', patienceMs: 0 });
const rest = createRestClient({ credentials, rateLimiter, clock: systemClock, log });

const path = '/restapi/v1.0/account/~/extension/~/device';
const read = () =>
  rest.send({
    ...{ method: 'GET', path, route: path, group: 'light', priority: 'end' },
    what: 'Read',
    acting: false,
  });

/** Sends until there is no place any more; says each answer. */
async function sendUntilRefused(): Promise<void> {
  for (;;) {
    try {
      await read();
      process.stdout.write('answered\n');
    } catch (error) {
      process.stdout.write(`refused ${error instanceof Failure ? error.kind : String(error)}\n`);
      return;
    }
  }
}

process.stdout.write('ready\n');
await new Promise((resolve) => process.stdin.once('data', resolve));
await Promise.all(Array.from({ length: atOnce }, sendUntilRefused));
process.stdout.write('done\n');
await new Promise((resolve) => process.stdin.once('data', resolve));
process.exit();
