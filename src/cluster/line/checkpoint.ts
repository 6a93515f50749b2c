import type { CallStore } from '../../calls/store/call-store.ts';
import type { Happening } from '../../calls/store/history.ts';
import type { FrameDump, SessionDump } from '../../calls/store/store-dump.ts';
import { defineScript, type Redis } from '../redis/redis.ts';
import { isStreamId } from '../redis/stream-ids.ts';
import { Fenced, type LineKeys } from './line-log.ts';
import { positionOf, type StatusEntry } from './log-entry.ts';

/** Entries of the history that a replica gets which joins; cursors before them are lost for it. */
const keptHistory = 2_000;
const keepMs = 24 * 60 * 60_000;
/** A call center's picture is some ten megabytes. */
const withinMs = 5_000;

/** The picture as it was after the log's entry `id`. */
export interface Checkpoint {
  id: string;
  frame: FrameDump;
  sessions: SessionDump[];
  happenings: Happening[];
  status?: StatusEntry;
}

const sizes = 4;
/** KEYS: lease, checkpoint, sessions, history. ARGV: token, frame, number of sessions, of those gone, then all. */
const save = defineScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'fenced' end
local at = ${sizes}
if ARGV[3] == 'whole' then
  redis.call('DEL', KEYS[3], KEYS[4])
end
local counts = cjson.decode(ARGV[4])
for i = 1, counts[1] do
  redis.call('HSET', KEYS[3], ARGV[at + 1], ARGV[at + 2])
  at = at + 2
end
for i = 1, counts[2] do
  redis.call('HDEL', KEYS[3], ARGV[at + 1])
  at = at + 1
end
for i = 1, counts[3] do
  redis.call('RPUSH', KEYS[4], ARGV[at + 1])
  at = at + 1
end
redis.call('LTRIM', KEYS[4], -${keptHistory}, -1)
redis.call('SET', KEYS[2], ARGV[2], 'PX', ${keepMs})
redis.call('PEXPIRE', KEYS[3], ${keepMs})
redis.call('PEXPIRE', KEYS[4], ${keepMs})
return 'saved'`);

/** KEYS: checkpoint, sessions, history. */
const load = defineScript(`
local frame = redis.call('GET', KEYS[1])
if not frame then return false end
return {frame, redis.call('HVALS', KEYS[2]), redis.call('LRANGE', KEYS[3], 0, -1)}`);

/**
 * Writes the picture down as it is after an entry, so that a replica that joins needs only what came later. After the
 * first time only what has changed is written.
 */
export class Checkpoints {
  readonly #redis: Redis;
  readonly #keys: LineKeys;
  /** Ids of the calls in the checkpoint; undefined where it has to be written whole. */
  #written: Set<string> | undefined;
  readonly #changed = new Set<string>();
  #historyTo = 0;
  /** How often it was begun anew. */
  #beginnings = 0;

  constructor(redis: Redis, keys: LineKeys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** This call may have changed since the last checkpoint. */
  note(telephonySessionId: string): void {
    this.#changed.add(telephonySessionId);
  }

  /** The next one is written whole: somebody else has written the last. */
  startAnew(): void {
    this.#beginnings += 1;
    this.#written = undefined;
    this.#changed.clear();
  }

  /** @throws Fenced where another replica leads; Failure `unavailable` */
  async save(calls: CallStore, id: string, token: string, status: StatusEntry | undefined): Promise<void> {
    const known = new Set(calls.knownIds());
    const isWhole = this.#written === undefined;
    const ids = isWhole ? known : new Set([...this.#changed].filter((one) => known.has(one)));
    const gone = [...(this.#written ?? [])].filter((one) => !known.has(one));
    const sessions = [...ids].flatMap((one) => [one, JSON.stringify(calls.dumpSession(one))]);
    const history = calls.history.after(isWhole ? 0 : this.#historyTo).slice(-keptHistory);
    const frame = calls.dump();
    const { checkpoint, lease, sessions: sessionsKey, history: historyKey } = this.#keys;
    this.startAnew();
    const begun = this.#beginnings;
    const answer = await this.#redis.run(
      save,
      [lease, checkpoint, sessionsKey, historyKey],
      [
        token,
        JSON.stringify({ id, frame, ...(status && { status }) }),
        isWhole ? 'whole' : 'changes',
        JSON.stringify([ids.size, gone.length, history.length]),
        ...sessions,
        ...gone,
        ...history.map((one) => JSON.stringify(one)),
      ],
      withinMs,
    );
    if (answer === 'fenced') throw new Fenced('another replica leads');
    // Somebody else may have written since.
    if (begun !== this.#beginnings) return;
    this.#written = known;
    this.#historyTo = frame.position;
  }

  /**
   * The last that was written; undefined where there is none.
   * @throws Failure `unavailable`; any other error where it is damaged
   */
  async load(): Promise<Checkpoint | undefined> {
    const { checkpoint, sessions, history } = this.#keys;
    const answer = await this.#redis.run(load, [checkpoint, sessions, history], [], withinMs);
    if (!answer) return undefined;
    const [head, all, happenings] = answer as [string, string[], string[]];
    const { id, frame, status } = JSON.parse(head) as Pick<Checkpoint, 'id' | 'frame' | 'status'>;
    // The log is read from there on, with those of all other lines: Redis would refuse to read any of them.
    if (!isStreamId(id)) throw new Error('the checkpoint names no entry of the log');
    return {
      ...{ id, frame, ...(status && { status }) },
      sessions: all.map((text) => JSON.parse(text)),
      happenings: happenings.map((text) => JSON.parse(text)),
    };
  }
}

/** What a picture begins with where there is no checkpoint: nothing, right before the entry `id`. */
export const emptyFrame = (id: string, firstHandle: number): FrameDump => ({
  position: id === '' ? 0 : positionOf(id) - 1,
  connected: false,
  eventRun: 0,
  ...{ doubtedAt: 0, lostAt: 0 },
  ...{ links: [], awaited: [], ringOutPairs: [] },
  handles: { last: firstHandle, ids: [] },
});
