import { randomBytes } from 'node:crypto';
import type { HangUp, SharedHangUps } from '../../app/hang-up-timers.ts';
import { Failure } from '../../shared/failure.ts';
import type { Logger } from '../../shared/log.ts';
import type { Sealer } from '../../team/seal.ts';
import { pairsOf } from '../redis/pairs.ts';
import { defineScript, type Redis } from '../redis/redis.ts';

export interface RedisHangUpsOptions {
  redis: Redis;
  /** Only who has the team key can have a call ended. */
  sealer: Pick<Sealer, 'seal' | 'open'>;
  log: Logger;
  /** How long, in ms, one replica has for ending a call; where it dies meanwhile, another takes it. */
  leaseMs?: number;
}

/** The longest pause, in ms, between two looks at what is due. */
const lookMs = 1_000;
/** What no replica was there for within so long, in ms, is not done any more. */
const latestMs = 10 * 60_000;
const keptMs = 60 * 60_000;
/** So many are taken with one look. */
const most = 20;

/** KEYS: due (sorted set, id by time), what (hash, id to sealed text). ARGV: id, sealed text, ms until it is due, ms kept. */
const addScript = defineScript(`
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
for i = 1, 2 do redis.call('PEXPIRE', KEYS[i], ARGV[4]) end
`);

/**
 * KEYS: as `add`. ARGV: ms of a lease, so many at most. Answers the ms until the next is
 * due, -1 for never; then ids and sealed texts in turn of what this replica is to do.
 */
const takeScript = defineScript(`
local taken = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[2])) do
  local sealed = redis.call('HGET', KEYS[2], id)
  if sealed then
    redis.call('ZADD', KEYS[1], now + ARGV[1], id)
    table.insert(taken, id)
    table.insert(taken, sealed)
  else
    redis.call('ZREM', KEYS[1], id)
  end
end
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
table.insert(taken, 1, first[2] and math.max(0, first[2] - now) or -1)
return taken`);

/** KEYS: as `add`. ARGV: id. */
const doneScript = defineScript(`
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])`);

/**
 * The hang-ups of all replicas, in Redis: which are due is decided by its clock, and each is taken by one replica. Where
 * that one dies before it is done, another takes it after a while: it reads the call again first, so that one that has
 * ended is left alone.
 */
export class RedisHangUps implements SharedHangUps {
  readonly #options: RedisHangUpsOptions;
  readonly #keys: readonly [due: string, what: string];
  readonly #closing = new AbortController();
  #cancelLook: (() => void) | undefined;
  /** Clock time of the next look. */
  #nextLook = Number.POSITIVE_INFINITY;
  #run: ((hangUp: HangUp, signal: AbortSignal) => Promise<void>) | undefined;

  constructor(options: RedisHangUpsOptions) {
    const { redis } = options;
    this.#options = options;
    this.#keys = [redis.key('hangups', 'due'), redis.key('hangups', 'what')];
  }

  /** Begins to carry out what is due, whichever replica has taken it down. */
  start(run: (hangUp: HangUp, signal: AbortSignal) => Promise<void>): void {
    this.#run = run;
    this.#lookAfter(0);
  }

  async add(ms: number, hangUp: HangUp): Promise<void> {
    const { redis, sealer } = this.#options;
    const id = randomBytes(12).toString('base64url');
    const text = JSON.stringify({ hangUp, due: redis.clock.now() + ms });
    await redis.run(addScript, this.#keys, [id, sealer.seal(text, contextOf(id)), ms, keptMs]);
    this.#lookAfter(ms);
  }

  async noteEnded(telephonySessionId: string): Promise<void> {
    await this.#options.redis.send('SET', this.#endedKey(telephonySessionId), 1, 'PX', keptMs);
  }

  async endedOf(telephonySessionIds: readonly string[]): Promise<ReadonlySet<string>> {
    if (telephonySessionIds.length === 0) return new Set();
    const keys = telephonySessionIds.map((id) => this.#endedKey(id));
    const found = (await this.#options.redis.send('MGET', ...keys)) as (string | null)[];
    return new Set(telephonySessionIds.filter((_, index) => found[index] !== null));
  }

  /** Takes no more; what is under way is cancelled unless it was sent, and left to the others. */
  close(): void {
    this.#closing.abort();
    this.#cancelLook?.();
  }

  #endedKey(telephonySessionId: string): string {
    return this.#options.redis.key('hangups', 'ended', telephonySessionId);
  }

  /** Looks in `ms`, or earlier where that is meant already. */
  #lookAfter(ms: number): void {
    const { clock } = this.#options.redis;
    const at = clock.now() + Math.min(ms, lookMs);
    if (!this.#run || this.#closing.signal.aborted || at >= this.#nextLook) return;
    this.#cancelLook?.();
    this.#nextLook = at;
    this.#cancelLook = clock.after(at - clock.now(), () => {
      this.#nextLook = Number.POSITIVE_INFINITY;
      this.#look()
        // While Redis does not answer nothing can be taken; it is due as soon as it does.
        .catch(() => lookMs)
        .then((next) => this.#lookAfter(next));
    });
  }

  /** Carries out what is due. Returns in how many ms the next one is, as far as is known. */
  async #look(): Promise<number> {
    const { redis, leaseMs = 15_000 } = this.#options;
    const answer = (await redis.run(takeScript, this.#keys, [leaseMs, most])) as (number | string)[];
    const [waitMs, ...taken] = answer;
    for (const [id, sealed] of pairsOf(taken.map(String))) void this.#carryOut(id, sealed);
    return Number(waitMs) < 0 ? lookMs : Number(waitMs);
  }

  async #carryOut(id: string, sealed: string): Promise<void> {
    const { redis, sealer, log } = this.#options;
    const { signal } = this.#closing;
    try {
      const text = sealer.open(sealed, contextOf(id));
      const { hangUp, due } = JSON.parse(text) as { hangUp: HangUp; due: number };
      if (redis.clock.now() - due <= latestMs) await this.#run?.(hangUp, signal);
      else log.info('a call was not ended by itself: no replica was there when its time was up');
    } catch (error) {
      // Another replica, or this one later, may be able to.
      if (error instanceof Failure && error.kind === 'unavailable') return;
      log.warn({ reason: String(error) }, 'a call was not ended by itself');
    }
    if (signal.aborted) return;
    // Where this is not known, it is taken once more, and finds the call ended.
    await redis.run(doneScript, this.#keys, [id]).catch(() => {});
  }
}

const contextOf = (id: string) => ({ owner: id, purpose: 'hang-up', generation: 0 });
