import { delay } from '../../shared/delay.ts';
import { Listeners } from '../../shared/listeners.ts';
import type { Logger } from '../../shared/log.ts';
import type { LogTail, StreamEntry } from '../redis/log-tail.ts';
import { pairsOf } from '../redis/pairs.ts';
import { defineScript, type Redis } from '../redis/redis.ts';
import { isBefore } from '../redis/stream-ids.ts';

/** What a replica has done that the others have to follow. It is written by the script that does it. */
export type Notice =
  /** The record of a person's sign-in has changed, or is gone. */
  | { kind: 'person'; subject: string }
  /** A permission of an app has ended. */
  | { kind: 'grant'; subject: string; grant: string };

/**
 * Lua that adds a notice to the stream `KEYS[2]`: `notify(replica, kind, subject, grant)` gives its id. The stream is
 * bounded: whoever has missed some looks at everything anew.
 */
export const notifyInLua = `
local function notify(replica, kind, subject, grant)
  return redis.call('XADD', KEYS[2], 'MAXLEN', '~', 10000, '*',
    'by', replica, 'kind', kind, 'subject', subject, 'grant', grant or '')
end
`;

/** A replica that has shown no sign of life for so long, in ms, is not waited for. */
const aliveMs = 3_000;
/** How often a sign of life is given, in ms. */
const lifeMs = 1_000;
const askedAgainMs = 50;
/** How long others are waited for, in ms. */
const othersMs = 8_000;

/** Answers the id of the last notice, or nothing. */
const showLife = defineScript(`
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 60000)
redis.call('PEXPIRE', KEYS[1], 60000)
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)
return last[1] and last[1][1] or ''`);

const noteDone = defineScript(`
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[1], 30000)`);

const countMissing = defineScript(`
local missing = 0
for _, replica in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], now - tonumber(ARGV[2]), '+inf')) do
  if replica ~= ARGV[1] and redis.call('SISMEMBER', KEYS[2], replica) == 0 then missing = missing + 1 end
end
return missing`);

/** What the other replicas of a server do with sign-ins, in the order in which they do it. */
export class Notices {
  /** Of the stream. */
  readonly key: string;
  readonly #redis: Redis;
  readonly #log: Logger;
  readonly #replicas: string;
  readonly #heard: Listeners<[notice: Notice, until: (done: Promise<unknown>) => void]>;
  readonly #missed: Listeners<[]>;
  readonly #tail: LogTail;
  /** Of the last notice that was heard. */
  #position = '0-0';
  /** When the last sign of life was given, as Redis says. */
  #aliveAt = 0;
  #unfollow = () => {};
  #stopLife = () => {};
  #isClosed = false;

  constructor(redis: Redis, tail: LogTail, log: Logger) {
    this.#redis = redis;
    this.#tail = tail;
    this.#log = log;
    this.key = redis.key('team', 'notices');
    this.#replicas = redis.key('team', 'replicas');
    const onDefect = (err: unknown) =>
      log.error({ err }, 'what another replica has done could not be followed');
    this.#heard = new Listeners(onDefect);
    this.#missed = new Listeners(onDefect);
  }

  /** Is called with what others do. They wait some seconds for what is handed to `until`. */
  onNotice(listener: (notice: Notice, until: (done: Promise<unknown>) => void) => void): void {
    this.#heard.add(listener);
  }

  /** Is called where something may have been missed. */
  onMissed(listener: () => void): void {
    this.#missed.add(listener);
  }

  /** Notes what has happened by now: what comes later is heard. */
  async open(): Promise<void> {
    this.#position = await this.#showLife();
    this.#aliveAt = this.#redis.clock.now();
  }

  listen(): void {
    this.#follow();
    this.#lifeLater();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#unfollow();
    this.#stopLife();
    await this.#redis.send('ZREM', this.#replicas, this.#redis.replica).catch(() => {});
  }

  /** Resolves when the living replicas have done what follows from a notice of this one, or some seconds have passed. */
  async othersDone(id: string): Promise<void> {
    const { clock, replica } = this.#redis;
    const until = clock.now() + othersMs;
    while (clock.now() < until && !this.#isClosed) {
      const missing = await this.#redis.run(
        countMissing,
        [this.#replicas, this.#doneKey(id)],
        [replica, aliveMs],
      );
      if (missing === 0) return;
      await delay(this.#redis.clock, askedAgainMs);
    }
  }

  #follow(): void {
    this.#unfollow();
    this.#unfollow = this.#tail.follow(this.key, this.#position, (entries: StreamEntry[]) => {
      for (const [id, fields] of entries) this.#hear(id, fields);
    });
  }

  #lifeLater(): void {
    this.#stopLife = this.#redis.clock.after(lifeMs, async () => {
      const heard = this.#position;
      await this.#showLife().then(
        (last) => this.#noticeLoss(last, heard),
        () => {},
      );
      if (!this.#isClosed) this.#lifeLater();
    });
  }

  #hear(id: string, fields: readonly string[]): void {
    this.#position = id;
    const {
      by,
      kind,
      subject = '',
      grant = '',
    } = Object.fromEntries(pairsOf(fields)) as Partial<Record<string, string>>;
    if (by === this.#redis.replica) return;
    const notice: Notice = kind === 'grant' ? { kind, subject, grant } : { kind: 'person', subject };
    const followed: Promise<unknown>[] = [];
    this.#heard.emit(notice, (done) => void followed.push(done));
    void Promise.allSettled(followed)
      .then(() => this.#redis.run(noteDone, [this.#doneKey(id)], [this.#redis.replica]))
      .catch(({ message }: Error) => this.#log.debug({ reason: message }, 'another replica is not told'));
  }

  /** @returns the id of the last notice */
  async #showLife(): Promise<string> {
    const last = await this.#redis.run(showLife, [this.#replicas, this.key], [this.#redis.replica]);
    return last === '' ? '0-0' : String(last);
  }

  /**
   * A Redis that was emptied, or has failed over to one that lagged, does not have what was heard last. Whoever gave no
   * sign of life was not waited for.
   */
  #noticeLoss(last: string, heard: string): void {
    const now = this.#redis.clock.now();
    const wasAway = now - this.#aliveAt > aliveMs;
    const isLost = isBefore(last, heard);
    this.#aliveAt = now;
    if (!wasAway && !isLost) return;
    this.#log.info('what replicas have told each other may be lost: sign-ins are looked at anew');
    if (isLost) {
      this.#position = last;
      this.#follow();
    }
    this.#missed.emit();
  }

  #doneKey(id: string): string {
    return this.#redis.key('team', 'done', id);
  }
}
