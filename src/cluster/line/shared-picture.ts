import type { CallLog } from '../../calls/store/call-log.ts';
import { CallStore } from '../../calls/store/call-store.ts';
import { ReplayedPositions } from '../../calls/store/log-positions.ts';
import type { Scope } from '../../ringcentral/wire/scope.ts';
import type { Clock } from '../../shared/clock.ts';
import { Failure } from '../../shared/failure.ts';
import { Listeners, type OnDefect } from '../../shared/listeners.ts';
import type { Logger } from '../../shared/log.ts';
import type { LogTail, StreamEntry } from '../redis/log-tail.ts';
import type { Redis } from '../redis/redis.ts';
import { isBefore } from '../redis/stream-ids.ts';
import { applyEntry, changedBy } from './apply-entry.ts';
import { type Checkpoint, Checkpoints, emptyFrame } from './checkpoint.ts';
import { LineLog, readEntry } from './line-log.ts';
import { type LogEntry, type PlacedEntry, positionOf } from './log-entry.ts';
import type { LogWriter } from './log-writer.ts';

export interface SharedPictureOptions {
  redis: Redis;
  tail: LogTail;
  /** Names the line for all replicas. */
  line: string;
  scope: Scope;
  clock: Clock;
  /** What the host's clock showed at a time of the platform, both in epoch ms. */
  hostTime: (platformTime: number) => number;
  log: Logger;
  bounds?: { maxLive?: number; maxEnded?: number; maxHistory?: number };
  onDefect: OnDefect;
}

/** How long, in ms, an entry that was written takes to come back at most; then the picture lags too much. */
const comesBackMs = 2_000;
/** How long, in ms, whoever looks waits for what is in the log and not in the picture yet. */
const catchUpMs = 100;
/** How often, in ms, a picture that is not whole asks for a checkpoint. */
const askMs = 1_000;

interface Awaited {
  resolve: (result: string[]) => void;
  reject: (error: unknown) => void;
  cancel: () => void;
}

/** The picture of calls, which every replica replays from the log of the line. */
export class SharedPicture {
  readonly calls: CallStore;
  readonly log: LineLog;
  readonly checkpoints: Checkpoints;
  readonly #options: SharedPictureOptions;
  readonly #positions = new ReplayedPositions();
  readonly #entries: Listeners<[PlacedEntry]>;
  readonly #losses: Listeners<[]>;
  /** Own entries that are to come back, by their `ref`. */
  readonly #awaited = new Map<number, Awaited>();
  #ref = 0;
  /** Id of the last entry that is in the picture. */
  #lastId = '';
  #eventTime = Number.NaN;
  #stopFollowing = (): void => undefined;
  #isJoined = false;
  /** All that the log has ever had is in the picture, or the platform will be read again. */
  #isWhole = false;
  /** Id after which entries were missing last; undefined where that was not so since the picture began. */
  #gapAfter: string | undefined;
  #cancelAgain = (): void => undefined;
  /** It was warned of what keeps the picture from becoming whole. */
  #isWarned = false;
  /** Redis has lost entries, since the last time that all was read anew. */
  hasLoss = false;
  /** Whether what changes is noted for the next checkpoint. */
  notesChanges = false;

  constructor(options: SharedPictureOptions) {
    const { redis, line, scope, clock, bounds, onDefect } = options;
    this.#options = options;
    this.log = new LineLog(redis, line);
    this.checkpoints = new Checkpoints(redis, this.log.keys);
    this.#entries = new Listeners(onDefect);
    this.#losses = new Listeners(onDefect);
    this.calls = new CallStore({
      ...{ clock, scope, onDefect, ...bounds },
      positions: this.#positions,
      // Whoever wrote the event has converted its time: the replicas' clocks need not agree.
      hostTime: () => this.#eventTime,
    });
  }

  get lastId(): string {
    return this.#lastId;
  }

  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Calls `listener` when Redis has lost entries. Returns a function that stops it. */
  onLoss(listener: () => void): () => void {
    return this.#losses.add(listener);
  }

  /** Calls `listener` with each entry, when it is in the picture. Returns a function that stops it. */
  onEntry(listener: (placed: PlacedEntry) => void): () => void {
    return this.#entries.add(listener);
  }

