import type { ReplicaSync } from '../line/replica-sync.ts';
import { defineScript, type Redis } from '../redis/redis.ts';

/** How far pictures are behind their logs. */
export interface Lag {
  /** Entries that are in the log and not in the picture; counted up to 1,000. */
  entries: number;
  /** Age of the oldest of them. */
  ms: number;
}

/**
 * KEYS: of each line its log and the count of its terms. ARGV: of each the id of the last entry that is in the picture,
 * or nothing. Answers entries and ms of the line that is most behind, and the highest term.
 */
const measure = defineScript(`
local entries, ms, term = 0, 0, 0
for i = 1, #KEYS / 2 do
  local last = ARGV[i] == '' and '-' or '(' .. ARGV[i]
  local missing = redis.call('XRANGE', KEYS[2 * i - 1], last, '+', 'COUNT', 1000)
  term = math.max(term, tonumber(redis.call('GET', KEYS[2 * i]) or 0))
  if #missing > 0 then
    entries = math.max(entries, #missing)
    ms = math.max(ms, now - tonumber(string.match(missing[1][1], '^%d+')))
  end
end
return {entries, ms, term}`);

/** How the lines stand that are open at this replica. */
export interface LinesStanding {
  /** Lines whose calls somebody has asked for. */
  lines: number;
  /** Of these, those that this replica leads. */
  led: number;
  /** The highest term of any, as of the last look: it grows with each change of the leader. */
  term: number;
  /** As of the last look. */
  lag: Lag;
  /** In ms: for how long nothing was heard of a leader, of the line with the longest silence. */
  silenceMs: number;
}

/** What is looked at of a line. */
export type FollowedLine = Pick<ReplicaSync, 'isOpen' | 'leadership' | 'place' | 'handOver' | 'onEnd'>;

/** The lines that are open at this replica. */
export class FollowedLines {
  readonly #redis: Redis;
  readonly #syncs = new Set<FollowedLine>();
  #lag: Lag = { entries: 0, ms: 0 };
  #term = 0;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Counts a line until its sync ends. */
  add(sync: FollowedLine): void {
    this.#syncs.add(sync);
    sync.onEnd(() => void this.#syncs.delete(sync));
  }

  /** Hands over what this replica leads, so that the others need not wait for its end. Never rejects. */
  async handOver(): Promise<void> {
    await Promise.allSettled([...this.#syncs].map((sync) => sync.handOver()));
  }

  /** Looks in Redis how far the pictures are. Never rejects. */
  async look(): Promise<void> {
    const places = this.#open().map(({ place }) => place);
    try {
      const keys = places.flatMap(({ log, term }) => [log, term]);
      const ids = places.map(({ id }) => id);
      const [entries, ms, term] = (await this.#redis.run(measure, keys, ids)) as [number, number, number];
      this.#lag = { entries, ms };
      this.#term = term;
    } catch {
      // What was measured last stays; that Redis is away is told beside it.
    }
  }

  standing(): LinesStanding {
    const leaderships = this.#open().map(({ leadership }) => leadership);
    return {
      lines: leaderships.length,
      led: leaderships.filter(({ leads }) => leads).length,
      term: this.#term,
      lag: this.#lag,
      silenceMs: Math.max(0, ...leaderships.map(({ silenceMs }) => Math.round(silenceMs))),
    };
  }

  #open(): FollowedLine[] {
    return [...this.#syncs].filter(({ isOpen }) => isOpen);
  }
}
