import type { RedisAddress } from '../config/redis.ts';
import { type LogFindings, type VerifyOptions, verifyAudit } from '../guard/audit/verify.ts';
import { createLogger } from '../shared/log.ts';

export interface AuditVerifyOptions extends Pick<VerifyOptions, 'key' | 'expect' | 'days'> {
  /** The Redis that the replicas anchor their logs in; absent: there is none to compare with. */
  redis?: RedisAddress;
}

/** How long, in ms, Redis is waited for: somebody sits before it. */
const patienceMs = 3_000;

/**
 * Checks audit logs and prints what it found. Gives the exit code: 0 when nothing is wrong with them, else 1.
 * @throws ConfigError or Failure where Redis cannot be asked
 */
export async function auditVerify(
  files: readonly string[],
  { redis, ...options }: AuditVerifyOptions,
): Promise<number> {
  const kept = redis && (await readAnchors(redis));
  const given = { ...options, now: Date.now(), ...(kept && { anchors: { all: async () => kept } }) };
  const found = await verifyAudit(files, given).catch((error: NodeJS.ErrnoException) => {
    if (error.code === undefined) throw error;
    return { logs: [], problems: [`${error.path ?? files[0]} cannot be read (${error.code}).`] };
  });
  const { logs, problems } = found;
  for (const log of logs) {
    const text = describe(log, options.expect === log.head, logs.length > 1);
    (log.problem === undefined ? process.stdout : process.stderr).write(`${text}\n`);
  }
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  return problems.length === 0 && logs.every(({ problem }) => problem === undefined) ? 0 : 1;
}

async function readAnchors(address: RedisAddress) {
  const { openRedis } = await import('../cluster/redis/redis.ts');
  const { redisAnchors } = await import('../cluster/audit/anchors.ts');
  const log = await createLogger({ level: 'silent' });
  const redis = await openRedis({ address, log, patienceMs });
  try {
    return await redisAnchors(redis, log).all();
  } finally {
    await redis.close();
  }
}

function describe(log: LogFindings, isExpected: boolean, isOneOfSeveral: boolean): string {
  const { file, replica, problem, count } = log;
  const name = replica === undefined ? file : `${file} (replica ${replica})`;
  const told =
    problem === undefined ? verdict(log, isExpected) : [problem, `Good lines before it: ${count}.`];
  return isOneOfSeveral ? `${name}: ${told.join('\n  ')}` : told.join('\n');
}

/** The result in words. With nothing to compare its end with a cut tail cannot be found, and it says so. */
function verdict(log: LogFindings, isExpected: boolean): string[] {
  const { file, count, segments, head, last, anchor, removed, unfinished, isAtBoundary } = log;
  const isWhole = isExpected || anchor !== undefined;
  const extent = `${lines(count)}${segments > 1 ? ` in ${segments} segments` : ''}`;
  const empty = isExpected ? `${file} is empty, as expected.` : `${file} is empty.`;
  const whole = isWhole ? 'whole' : 'none changed, moved or missing in between';
  return [
    count === 0 ? empty : `${extent}, ${whole}. Head: ${head}`,
    removed &&
      `Segments up to ${removed.segment}, ${lines(removed.line)}, were removed because they were older than ${days(removed.days)}.`,
    anchor && anchored(anchor.sequence, last),
    unfinished > 0 && `Acts without an outcome: ${unfinished}. The server ended before they did.`,
    !isWhole &&
      isAtBoundary &&
      'Its last segment is ended and none follows: the server ended in between, or the file that follows was taken away.',
    !isWhole &&
      'Not checked: whether lines were cut off at the end, or the log was written anew. For that, give ' +
        '--expect the head that the server logged at exit ("audit log closed"), or --redis where there are replicas.',
  ].filter((line) => typeof line === 'string');
}

const anchored = (sequence: number, last: number): string =>
  last === sequence
    ? `Anchored in Redis up to its end.`
    : `Anchored in Redis up to line ${sequence}; the ${lines(last - sequence)} after it could be cut off unseen.`;

const lines = (count: number): string => (count === 1 ? '1 line' : `${count} lines`);
const days = (count: number): string => (count === 1 ? '1 day' : `${count} days`);
