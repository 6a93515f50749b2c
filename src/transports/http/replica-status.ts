import type { Readiness } from './health.ts';
import type { Metrics } from './metrics.ts';

/** How one of several replicas stands. No secrets: `/readyz` shows it to whoever reaches it. */
export interface ReplicaReadings {
  isRedisUp: boolean;
  /** Lines that are open here, and of these those that this replica leads. */
  lines: number;
  led: number;
  /** The highest of any line. */
  term: number;
  /** What is in the log and not in the picture, of the line with the most. */
  lag: { entries: number; ms: number };
  /** In ms: for how long nothing was heard of a leader, of the line with the longest silence. */
  silenceMs: number;
  /** Those that live, this one included. */
  replicas: readonly { name: string; version: string; policy: string; startedAt: string; ending?: true }[];
}

/** So many digits tell policies apart. */
const shownDigits = 12;
const short = (policy: string): string => policy.slice(0, shownDigits);

/** The body of `/readyz` of one of several replicas. */
export interface ReplicaReadiness extends Readiness, ReplicaReadings {
  /** Not all of them have the same version and policy. */
  differ: boolean;
}

/**
 * A replica is ready whether RingCentral and Redis answer or not, and says so: they are away for all replicas at the
 * same time, and a balancer would be left with none. Only one that ends is not.
 */
export function readinessOfReplica({ reason }: Readiness, readings: ReplicaReadings): ReplicaReadiness {
  const { isRedisUp, replicas, ...rest } = readings;
  const kinds = new Set(replicas.map(({ version, policy }) => `${version} ${policy}`));
  return {
    ready: true,
    reason: isRedisUp
      ? reason
      : `Redis does not answer: acts are refused, and calls are shown as old; ${reason}`,
    isRedisUp,
    ...rest,
    replicas: replicas.map(({ name, version, policy, startedAt, ending }) => ({
      ...{ name, version, policy: short(policy), startedAt },
      ...(ending && { ending }),
    })),
    differ: kinds.size > 1,
  };
}

/** Adds what one of several replicas tells Prometheus. */
export function addReplicaMetrics(metrics: Metrics, read: () => ReplicaReadings): void {
  const { gauge } = metrics;
  gauge('rc_mcp_redis_up', 'Whether Redis answers', () => Number(read().isRedisUp));
  gauge('rc_mcp_lines_led', 'Lines that this replica leads', () => read().led);
  gauge('rc_mcp_term', 'The highest term of a line; it grows with each new leader', () => read().term);
  gauge('rc_mcp_log_lag_entries', 'Entries of the log that are not in the picture', () => read().lag.entries);
  gauge(
    'rc_mcp_log_lag_seconds',
    'Age of the oldest entry of the log that is not in the picture',
    () => read().lag.ms / 1000,
  );
  gauge(
    'rc_mcp_leader_silence_seconds',
    'For how long nothing was heard of a leader, of the line with the longest silence',
    () => read().silenceMs / 1000,
  );
  metrics.counts('rc_mcp_replicas', 'Replicas that live', ['version', 'policy'], () =>
    read().replicas.map(({ version, policy }) => ({ version, policy: short(policy) })),
  );
}
