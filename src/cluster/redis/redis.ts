import { randomBytes } from 'node:crypto';
import type { RedisAddress } from '../../config/redis.ts';
import { ConfigError } from '../../config/settings.ts';
import { BoundedSet } from '../../shared/bounded.ts';
import type { Clock } from '../../shared/clock.ts';
import { Failure } from '../../shared/failure.ts';
import type { Logger } from '../../shared/log.ts';
import { createRedisClient, type RedisClient } from './client.ts';
import { RedisClock } from './redis-clock.ts';
import { refusedStart } from './refused-start.ts';
import { defineScript, type Script } from './script.ts';
import { isWrongType, WrongType, wrongTypeWords } from './wrong-type.ts';

export { defineScript, type Script } from './script.ts';

/** The Redis that the replicas of a server share. */
export interface Redis {
  /** Redis' own clock: the one clock of all that replicas share. */
  readonly clock: Clock;
  /** This replica's id: random, new at each start. */
  readonly replica: string;
  /** Whether Redis answers. */
  readonly isUp: boolean;
  /** The key of what belongs to `parts`. Whoever reads Redis sees it: no secrets, and nobody's number. */
  key(...parts: string[]): string;
  /**
   * Runs a script once, within 500 ms unless told.
   * @throws Failure `unavailable` where Redis does not answer in time. The script then has run, or never will: it does
   * not begin after its deadline. `WrongType` where a key has something else than ours.
   */
  run(
    script: Script,
    keys: readonly string[],
    args?: readonly (string | number)[],
    withinMs?: number,
  ): Promise<unknown>;
  /**
   * Sends a command, and waits for it as long. One that was given up may be carried out later: for reads, and for what
   * may come late.
   * @throws Failure `unavailable`; `WrongType` as above
   */
  send(...command: (string | number)[]): Promise<unknown>;
  /** Calls `listener` when Redis answers again, and when it does not any more. Returns a function that stops it. */
  onChange(listener: (isUp: boolean) => void): () => void;
  /** A connection of its own, for reads that wait for what is to come. */
  createReader(ready: () => void): RedisClient;
}

export interface OpenRedis extends Redis {
  close(): Promise<void>;
}

export interface OpenRedisOptions {
  address: RedisAddress;
  log: Logger;
  /** What all keys begin with. */
  prefix?: string;
  /** How long, in ms, a start waits for Redis. */
  patienceMs?: number;
}

/** How long, in ms, a caller waits for an answer; a script does not begin later. */
export const answerMs = 500;
/** In ms: replaced when nothing at all has come for so long; it is asked for a sign of life three times as often. */
const silenceMs = 3_000;
/** Scripts, GETDEL, streams with trimming. */
const leastVersion = [6, 2] as const;

/** What every replica does all the time; a user of Redis may be refused it. */
const readOwnKey = defineScript(`return redis.call('EXISTS', KEYS[1])`);

/**
 * Connects to Redis.
 * @throws ConfigError where it cannot be reached, refuses this user, is a cluster, or is too old
 */
export async function openRedis(options: OpenRedisOptions): Promise<OpenRedis> {
  const { address, log, patienceMs = 10_000 } = options;
  const redis = new ConnectedRedis(options);
  try {
    await redis.connect(patienceMs);
    refuseUnfit(String(await redis.send('INFO')), address, log);
    await redis.run(readOwnKey, [redis.key('start')]);
  } catch (error) {
    await redis.close();
    if (error instanceof ConfigError) throw error;
    throw refusedStart(address, error instanceof Away ? error.why : (error as Error).message);
  }
  return redis;
}

class ConnectedRedis implements OpenRedis {
  readonly clock = new RedisClock();
  readonly replica = randomBytes(9).toString('base64url');
  readonly #options: OpenRedisOptions;
  readonly #client: RedisClient;
  readonly #listeners = new Set<(isUp: boolean) => void>();
  readonly #readers = new Set<RedisClient>();
  /** Keys that it was warned of. */
  readonly #wrongKeys = new BoundedSet<string>(1_000);
  #isUp = false;
  #isClosed = false;

