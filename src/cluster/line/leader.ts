import { randomBytes } from 'node:crypto';
import type { CallStore } from '../../calls/store/call-store.ts';
import { CallSync, type CallSyncOptions } from '../../calls/sync/call-sync.ts';
import type { Feed, FeedContinuation, FeedState, RecoveryToken } from '../../ringcentral/wire/feed.ts';
import type { Clock } from '../../shared/clock.ts';
import { Failure } from '../../shared/failure.ts';
import type { Logger } from '../../shared/log.ts';
import type { Sealer } from '../../team/seal.ts';
import { openJson, sealJson } from '../../team/sealed-json.ts';
import type { Term } from './line-log.ts';
import type { FailureEntry, StatusEntry } from './log-entry.ts';
import { LogWriter } from './log-writer.ts';
import type { SharedPicture } from './shared-picture.ts';

export interface LeaderOptions {
  picture: SharedPicture;
  line: string;
  token: string;
  term: Term;
  sealer: Sealer;
  clock: Clock;
  log: Logger;
  createFeed: (continuation: FeedContinuation) => Feed;
  sync: Omit<CallSyncOptions, 'calls' | 'callLog' | 'feed' | 'isContinued'>;
  /** How the reading of the platform stood with the leader before. */
  before: StatusEntry | undefined;
  /** How many other replicas live. */
  others: () => number;
  /** RingCentral does not answer here: another should try. */
  cutOff: () => void;
  /** It does not lead any more, and has let go of everything. */
  ended: (reason: string) => void;
}

/** In ms, less than `leaseMs`: the leader ends by itself when its lease may be over soon, whatever Redis says. */
const surelyMs = 2_500;
const beatMs = 1_000;
/** In ms: a leader to whom RingCentral does not answer for so long lets another try, where there is one. */
const cutOffMs = 15_000;
/** Changes of the status within so many ms are told as one. */
const tellMs = 50;
/** Entries and ms after which a checkpoint is made; far fewer than the log keeps. */
const checkpointEntries = 1_000;
const checkpointMs = 30_000;

export const newLeaseToken = (): string => randomBytes(16).toString('base64url');

/**
 * What one replica does for all of a line: it holds the event feed, reads the platform, and writes both into the log.
 * Its lease is looked at by the very script that writes; it also ends by its own monotonic clock.
 */
export class Leader {
  readonly sync: CallSync;
  readonly feed: Feed;
  readonly #options: LeaderOptions;
  readonly #writer: LogWriter;
  #recovery: RecoveryToken | undefined;
  /** Of `performance.now()`: until then nobody else leads. */
  #surelyUntil: number;
  #wroteAt = performance.now();
  #told = '';
  #sinceCheckpoint = 0;
  #checkpointAt: number;
  #isSaving = false;
  #isTelling = false;
  #hasReadLeft = false;
  /** When the feed worked last, of `performance.now()`. */
  #fedAt = performance.now();
  #isOver = false;
  #cancelBeat = (): void => undefined;
  readonly #stops: (() => void)[] = [];

