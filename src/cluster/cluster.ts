import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { ActsOfPeople } from '../app/recent-acts.ts';
import type { SharedLine } from '../app/shared-line.ts';
import type { RedisAddress } from '../config/redis.ts';
import type { SharedApprovals } from '../guard/approvals/approvals.ts';
import type { AuditAnchors } from '../guard/audit/anchors.ts';
import type { Clock } from '../shared/clock.ts';
import { endedWithin } from '../shared/delay.ts';
import type { Logger } from '../shared/log.ts';
import { createSealer, type Sealer } from '../team/seal.ts';
import type { SharedTeam } from '../team/team.ts';
import type { TeamKey, TeamKeys } from '../team/team-keys.ts';
import type { ReplicaOptions } from '../transports/http/replicas/open-replicas.ts';
import { shareApprovals } from './approvals/shared-approvals.ts';
import { redisAnchors } from './audit/anchors.ts';
import { SharedTokenStore } from './auth/shared-token-store.ts';
import { createRedisActsOfPeople } from './guard/acts-of-people.ts';
import { redisGuardMemory } from './guard/redis-guard-memory.ts';
import { RedisHangUps } from './hang-ups/redis-hang-ups.ts';
import { openSharedPicture } from './line/open-shared-picture.ts';
import { createPlanBoards } from './plans/plan-boards.ts';
import { LogTail } from './redis/log-tail.ts';
import { type OpenRedis, openRedis } from './redis/redis.ts';
import { FollowedLines, type LinesStanding } from './replicas/followed-lines.ts';
import { Heartbeats, type ReplicaInfo } from './replicas/heartbeats.ts';
import { SharedRateLimiter } from './rest/shared-rate-limiter.ts';
import { redisSessionRegister } from './sessions/redis-session-register.ts';
import { openSharedTeam } from './team/shared-team.ts';

/** How long, in ms, an end waits for what this replica leads to be handed over. */
const handOverMs = 2_000;

export interface ClusterOptions {
  address: RedisAddress;
  keys: TeamKeys;
  log: Logger;
}

/** How this replica stands, and which others there are. No secrets. */
export interface ReplicaStatus extends LinesStanding {
  /** Whether Redis answers. */
  isRedisUp: boolean;
  /** Those that live, this one included, as of the last heartbeat. */
  replicas: readonly ReplicaInfo[];
}

/** What the replicas of a server share. */
export interface Cluster {
  redis: OpenRedis;
  sealer: Sealer;
  /** Redis' clock. */
  clock: Clock;
  /** Where the audit logs of all replicas end. */
  auditAnchors: AuditAnchors;
  /** What agents did last for each person who has signed in. */
  acts: ActsOfPeople;
  /** The operator's questions and logins. */
  approvals: SharedApprovals;
  /** The calls that end by themselves, of all lines. */
  hangUps: Pick<RedisHangUps, 'start' | 'close'>;
  /** Which replica has which session, and how requests are passed on between them. */
  sessions: Pick<ReplicaOptions, 'register' | 'keys'>;
  /** What the replicas share of the line of one login. `login` says which, the same at each replica; it may be secret. */
  line(login: string): SharedLine;
  /** What the replicas share of sign-in. @throws ConfigError for another team key than theirs */
  team(): Promise<SharedTeam>;
  /** Tells the others of this replica from now on. */
  announce(info: Pick<ReplicaInfo, 'name' | 'version' | 'policy'>): void;
  status(): ReplicaStatus;
  /**
   * Hands over what this replica leads, and tells the others that it ends; it goes on following. Never rejects, and takes
   * two seconds at most.
   */
  handOver(): Promise<void>;
  close(): Promise<void>;
}

/** @throws ConfigError where Redis cannot be used */
export async function openCluster({ address, keys, log }: ClusterOptions): Promise<Cluster> {
  const redis = await openRedis({ address, log });
  const sealer = createSealer(keys);
  const tail = new LogTail(redis, log);
  const hangUps = new RedisHangUps({ redis, sealer, log });
  const lines = new FollowedLines(redis);
  let heartbeats: Heartbeats | undefined;
  const others = () => Math.max(0, (heartbeats?.alive.length ?? 1) - 1);
  const boards = createPlanBoards({ redis, sealer, log });
  log.info({ replica: redis.replica, host: hostname(), redis: address.shown }, 'one of several replicas');
  return {
    ...{ redis, sealer, clock: redis.clock, auditAnchors: redisAnchors(redis, log) },
    acts: createRedisActsOfPeople(redis, keys),
    approvals: shareApprovals({ redis, sealer, log }),
    hangUps,
    sessions: {
      register: redisSessionRegister(redis),
      keys: [keyOfHops(keys.current), ...(keys.previous ? [keyOfHops(keys.previous)] : [])],
    },
    line(login) {
      const line = createHash('sha256').update(login).digest('base64url').slice(0, 22);
      return {
        id: line,
        webhookToken: keys.current.derive(`webhook of ${line}`).toString('base64url'),
        requests: (credentials, logOfLine) => ({
          rateLimiter: new SharedRateLimiter({ redis, login: line }),
          ...('jwt' in credentials && {
            tokens: new SharedTokenStore({ redis, sealer, login: line, credentials, log: logOfLine }),
          }),
        }),
        guardMemory: redisGuardMemory({ redis, line, keys }),
        hangUps,
        openPlans: () => boards.of(line),
        openPicture(options, createFeed) {
          const picture = openSharedPicture({ redis, tail, line, sealer, log, others }, options, createFeed);
          lines.add(picture.sync);
          return picture;
        },
      };
    },
    team: () => openSharedTeam({ redis, tail, sealer, log }),
    announce(info) {
      const startedAt = new Date(redis.clock.now()).toISOString();
      heartbeats = new Heartbeats({
        ...{ redis, log },
        info: { ...info, host: hostname(), startedAt },
        beaten: () => void lines.look(),
      });
    },
    status: () => ({
      ...lines.standing(),
      isRedisUp: redis.isUp,
      replicas: heartbeats?.alive ?? [],
    }),
    async handOver() {
      await endedWithin(redis.clock, handOverMs, Promise.all([lines.handOver(), heartbeats?.end()]));
    },
    async close() {
      await heartbeats?.close();
      hangUps.close();
      boards.close();
      tail.close();
      await redis.close();
    },
  };
}

const keyOfHops = (key: TeamKey): Buffer => key.derive('requests between replicas');