  /** Takes over the last checkpoint, and follows the log from there. Harmless when that is done already. */
  join(): void {
    if (this.#isJoined) return;
    this.#isJoined = true;
    void this.#reload();
  }

  leave(): void {
    this.#isJoined = false;
    this.#cancelAgain();
    this.#stopFollowing();
    for (const { reject, cancel } of this.#awaited.values()) {
      cancel();
      reject(lagging());
    }
    this.#awaited.clear();
  }

  /**
   * Resolves when all that was in the log when it was called is in the picture; after 100 ms at most.
   * @returns whether it is; also where Redis does not answer, because nobody knows of anything newer
   */
  async caughtUp(): Promise<boolean> {
    const { redis } = this.#options;
    if (!redis.isUp || !this.#isJoined) return true;
    const last = await this.log.lastId().catch(() => '');
    return this.until(() => this.has(last), catchUpMs);
  }

  /** Waits until `isDone`, asked now and after each entry, `ms` at most. Returns whether it is. */
  async until(isDone: () => boolean, ms: number): Promise<boolean> {
    if (isDone()) return true;
    await new Promise<void>((resolve) => {
      const finish = (): void => {
        stop();
        cancel();
        resolve();
      };
      const cancel = this.#options.clock.after(ms, finish);
      const stop = this.#entries.add(() => {
        if (isDone()) finish();
      });
    });
    return isDone();
  }

  /** Whether the entry is in the picture. */
  has(id: string): boolean {
    return id === '' || (this.#lastId !== '' && !isBefore(this.#lastId, id));
  }

  /** Where all else fails: nothing is known, right after the entry `id`, and all has to be read. */
  startEmpty(id: string): void {
    this.calls.load(emptyFrame('', firstHandle(id)), [], []);
    this.#positions.goOnFrom(positionOf(id));
    this.#lastId = id;
    this.#isWhole = true;
    this.hasLoss = true;
    this.#follow(id);
  }

  /** The log as those write to it who read the platform here. What was written is in the picture when it resolves. */
  writeBy(writer: LogWriter): CallLog {
    const { hostTime } = this.#options;
    const write = (entry: LogEntry) => this.#write(writer, entry, comesBackMs);
    // What concerns all calls is tried until it is written, or somebody else leads, who then says it.
    const surely = (entry: LogEntry): Promise<void> =>
      this.#write(writer, entry).then(
        () => {},
        () => {},
      );
    return {
      stamp: () => this.calls.stamp(),
      apply(event, receivedAt) {
        const time = hostTime(Date.parse(event.eventTime));
        void writer.write({ kind: 'event', event, receivedAt, time }).catch(() => {});
      },
      snapshot: (session, at) => write({ kind: 'session', session, at }).then(() => {}),
      snapshotParty: (telephonySessionId, party, at) =>
        write({ kind: 'party', telephonySessionId, party, at }).then(() => {}),
      notFound: (telephonySessionId, at) =>
        write({ kind: 'notFound', telephonySessionId, at }).then(() => {}),
      compare: (presence) => write({ kind: 'presence', presence }),
      markStale: (isLost) => surely({ kind: 'loss', ...(isLost && { isLost }) }),
      setConnected: (connected) => surely({ kind: 'connected', connected }),
      setOwnExtension: (extensionId) => surely({ kind: 'own', extensionId }),
      bringIn: (conference, call) => surely({ kind: 'link', conference, call }),
    };
  }

