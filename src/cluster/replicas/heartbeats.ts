import { BoundedSet } from '../../shared/bounded.ts';
import { Failure } from '../../shared/failure.ts';
import type { Logger } from '../../shared/log.ts';
import { jsonObject } from '../redis/json-object.ts';
import { pairsOf } from '../redis/pairs.ts';
import { defineScript, type Redis } from '../redis/redis.ts';

/** What a replica tells of itself. Whoever reads Redis or `/readyz` sees it: no secrets. */
export interface ReplicaInfo {
  /** As the audit log calls it. */
  name: string;
  host: string;
  version: string;
  /** Hash of the policy in force, hex. */
  policy: string;
  /** ISO time. */
  startedAt: string;
  /** It takes no new requests. */
  ending?: true;
}

/** What `ReplicaInfo` has at least. */
const told = ['name', 'host', 'version', 'policy', 'startedAt'] as const;
/** As many replicas as nobody has. */
const mostDamaged = 100;
/** In ms. */
const beatMs = 2_000;
/** A replica that was not heard of for so long, in ms, is gone. */
const aliveMs = 10_000;

/**
 * KEYS: ids by the time until which they live, own info. ARGV: own id, what keys of infos begin with, own info. Answers
 * ids and infos in turn.
 */
const showLife = defineScript(`
redis.call('SET', KEYS[2], ARGV[3], 'PX', ${aliveMs})
redis.call('ZADD', KEYS[1], now + ${aliveMs}, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('PEXPIRE', KEYS[1], ${aliveMs})
local infos = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local info = redis.call('GET', ARGV[2] .. id)
  if info then
    infos[#infos + 1] = id
    infos[#infos + 1] = info
  end
end
return infos`);

export interface HeartbeatsOptions {
  redis: Redis;
  log: Logger;
  info: ReplicaInfo;
  /** Called with each heartbeat that Redis has taken. */
  beaten?: () => void;
}

/** Tells the other replicas that this one lives, and with which version and policy; and knows the same of them. */
export class Heartbeats {
  readonly #options: HeartbeatsOptions;
  readonly #index: string;
  readonly #own: string;
  #info: ReplicaInfo;
  #alive: readonly ReplicaInfo[];
  /** What was warned of. */
  #warned = '';
  /** Ids of replicas whose damaged infos were warned of. */
  readonly #damaged = new BoundedSet<string>(mostDamaged);
  #isClosed = false;
  #cancel = (): void => undefined;

  constructor(options: HeartbeatsOptions) {
    const { redis, info } = options;
    this.#options = options;
    this.#index = redis.key('heartbeats');
    this.#own = redis.key('heartbeat', redis.replica);
    this.#info = info;
    this.#alive = [info];
    void this.#beat();
  }

  /** The replicas that live, this one included, as of the last heartbeat. */
  get alive(): readonly ReplicaInfo[] {
    return this.#alive;
  }

  /** Tells the others that this replica ends. Never rejects. */
  async end(): Promise<void> {
    this.#info = { ...this.#info, ending: true };
    await this.#beat();
  }

  /** Leaves. Never rejects. */
  async close(): Promise<void> {
    const { redis } = this.#options;
    this.#isClosed = true;
    this.#cancel();
    await redis.send('ZREM', this.#index, redis.replica).catch(() => {});
    await redis.send('DEL', this.#own).catch(() => {});
  }

  async #beat(): Promise<void> {
    const { redis, log, beaten } = this.#options;
    if (this.#isClosed) return;
    this.#cancel();
    try {
      const args = [redis.replica, redis.key('heartbeat', ''), JSON.stringify(this.#info)];
      const infos = (await redis.run(showLife, [this.#index, this.#own], args)) as string[];
      this.#alive = pairsOf(infos).flatMap(([id, info]) => this.#read(id, info));
      this.#warnOfOthers();
      beaten?.();
    } catch (err) {
      if (!(err instanceof Failure)) log.error({ err }, 'the heartbeat of this replica failed');
    }
    if (!this.#isClosed) this.#cancel = redis.clock.after(beatMs, () => void this.#beat());
  }

  /** Nothing, with a warning once for each replica, where it is damaged: until it shows its next sign of life. */
  #read(id: string, text: string): ReplicaInfo[] {
    const info = jsonObject(text);
    if (info && told.every((member) => typeof info[member] === 'string'))
      return [info as unknown as ReplicaInfo];
    const { redis, log } = this.#options;
    if (!this.#damaged.has(id)) {
      log.warn(
        { key: redis.key('heartbeat', id) },
        'what a replica tells of itself in Redis is damaged: it is left out until it tells it again. Find out who ' +
          'writes to Redis besides this server',
      );
    }
    this.#damaged.add(id);
    return [];
  }

  /** Once for each difference: a yes that one replica has asked for does not count at one with another policy. */
  #warnOfOthers(): void {
    const { version, policy } = this.#info;
    const others = this.#alive.filter((info) => info.version !== version || info.policy !== policy);
    const told = others.map(({ name, version, policy }) => ({ replica: name, version, policy }));
    const text = JSON.stringify(told);
    if (text === this.#warned) return;
    this.#warned = text;
    if (told.length > 0) {
      this.#options.log.warn(
        { version, policy, others: told },
        'replicas differ in version or policy: no yes of one counts at the other where policies differ',
      );
    }
  }
}
