import { pairsOf } from '../redis/pairs.ts';
import { defineScript, type Redis } from '../redis/redis.ts';
import type { LogEntry, PlacedEntry } from './log-entry.ts';

/** Entries that the log of a line keeps, about. Checkpoints are made more often. */
const keptEntries = 10_000;
/** How long, in ms, what a line keeps outlives its last use. */
const keepMs = 24 * 60 * 60_000;
/** How long, in ms, a leader leads after its last sign of life. */
export const leaseMs = 3_000;

/** Keys of what one line keeps. */
export interface LineKeys {
  lease: string;
  /** Counts the terms. */
  term: string;
  log: string;
  /** Id of the log's last entry. */
  last: string;
  /** The recovery token of the feed, sealed. */
  feed: string;
  checkpoint: string;
  sessions: string;
  history: string;
}

export function lineKeys(redis: Pick<Redis, 'key'>, line: string): LineKeys {
  const of = (name: string) => redis.key('line', line, name);
  return {
    ...{ lease: of('lease'), term: of('term'), log: of('log'), last: of('last'), feed: of('feed') },
    ...{ checkpoint: of('ckpt'), sessions: of('ckpt:sessions'), history: of('ckpt:history') },
  };
}

/* Each entry names the one before it, so that who reads finds out that some are gone: trimmed, or lost by Redis. */
const add = `
local function add(entry)
  local before = redis.call('GET', KEYS[3]) or ''
  local id = redis.call('XADD', KEYS[2], 'MAXLEN', '~', ${keptEntries}, '*', 'b', before, 'e', entry)
  redis.call('SET', KEYS[3], id, 'PX', ${keepMs})
  redis.call('PEXPIRE', KEYS[2], ${keepMs})
  return id
end
`;

/** KEYS: lease, log, last, feed. ARGV: token of the leader or nothing, recovery token or nothing, entries. */
const append = defineScript(`${add}
if ARGV[1] ~= '' then
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'fenced' end
  redis.call('PEXPIRE', KEYS[1], ${leaseMs})
end
local ids = {}
for i = 3, #ARGV - 1 do ids[#ids + 1] = add(ARGV[i]) end
if ARGV[2] ~= '' then redis.call('SET', KEYS[4], ARGV[2], 'PX', ${keepMs}) end
return ids`);

/** KEYS: lease, log, last, feed, term. ARGV: token, replica. */
const acquire = defineScript(`${add}
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ${leaseMs}) then return false end
local term = redis.call('INCR', KEYS[5])
redis.call('PEXPIRE', KEYS[5], ${keepMs})
local id = add('{"kind":"term","term":' .. term .. ',"replica":"' .. ARGV[2] .. '"}')
return {term, id, redis.call('GET', KEYS[4]) or ''}`);

/** KEYS: lease, log, last. ARGV: token. */
const release = defineScript(`${add}
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return false end
redis.call('DEL', KEYS[1])
return add('{"kind":"left"}')`);

/** What a replica has that has just become the leader. */
export interface Term {
  number: number;
  /** Id of the entry that begins it. */
  id: string;
  /** The recovery token of the feed as the leader before has kept it, sealed; absent where there is none. */
  recovery?: string;
}

/** A write came too late: another replica leads. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
}

/** The log of one line in Redis: the one order of what its replicas have heard and read. */
export class LineLog {
  readonly keys: LineKeys;
  readonly #redis: Redis;

  constructor(redis: Redis, line: string) {
    this.#redis = redis;
    this.keys = lineKeys(redis, line);
  }

  /**
   * Adds entries as one step.
   * @param token of the leader, for what only the leader may write; such a write renews its lease
   * @param recovery the feed's recovery token, sealed, that follows these entries
   * @returns their ids
   * @throws Fenced where another replica leads; Failure `unavailable`
   */
  async append(entries: readonly LogEntry[], token = '', recovery = ''): Promise<string[]> {
    const { lease, log, last, feed } = this.keys;
    const args = [token, recovery, ...entries.map((entry) => JSON.stringify(entry))];
    const answer = await this.#redis.run(append, [lease, log, last, feed], args);
    if (answer === 'fenced') throw new Fenced('another replica leads');
    return answer as string[];
  }

  /** Becomes the leader, unless there is one. @throws Failure `unavailable` */
  async acquire(token: string): Promise<Term | undefined> {
    const { lease, log, last, feed, term } = this.keys;
    const answer = await this.#redis.run(
      acquire,
      [lease, log, last, feed, term],
      [token, this.#redis.replica],
    );
    if (!answer) return undefined;
    const [number, id, recovery] = answer as [number, string, string];
    return { number, id, ...(recovery && { recovery }) };
  }

  /** Ends leading, so that another need not wait. @throws Failure `unavailable` */
  async release(token: string): Promise<void> {
    const { lease, log, last } = this.keys;
    await this.#redis.run(release, [lease, log, last], [token]);
  }

  /** Id of the last entry; empty where there is none. @throws Failure `unavailable` */
  async lastId(): Promise<string> {
    return String((await this.#redis.send('GET', this.keys.last)) ?? '');
  }
}

/** Reads an entry of the stream; undefined for one that is none of ours. */
export function readEntry([id, fields]: [string, string[]]): PlacedEntry | undefined {
  const values = new Map(pairsOf(fields));
  try {
    const entry = JSON.parse(values.get('e') ?? '');
    return typeof entry?.kind === 'string' ? { id, before: values.get('b') ?? '', entry } : undefined;
  } catch {
    return undefined;
  }
}
