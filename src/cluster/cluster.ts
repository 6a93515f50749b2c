import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { SharedLine } from '../app/shared-line.ts';
import type { RedisAddress } from '../config/redis.ts';
import type { AuditAnchors } from '../guard/audit/anchors.ts';
import type { Clock } from '../shared/clock.ts';
import type { Logger } from '../shared/log.ts';
import { createSealer, type Sealer } from '../team/seal.ts';
import type { SharedTeam } from '../team/team.ts';
import type { TeamKeys } from '../team/team-keys.ts';
import { redisAnchors } from './audit/anchors.ts';
import { openSharedPicture } from './line/open-shared-picture.ts';
import { LogTail } from './redis/log-tail.ts';
import { type OpenRedis, openRedis } from './redis/redis.ts';
import { openSharedTeam } from './team/shared-team.ts';

export interface ClusterOptions {
  address: RedisAddress;
  keys: TeamKeys;
  log: Logger;
}

/** What the replicas of a server share. */
export interface Cluster {
  redis: OpenRedis;
  sealer: Sealer;
  /** Redis' clock. */
  clock: Clock;
  /** Where the audit logs of all replicas end. */
  auditAnchors: AuditAnchors;
  /** What the replicas share of the line of one login. `login` says which, the same at each replica; it may be secret. */
  line(login: string): SharedLine;
  /** What the replicas share of sign-in. @throws ConfigError for another team key than theirs */
  team(): Promise<SharedTeam>;
  close(): Promise<void>;
}

/** @throws ConfigError where Redis cannot be used */
export async function openCluster({ address, keys, log }: ClusterOptions): Promise<Cluster> {
  const redis = await openRedis({ address, log });
  const sealer = createSealer(keys);
  const tail = new LogTail(redis, log);
  log.info({ replica: redis.replica, host: hostname(), redis: address.shown }, 'one of several replicas');
  return {
    ...{ redis, sealer, clock: redis.clock, auditAnchors: redisAnchors(redis) },
    line(login) {
      const line = createHash('sha256').update(login).digest('base64url').slice(0, 22);
      return {
        id: line,
        webhookToken: keys.current.derive(`webhook of ${line}`).toString('base64url'),
        openPicture: (options, createFeed) =>
          openSharedPicture({ redis, tail, line, sealer, log }, options, createFeed),
      };
    },
    team: () => openSharedTeam({ redis, tail, sealer, log }),
    async close() {
      tail.close();
      await redis.close();
    },
  };
}