  /** @param withinMs in which it has to come back; absent: however long that takes */
  async #write(writer: LogWriter, entry: LogEntry, withinMs?: number): Promise<string[]> {
    const { redis, clock } = this.#options;
    this.#ref += 1;
    const ref = this.#ref;
    const came = new Promise<string[]>((resolve, reject) => {
      const end =
        <T>(settle: (value: T) => void) =>
        (value: T) => {
          this.#awaited.delete(ref);
          cancel();
          settle(value);
        };
      const late = () => this.#awaited.get(ref)?.reject(lagging());
      const cancel = withinMs === undefined ? () => {} : clock.after(withinMs, late);
      this.#awaited.set(ref, { resolve: end(resolve), reject: end(reject), cancel });
    });
    came.catch(() => {});
    try {
      await writer.write({ ...entry, from: redis.replica, ref });
    } catch (error) {
      this.#awaited.get(ref)?.reject(error);
      throw error instanceof Failure ? error : lagging();
    }
    return came;
  }

  #follow(id: string): void {
    const { tail } = this.#options;
    this.#stopFollowing();
    if (!this.#isJoined) return;
    this.#stopFollowing = tail.follow(this.log.keys.log, id === '' ? '0-0' : id, (entries) =>
      this.#take(entries),
    );
  }

  #take(entries: readonly StreamEntry[]): void {
    for (const entry of entries) {
      const placed = readEntry(entry);
      if (!placed) continue;
      if (placed.before === '') this.#begin(placed.id);
      else if (placed.before !== this.#lastId) {
        this.#noteGap();
        return;
      }
      this.#lastId = placed.id;
      this.#positions.enter(positionOf(placed.id));
      this.#merge(placed.entry);
      this.#entries.emit(placed);
    }
  }

  /** Entries were trimmed before they were read, lost by Redis, or damaged. */
  #noteGap(): void {
    const isSame = this.#gapAfter === this.#lastId;
    this.#gapAfter = this.#lastId;
    this.#isWhole = false;
    this.#noteLoss();
    this.#stopFollowing();
    if (!isSame) {
      this.#isWarned = false;
      void this.#reload();
      return;
    }
    // The checkpoint has led there again, and would at once once more.
    if (this.#lastId !== '') this.#warn('entries that came after it are missing in the log');
    this.#again();
  }

  /** The log begins with this entry: what is known from an earlier one is not in it. */
  #begin(id: string): void {
    if (this.#lastId !== '') this.#noteLoss();
    this.calls.load(emptyFrame(id, firstHandle(id)), [], []);
    this.#positions.goOnFrom(positionOf(id) - 1);
    this.checkpoints.startAnew();
    this.#isWhole = true;
  }

  #noteLoss(): void {
    this.hasLoss = true;
    this.#losses.emit();
  }

  async #reload(): Promise<void> {
    let isNew = false;
    try {
      const checkpoint = await this.checkpoints.load();
      isNew = checkpoint === undefined && (await this.log.lastId()) === '';
      if (!this.#isJoined) return;
      for (const { resolve } of [...this.#awaited.values()]) resolve([]);
      if (checkpoint) {
        this.#goOnFrom(checkpoint);
        return;
      }
    } catch (error) {
      // A damaged one is as good as none: whoever leads writes it anew.
      if (!(error instanceof Failure)) this.#warn('it is damaged');
      this.#again();
      return;
    }
    // Without a checkpoint the log is whole only where its first entry is still there.
    this.#lastId = '';
    this.#isWhole = isNew;
    this.#follow('');
    this.#again();
  }

  /** @throws any error where the checkpoint is damaged */
  #goOnFrom({ id, frame, sessions, happenings, status }: Checkpoint): void {
    this.#positions.goOnFrom(frame.position);
    this.calls.load(frame, sessions, happenings);
    this.#lastId = id;
    this.#isWhole = true;
    if (status) this.#entries.emit({ id, before: '', entry: { kind: 'status', status } });
    this.#follow(id);
  }

  /** Once, until entries are missing elsewhere. */
  #warn(reason: string): void {
    if (this.#isWarned) return;
    this.#isWarned = true;
    this.#options.log.warn(
      { reason, key: this.log.keys.checkpoint },
      'the checkpoint of the calls in Redis cannot be gone on from: calls are stale here until one is written anew',
    );
  }

  /** Asks for a checkpoint in a while, and tries again, unless the picture has become whole. */
  #again(): void {
    this.#cancelAgain();
    this.#cancelAgain = this.#options.clock.after(askMs, () => {
      if (!this.#isJoined || this.#isWhole) return;
      void this.log.append([{ kind: 'ask', id: '', what: { do: 'checkpoint' } }]).catch(() => {});
      void this.#reload();
    });
  }

  #merge(entry: LogEntry): void {
    if (entry.kind === 'event') this.#eventTime = entry.time;
    if (this.notesChanges) for (const id of changedBy(entry, this.calls)) this.checkpoints.note(id);
    const result = applyEntry(entry, this.calls);
    if (entry.ref !== undefined && entry.from === this.#options.redis.replica) {
      this.#awaited.get(entry.ref)?.resolve(result);
    }
  }
}

/** The number below the first handle: other for another log, so that a handle from before rarely names another call. */
const firstHandle = (id: string): number => 100 + (Math.floor(positionOf(id) / 1_000) % 800);

const lagging = () =>
  new Failure(
    'unavailable',
    'What was read has not come back from Redis, which the replicas share, in time. Try again in a few seconds.',
    { retryAfterSeconds: 5 },
  );