  constructor(options: LeaderOptions) {
    const { picture, token, term, createFeed, clock, before, sync } = options;
    this.#options = options;
    this.#surelyUntil = performance.now() + surelyMs;
    this.#checkpointAt = clock.now();
    this.#writer = new LogWriter({
      log: picture.log,
      clock,
      token,
      takeRecovery: () => this.#takeRecovery(),
      written: (sentAt) => {
        this.#surelyUntil = Math.max(this.#surelyUntil, sentAt + surelyMs);
        this.#wroteAt = performance.now();
      },
      fenced: (reason) => void this.end(reason),
    });
    const from = this.#continuation(term.recovery);
    const isContinued = from !== undefined && before?.isSynced === true && !picture.hasLoss;
    this.feed = createFeed({
      ...(isContinued && { from }),
      keep: (recovery) => {
        this.#recovery = recovery;
      },
    });
    const calls: CallStore = picture.calls;
    this.sync = new CallSync({
      ...sync,
      calls,
      callLog: picture.writeBy(this.#writer),
      feed: this.feed,
      isContinued,
      hasPast: before?.hasFirstSync === true,
    });
  }

  /** Begins: opens the feed, and reads what has to be read. */
  begin(): void {
    const { picture, before } = this.#options;
    picture.checkpoints.startAnew();
    picture.notesChanges = true;
    this.#stops.push(
      this.sync.onStatus(() => this.#tellSoon()),
      picture.onEntry(() => this.#noteEntry()),
    );
    if (before) this.#stops.push(this.feed.listen({ ...deaf, status: ({ state }) => this.#readLeft(state) }));
    this.sync.open();
    this.#tellStatus();
    this.#beat();
  }

  /** What was to be read when the leader before ended, nobody has read since; first comes what it did not hear. */
  #readLeft(state: FeedState): void {
    if (state !== 'live' || this.#hasReadLeft) return;
    this.#hasReadLeft = true;
    for (const id of this.#options.picture.calls.staleIds()) void this.sync.refresh(id).catch(() => {});
  }

  /** An answer to a follower. */
  answer(id: string, result: boolean | undefined, error?: unknown): void {
    const failure = error instanceof Failure ? failureEntry(error) : undefined;
    void this.#writer
      .write({ kind: 'answer', id, ...(result !== undefined && { result }), ...(failure && { failure }) })
      .catch(() => {});
  }

  /** Makes a checkpoint now, the whole of it: somebody cannot join without, or cannot read the last. */
  checkpoint(): void {
    this.#options.picture.checkpoints.startAnew();
    void this.#save();
  }

  /**
   * Ends by itself, so that another can lead at once: what was heard is written first.
   * @param hasLoss Redis has lost what was heard: whoever leads next reads everything
   */
  async handOver({ hasLoss = false } = {}): Promise<void> {
    const { picture, token } = this.#options;
    if (this.#isOver) return;
    // As it stood: that the feed is closed says nothing of what the next leader will hear.
    const status = { ...this.#status(), ...(hasLoss && { isSynced: false }) };
    this.sync.close();
    await this.feed.close();
    await this.#writer.write({ kind: 'status', status }).catch(() => {});
    await this.end('it hands over');
    await picture.log.release(token).catch(() => {});
  }

  async end(reason: string): Promise<void> {
    const { picture, ended } = this.#options;
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelBeat();
    for (const stop of this.#stops) stop();
    this.#writer.close();
    picture.notesChanges = false;
    this.sync.close();
    ended(reason);
    await this.feed.close();
  }

  #beat(): void {
    if (this.#isOver) return;
    if (performance.now() > this.#surelyUntil) {
      void this.end('Redis has taken nothing for too long');
      return;
    }
    if (performance.now() - this.#wroteAt >= beatMs - 50)
      void this.#writer.write({ kind: 'beat' }).catch(() => {});
    this.#tellStatus();
    this.#saveIfDue();
    if (this.#isCutOff()) this.#options.cutOff();
    this.#cancelBeat = this.#options.clock.after(beatMs, () => this.#beat());
  }

  #isCutOff(): boolean {
    const now = performance.now();
    if (this.feed.status.state !== 'waiting') this.#fedAt = now;
    return now - this.#fedAt > cutOffMs && this.#options.others() > 0;
  }

  /** In a moment, with all that changes until then. */
  #tellSoon(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    this.#options.clock.after(tellMs, () => {
      this.#isTelling = false;
      this.#tellStatus();
    });
  }

  #tellStatus(): void {
    const status = this.#status();
    const text = JSON.stringify(status);
    if (text === this.#told || this.#isOver) return;
    this.#told = text;
    void this.#writer.write({ kind: 'status', status }).catch(() => {});
  }

  #status(): StatusEntry {
    const { failure, unavailableReason } = this.sync;
    return {
      view: this.sync.status(),
      ...this.sync.progress,
      ...(failure && { failure: failureEntry(failure) }),
      ...(unavailableReason && { unavailable: failureEntry(unavailableReason) }),
    };
  }

  #noteEntry(): void {
    this.#sinceCheckpoint += 1;
    if (this.#sinceCheckpoint >= checkpointEntries) this.#saveIfDue();
  }

  #saveIfDue(): void {
    const age = this.#options.clock.now() - this.#checkpointAt;
    const isDue =
      this.#sinceCheckpoint >= checkpointEntries || (this.#sinceCheckpoint > 0 && age > checkpointMs);
    if (isDue) void this.#save();
  }

  async #save(): Promise<void> {
    const { picture, token, clock, log } = this.#options;
    if (this.#isSaving || this.#isOver) return;
    this.#isSaving = true;
    this.#sinceCheckpoint = 0;
    this.#checkpointAt = clock.now();
    try {
      await picture.checkpoints.save(picture.calls, picture.lastId, token, this.#status());
      await this.#writer.write({ kind: 'checkpoint' });
    } catch (error) {
      picture.checkpoints.startAnew();
      log.debug({ reason: (error as Error).message }, 'no checkpoint');
    }
    this.#isSaving = false;
  }

  #continuation(recovery: string | undefined): FeedContinuation['from'] {
    const { sealer, line } = this.#options;
    // What cannot be opened is as good as none: all is read instead.
    return recovery === undefined ? undefined : openJson(sealer, recovery, context(line));
  }

  #takeRecovery(): string {
    const { sealer, line, clock } = this.#options;
    const recovery = this.#recovery;
    if (!recovery) return '';
    this.#recovery = undefined;
    return sealJson(sealer, { ...recovery, at: clock.now() }, context(line));
  }
}

const deaf = { event() {}, presence() {}, gap() {} };

const context = (line: string) => ({ owner: line, purpose: 'feed', generation: 0 });

const failureEntry = ({ kind, message, details }: Failure): FailureEntry => ({
  kind,
  message,
  details,
});
