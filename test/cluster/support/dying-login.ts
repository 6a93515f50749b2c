import { pino } from 'pino';
import { SharedTokenStore } from '../../../src/cluster/auth/shared-token-store.ts';
import { openRedis } from '../../../src/cluster/redis/redis.ts';
import { readRedis } from '../../../src/config/redis.ts';
import type { Credentials } from '../../../src/ringcentral/auth/credentials.ts';
import { createRingCentral } from '../../../src/ringcentral/ringcentral.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { createSealer, type Sealer } from '../../../src/team/seal.ts';
import { teamKey, teamKeys } from '../../../src/team/team-keys.ts';

/** What the process is told, as JSON in its first argument. */
export interface DyingLogin {
  redisUrl: string;
  prefix: string;
  login: string;
  credentials: Credentials;
  /** The team key, as base64url. */
  key: string;
}

// Logs in, and is killed between RingCentral's answer and its keeping.
const { redisUrl, prefix, login, credentials, key } = JSON.parse(process.argv[2] ?? '') as DyingLogin;
const address = readRedis(redisUrl, {});
if (!address) throw new Error('no address');
const log = pino({ level: 'silent' });
const redis = await openRedis({ address, prefix, log });
const sealer: Sealer = {
  ...createSealer(teamKeys(teamKey(Buffer.from(key, 'base64url')))),
  seal() {
    process.kill(process.pid, 'SIGKILL');
    throw new Error('still alive');
  },
};
const tokens = new SharedTokenStore({ redis, sealer, login, credentials, log });
const { platform } = createRingCentral({ credentials, tokens, scope: 'extension', clock: systemClock, log });
await platform.listDevices();