  constructor(options: OpenRedisOptions) {
    this.#options = options;
    this.#client = createRedisClient({
      address: options.address,
      silenceMs,
      ready: () => void this.send('PING').catch(() => {}),
      lost: (reason) => this.#setUp(false, reason),
    });
  }

  async connect(ms: number): Promise<void> {
    await this.#client.connect(ms);
    const askedAt = this.clock.asked();
    const [seconds, micros] = (await this.send('TIME')) as [string, string];
    this.clock.answered(Number(seconds) * 1000 + Math.floor(Number(micros) / 1000), askedAt);
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  key(...parts: string[]): string {
    return [this.#options.prefix ?? 'rcmcp', ...parts].join(':');
  }

  async run(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number)[] = [],
    withinMs: number = answerMs,
  ): Promise<unknown> {
    const askedAt = this.clock.asked();
    const deadline = this.clock.now() + withinMs;
    const rest = [String(keys.length), ...keys, ...args.map(String), String(deadline)];
    const run = async () => {
      try {
        return await this.#client.send(['EVALSHA', script.sha, ...rest]);
      } catch (error) {
        if (!String((error as Error).message).startsWith('NOSCRIPT')) throw error;
        return this.#client.send(['EVAL', script.lua, ...rest]);
      }
    };
    const [now, state, answer] = (await this.#inTime(run(), withinMs)) as [number, string, unknown];
    this.clock.answered(now, askedAt);
    if (state === 'late') throw new Away('did not begin in time');
    if (state === 'wrong type') throw this.#wrongType(String(answer));
    return answer ?? undefined;
  }

  async send(...command: (string | number)[]): Promise<unknown> {
    try {
      return await this.#inTime(this.#client.send(command.map(String)));
    } catch (error) {
      throw isWrongType(error) ? this.#wrongType(String(command[1])) : error;
    }
  }

  onChange(listener: (isUp: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  createReader(ready: () => void): RedisClient {
    const { address } = this.#options;
    const reader = createRedisClient({ address, silenceMs, ready });
    this.#readers.add(reader);
    return {
      ...reader,
      close: () => {
        this.#readers.delete(reader);
        reader.close();
      },
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const reader of this.#readers) reader.close();
    this.#client.close();
  }

  async #inTime(answer: Promise<unknown>, withinMs: number = answerMs): Promise<unknown> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${withinMs} ms`)), withinMs);
    });
    // Whether it is late or not, it shows that Redis answers.
    answer.then(
      () => this.#setUp(true),
      () => {},
    );
    try {
      return await Promise.race([answer, late]);
    } catch (error) {
      const { message } = error as Error;
      if (isOfScript(message)) throw error;
      this.#setUp(false, message);
      throw new Away(message);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Warns of it once: whoever meets it may well try again. */
  #wrongType(key: string): WrongType {
    if (!this.#wrongKeys.has(key)) this.#options.log.warn({ key }, wrongTypeWords);
    this.#wrongKeys.add(key);
    return new WrongType(key);
  }

  #setUp(isUp: boolean, reason?: string): void {
    if (isUp === this.#isUp || this.#isClosed) return;
    this.#isUp = isUp;
    if (isUp) this.#options.log.info('Redis answers');
    else this.#options.log.warn({ reason }, 'Redis does not answer: acts are refused until it does');
    for (const listener of this.#listeners) listener(isUp);
  }
}

/** Whether an error is what Redis answered to this command, and so a defect of ours; not that it takes no writes now. */
const isOfScript = (message: string): boolean =>
  !/^(OOM|NOREPLICAS|READONLY|MISCONF|LOADING|MASTERDOWN|BUSY)\b/.test(message) &&
  (/^(ERR|WRONGTYPE|NOPERM|NOSCRIPT|BUSYGROUP)\b/.test(message) || message.includes('user_script'));

class Away extends Failure {
  /** As the client or Redis says it. */
  readonly why: string;

  constructor(why: string) {
    super(
      'unavailable',
      `Redis, which the replicas of this server share, does not answer (${why}). Nothing was sent to RingCentral: without ` +
        'it nobody can tell what the other replicas do. Try again in a few seconds.',
      { retryAfterSeconds: 5 },
    );
    this.why = why;
  }
}

function refuseUnfit(info: string, { shown }: RedisAddress, log: Logger): void {
  if (field(info, 'cluster_enabled') === '1') {
    throw new ConfigError(
      `--redis: ${shown} is a Redis Cluster, which is not supported: one script decides over keys that a cluster keeps ` +
        'apart. Use one primary with replicas, with Sentinel or a managed fail-over.',
    );
  }
  const [major = 0, minor = 0] = field(info, 'redis_version').split('.').map(Number);
  if (major < leastVersion[0] || (major === leastVersion[0] && minor < leastVersion[1])) {
    throw new ConfigError(
      `--redis: ${shown} is Redis ${major}.${minor}; ${leastVersion.join('.')} is needed.`,
    );
  }
  for (const warning of warningsOf(info)) log.warn(warning);
}

/** What an operator should set otherwise, as `INFO` tells it; each a sentence with what can be lost. */
export function warningsOf(info: string): string[] {
  const policy = field(info, 'maxmemory_policy');
  return [
    ...(policy === '' || policy === 'noeviction'
      ? []
      : [`Redis throws keys away when it is full (maxmemory-policy ${policy}): set noeviction.`]),
    ...(field(info, 'aof_enabled') === '0'
      ? [
          'Redis keeps nothing over a restart of its own (appendonly no): grants, questions and sign-ins are lost then.',
        ]
      : []),
  ];
}

const field = (info: string, name: string) => new RegExp(`^${name}:(.*?)\\s*$`, 'm').exec(info)?.[1] ?? '';
