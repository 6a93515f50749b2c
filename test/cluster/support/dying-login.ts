import { pino } from 'pino';
import { SharedTokenStore } from '../../../src/cluster/auth/shared-token-store.ts';
import { openRedis } from '../../../src/cluster/redis/redis.ts';
import { readRedis } from '../../../src/config/redis.ts';
import type { Credentials } from '../../../src/ringcentral/auth/credentials.ts';
import { createRestClient } from '../../../src/ringcentral/rest/rest-client.ts';
import { systemClock } from '../../../src/shared/clock.ts';

/** What the process is told, as JSON in its first argument. */
export interface DyingLogin {
  redisUrl: string;
  prefix: string;
  login: string;
  credentials: Credentials;
}

// Logs in, and is killed between RingCentral's answer and its keeping.
const { redisUrl, prefix, login, credentials } = JSON.parse(process.argv[2] ?? '') as DyingLogin;
const address = readRedis(redisUrl, {});
if (!address) throw new Error('no address');
const log = pino({ level: 'silent' });
const redis = await openRedis({ address, prefix, log });
const die = (): never => {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('still alive');
};
const sealer = { seal: die, open: die, isOutdated: () => false, rewrap: die };
const tokens = new SharedTokenStore({ redis, sealer, login, credentials, log });
await createRestClient({ credentials, tokens, clock: systemClock, log }).login.platform();
